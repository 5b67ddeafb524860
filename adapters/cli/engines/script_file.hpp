#pragma once

#include <string>

#include <dsc/units.hpp>

#include "engines/model_description.hpp"
#include "options/options.hpp"

/// TorchScript files, read and written by whatever backend this build has.
namespace dsc::cli {

/// The model in a TorchScript file: read and taken apart, once for all that a command does with it.
/// Throws `cannot_read`, `bad_file`, `bad_model` and `bad_option`.
model_description read_script(std::string const& file, execution_options const& wanted);

/// Layers of a model from a file as the bytes of a TorchScript file of their own.
std::string exported_script(model_description const& model, layer_span span);

}  // namespace dsc::cli

#pragma once

#include <string>

#include <dsc/libtorch/script_model.hpp>

#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// The model in a TorchScript file. Throws `cannot_read`, `bad_file`, `bad_model` and `bad_option`.
model_description read_script(std::string const& file, execution_options const& options);

/// What `read_script` has read; of such a description alone.
libtorch::script_model const& script_of(model_description const& model);

}  // namespace dsc::cli

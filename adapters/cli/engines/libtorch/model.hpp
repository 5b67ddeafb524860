#pragma once

#include <variant>

#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/script_model.hpp>

#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// Whatever LibTorch can run for the command.
using libtorch_model = std::variant<libtorch::efficientnet, libtorch::script_model>;

/// Where and how layers are to run. Sets the threads, too: LibTorch has one number of them for all.
/// Throws `bad_option`.
libtorch::execution execution_of(execution_options const& options);

/// The model ready to run: a file's as it was read, a network of the zoo with its weights loaded or
/// made up.
libtorch_model libtorch_model_of(model_description const& model, execution_options const& options);

}  // namespace dsc::cli

#pragma once

#include <string>

#include <dsc/libtorch/weights.hpp>

#include "engines/engine.hpp"

namespace dsc::cli {

/// The weights of a network of the zoo: loaded from the options' file, or made up.
libtorch::state_dict weights_of(zoo::efficientnet const& network, execution_options const& options);

/// As `engine::writer_of`.
layer_writer libtorch_writer_of(model_description const& model, execution_options const& options);

/// As `engine::weights_fingerprint`.
std::string libtorch_fingerprint_of(model_description const& model, execution_options const& options);

}  // namespace dsc::cli

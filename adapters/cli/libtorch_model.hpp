#pragma once

#include <dsc/libtorch/efficientnet.hpp>

#include "options.hpp"

namespace dsc::cli {

/// The network on LibTorch as the options want it: threads set, weights loaded or made up.
libtorch::efficientnet libtorch_model(zoo::efficientnet const& model, execution_options const& wanted);

}  // namespace dsc::cli

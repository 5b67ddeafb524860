#pragma once

#include "engines/engine.hpp"

namespace dsc::cli {

/// LibTorch as an engine of the command.
engine const& libtorch_engine();

}  // namespace dsc::cli

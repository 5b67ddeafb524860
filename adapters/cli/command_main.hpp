#pragma once

#include <vector>

#include "engines/engine.hpp"

namespace dsc::cli {

/// The command with these engines, from `main`'s arguments to its exit code.
int command_main(int argc, char** argv, std::vector<engine const*> engines);

}  // namespace dsc::cli

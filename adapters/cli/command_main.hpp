#pragma once

#include <vector>

#include "engines/engine.hpp"
#include "network/network.hpp"

namespace dsc::cli {

/// The command with these engines and this network, null for none, from `main`'s arguments to its
/// exit code.
int command_main(int argc, char** argv, std::vector<engine const*> engines, network const* network);

}  // namespace dsc::cli

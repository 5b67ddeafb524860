#pragma once

#include "network/network.hpp"

namespace dsc::cli {

/// Other machines by the Open Inference Protocol.
network const& oip_network();

}  // namespace dsc::cli

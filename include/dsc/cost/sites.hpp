#pragma once

#include <dsc/concepts.hpp>

namespace dsc {

/// The two places where layers can run, each with what it costs there.
template <CostModel Device, CostModel Server>
struct sites {
  Device device;
  Server server;
};

template <CostModel Device, CostModel Server>
sites(Device, Server) -> sites<Device, Server>;

}  // namespace dsc

#include "network/network.hpp"

#include <fmt/format.h>

#include "console/errors.hpp"

namespace dsc::cli {
namespace {

network const*& network_in_use() {
  static network const* used = nullptr;
  return used;
}

}  // namespace

void use_network(network const* built) { network_in_use() = built; }

network const& network_for(std::string const& command) {
  if (network const* const used = network_in_use()) return *used;
  throw error{cli_errc::bad_option,
              fmt::format("this build of dsc has no gRPC, which {} needs; build it where libgrpc++-dev, "
                          "protobuf-compiler-grpc and libprotobuf-dev are installed",
                          command)};
}

}  // namespace dsc::cli

#pragma once

#include <string>

namespace dsc::oip {

/// A host and a port, apart.
struct host_and_port {
  std::string host;  ///< a name or a number; of IPv6 without its brackets
  std::string port;

  /// As gRPC and people write it: `10.0.0.2:8001`, `[::1]:8001`.
  std::string text() const;
};

/// Reads `HOST:PORT`. Throws `bad_address` for anything else.
host_and_port host_and_port_in(std::string const& address);

/// Throws `bad_address`, with the reason, where nobody can listen there: the port is taken, or the
/// host is not of this machine.
void check_can_listen(host_and_port const& at);

}  // namespace dsc::oip

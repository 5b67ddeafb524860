#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <dsc/clock.hpp>
#include <dsc/oip/tls.hpp>
#include <dsc/run/deployment.hpp>
#include <dsc/run/tail_runner.hpp>

namespace dsc::oip {

using dsc::runner_of;
using dsc::tail_runner;

/// The limits and addresses of a server.
struct server_options {
  std::string listen = "127.0.0.1:8001";  ///< port 0: any that is free
  tls_files tls{};
  std::size_t workers = 1;                       ///< that many tails run at once
  std::size_t longest_queue = 64;                ///< waiting requests; beyond it RESOURCE_EXHAUSTED is answered
  bytes largest_queue{std::uint64_t{1} << 30U};  ///< the same of waiting requests' bytes; one always finds room
  bytes largest_request{std::uint64_t{256} << 20U};
  std::string metrics{};  ///< "host:port" where Prometheus reads counters; empty: nowhere
};

/// What became of the requests to a server.
struct server_totals {
  std::uint64_t answered = 0;
  std::uint64_t invalid = 0;  ///< no request to a tail that is here
  std::uint64_t refused = 0;  ///< no room, or the server was about to stop
  std::uint64_t dropped = 0;  ///< the client had gone or the deadline had passed before
  std::uint64_t failed = 0;   ///< the tail could not be run
  bytes received, sent;
};

/// Whether an address, "host:port", can be reached from this machine alone. Throws `bad_address`.
bool is_loopback(std::string const& address);

/// Hosts every tail of one network, as models of the Open Inference Protocol. Requests are checked
/// for name, shape, type and size before anything is allocated for them; one whose client has gone
/// or whose deadline has passed is dropped before it runs.
class server {
 public:
  /// Begins to serve; the runner is called by as many threads at once as there are workers. Throws
  /// `bad_address`, `bad_certificate`, `bad_deployment`.
  server(deployment served, tail_runner runner, server_options const& options = {});
  server(server const&) = delete;
  server& operator=(server const&) = delete;
  /// As `drain` with no time left: whoever waits hears so at once, and layers that run now end.
  ~server();

  std::string address() const;          ///< that it listens on, with its port
  std::string metrics_address() const;  ///< empty where it exports none

  server_totals totals() const;

  /// Takes no new requests, says that it is not ready, lets those that it has end, at most until
  /// `deadline`, and stops.
  void drain(time_point deadline);

 private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

}  // namespace dsc::oip

#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <dsc/decide/record.hpp>
#include <dsc/oip/tls.hpp>
#include <dsc/run/deployment.hpp>
#include <dsc/run/pending.hpp>
#include <dsc/run/transport.hpp>

namespace dsc::oip {

/// What a client does without being asked. Times are of its own clock, not gRPC's, whose deadlines
/// wait where a link is blocked.
struct client_options {
  tls_files tls{};
  std::string server_name{};        ///< that the server's certificate must have; empty: the address's host
  seconds connect_within{2.0};      ///< for the first check of a server, and for each attempt to reach it again
  std::size_t breaker_failures{3};  ///< that many failures in a row open the circuit breaker
  seconds breaker_pause{0.25};      ///< that it stays open at first; doubles up to `longest_pause`
  seconds longest_pause{2.0};
  bool check_weights = true;  ///< sends network and weights with every request, so that another one is refused
};

/// One server of a client, as it is now.
struct server_state {
  std::string address;
  bool connected = false;
  bool broken = false;         ///< the breaker is open: requests fail at once until a probe succeeds
  std::size_t failures = 0;    ///< in a row
  std::string last_failure{};  ///< empty where there was none
};

/// The device's side of a network: a `dsc::Transport` (routed, probed) that sends heads' outputs to
/// one or several servers of the Open Inference Protocol over gRPC. One connection for each server;
/// tensors are sent where they lie. It answers on time whatever the link does, drops connections
/// that are stuck, and connects again by itself. Threads may share it.
class client {
 public:
  /// Begins to connect to `servers` ("host:port", best first); does not wait. Throws `bad_address`,
  /// `bad_certificate`.
  client(std::vector<std::string> const& servers, deployment const& served, client_options const& options = {});
  client(client const&) = delete;
  client& operator=(client const&) = delete;
  /// Fails what is under way at once.
  ~client();

  /// Waits until every server that can be reached within `connect_within` has been checked: that
  /// it is ready and offers the deployment's tails with the same tensors, network and weights.
  /// Throws `other_network` and `bad_certificate` for one that answers but does not fit,
  /// `transport_failed` where none can be reached.
  void check();

  /// Sends a request to the server `asked.route`. Fails by the reply: `transport_failed`,
  /// `deadline_missed`, `refused`, `other_network`.
  pending_reply submit(request asked, time_point deadline);

  std::size_t route_count() const;
  /// Sends bytes for nothing, and an answer of a few bytes comes back.
  pending_reply send_probe(probe const& asked, time_point deadline);

  std::vector<server_state> servers() const;

 private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

/// What a server offers of a network: asks it. `network` is the name it has there. Throws as
/// `client::check` does. Only dsc's own server tells a deployment; of others take the file that was
/// exported with the models.
deployment deployment_at(std::string const& server, client_options const& options = {});

}  // namespace dsc::oip

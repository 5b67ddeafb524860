#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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
  seconds connect_within{2.0};      ///< for each attempt to reach a server and to check what it offers
  seconds dead_after{0.9};          ///< without a byte from a server that has been asked whether it lives
  std::size_t breaker_failures{3};  ///< that many failures in a row open the circuit breaker
  seconds breaker_pause{0.25};      ///< that it stays open at first; doubles up to `longest_pause`
  seconds longest_pause{2.0};
  bool check_weights = true;  ///< sends network and weights with every request, so that another one is refused
};

/// One server of a client, as it is now.
struct server_state {
  std::string address;
  bool connected = false;      ///< and checked: requests go there
  bool broken = false;         ///< the breaker is open: requests fail at once until a probe succeeds
  std::size_t failures = 0;    ///< in a row
  std::string last_failure{};  ///< empty where there was none
};

class exchange;

/// A request under way on the network: a `dsc::ConfirmingReply`.
class remote_reply {
 public:
  remote_reply(pending_reply pending, std::shared_ptr<exchange> shared)
      : pending_{std::move(pending)}, exchange_{std::move(shared)} {}

  std::optional<settlement> settled() const { return pending_.settled(); }
  bool ready() const { return pending_.ready(); }
  bool wait_until(time_point until) { return pending_.wait_until(until); }
  reply get() { return pending_.get(); }
  /// Waits for nothing: a thread of the client tells the server, and frees the link.
  void cancel();

  /// How many of the request's bytes the server's machine is known to have, by TCP's own
  /// acknowledgements; 0 where several requests shared the connection, as it cannot be known then.
  bytes confirmed() const;

 private:
  pending_reply pending_;
  std::shared_ptr<exchange> exchange_;
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

  /// Sends a request to the server `asked.route`; before that one has been checked, it waits for
  /// the connection. Fails by the reply: `transport_failed`, `deadline_missed`, `refused`,
  /// `other_network`, `bad_certificate`, `bad_deployment`.
  remote_reply submit(request asked, time_point deadline);

  std::size_t route_count() const;
  /// Sends bytes for nothing, at most 3 MiB, and an answer of a few bytes comes back.
  remote_reply send_probe(probe const& asked, time_point deadline);

  std::vector<server_state> servers() const;

 private:
  class implementation;
  std::unique_ptr<implementation> implementation_;
};

/// What a server offers of its network: asks it. Throws as `client::check` does. Only dsc's own
/// server tells a deployment; of others take the file that was exported with the models.
deployment deployment_at(std::string const& server, client_options const& options = {});

}  // namespace dsc::oip

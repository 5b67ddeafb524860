#pragma once

#include <memory>
#include <string>
#include <vector>

#include <dsc/oip/client.hpp>
#include <dsc/oip/server.hpp>

#include "running/connection.hpp"

/// Other machines, as the commands see them. This program may have been built without what that
/// needs.
namespace dsc::cli {

/// Tails that others may ask for, until its end.
class hosted_tails {
 public:
  hosted_tails() = default;
  hosted_tails(hosted_tails const&) = delete;
  hosted_tails& operator=(hosted_tails const&) = delete;
  virtual ~hosted_tails() = default;

  virtual std::string address() const = 0;
  virtual std::string metrics_address() const = 0;  ///< empty where there is none
  virtual bool is_for_this_machine_alone() const = 0;
  virtual oip::server_totals totals() const = 0;
  /// Takes no more requests and lets those that are there end, at most until `deadline`.
  virtual void drain(time_point deadline) = 0;
};

class network {
 public:
  network() = default;
  network(network const&) = delete;
  network& operator=(network const&) = delete;
  virtual ~network() = default;

  virtual std::unique_ptr<hosted_tails> host(deployment served, tail_runner runner,
                                             oip::server_options const& options) const = 0;

  /// Connects, and checks that every server which can be reached fits. Throws what `oip::client`
  /// and its `check` throw.
  virtual std::shared_ptr<connection> connect(std::vector<std::string> const& servers, deployment const& served,
                                              oip::client_options const& options) const = 0;
  /// What a server offers. Throws what `oip::deployment_at` throws.
  virtual deployment deployment_at(std::string const& server, oip::client_options const& options) const = 0;
};

/// Sets the network, null where this build has none, before the other function is called.
void use_network(network const* built);

/// Throws `bad_option` where this build has none, with what to install; `command` is what needs it,
/// as in `'serve'`.
network const& network_for(std::string const& command);

}  // namespace dsc::cli

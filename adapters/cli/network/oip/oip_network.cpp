#include "network/oip/oip_network.hpp"

#include <cstdlib>
#include <utility>

namespace dsc::cli {
namespace {

class oip_tails final : public hosted_tails {
 public:
  oip_tails(deployment served, tail_runner runner, oip::server_options const& options)
      : server_{std::move(served), std::move(runner), options} {}

  std::string address() const override { return server_.address(); }
  std::string metrics_address() const override { return server_.metrics_address(); }
  bool is_for_this_machine_alone() const override { return oip::is_loopback(server_.address()); }
  oip::server_totals totals() const override { return server_.totals(); }
  void drain(time_point deadline) override { server_.drain(deadline); }

 private:
  oip::server server_;
};

class oip_connection final : public connection {
 public:
  oip_connection(std::vector<std::string> const& servers, deployment const& served, oip::client_options const& options)
      : client_{servers, served, options} {
    client_.check();
  }

  sent_request submit(request asked, time_point deadline) override {
    return sent_request{client_.submit(std::move(asked), deadline)};
  }
  std::size_t route_count() const override { return client_.route_count(); }
  sent_request send_probe(probe const& asked, time_point deadline) override {
    return sent_request{client_.send_probe(asked, deadline)};
  }

 private:
  oip::client client_;
};

class oip_network_type final : public network {
 public:
  std::unique_ptr<hosted_tails> host(deployment served, tail_runner runner,
                                     oip::server_options const& options) const override {
    return std::make_unique<oip_tails>(std::move(served), std::move(runner), options);
  }

  std::shared_ptr<connection> connect(std::vector<std::string> const& servers, deployment const& served,
                                      oip::client_options const& options) const override {
    return std::make_shared<oip_connection>(servers, served, options);
  }

  deployment deployment_at(std::string const& server, oip::client_options const& options) const override {
    return oip::deployment_at(server, options);
  }
};

}  // namespace

network const& oip_network() {
  // What gRPC has to say stands in the errors; its own lines are for those who ask for them.
  static oip_network_type const network = (setenv("GRPC_VERBOSITY", "NONE", 0), oip_network_type{});
  return network;
}

}  // namespace dsc::cli

#include <dsc/oip/server.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <dsc/oip/error.hpp>

#include "address.hpp"
#include "server/counters.hpp"
#include "server/metrics.hpp"
#include "server/request_check.hpp"
#include "server/service.hpp"
#include "server/tail_queue.hpp"
#include "tls/pem_files.hpp"

namespace dsc::oip {
namespace {

std::shared_ptr<grpc::ServerCredentials> credentials_of(tls_files const& files) {
  if (!files.any()) return grpc::InsecureServerCredentials();
  if (files.certificate.empty())
    throw error{oip_errc::bad_certificate, "a server with TLS needs a certificate and its key, not an authority alone"};
  pem_texts texts = read_pem(files);
  grpc::SslServerCredentialsOptions options{files.authority.empty()
                                                ? GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE
                                                : GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY};
  options.pem_root_certs = std::move(texts.authority);
  options.pem_key_cert_pairs.push_back({std::move(texts.key), std::move(texts.certificate)});
  return grpc::SslServerCredentials(options);
}

// What every connection of the server is held to.
void set_limits(grpc::ServerBuilder& builder, server_options const& options) {
  std::uint64_t const largest = options.largest_request.count + largest_head.count;
  builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<std::uint64_t>(largest, std::numeric_limits<int>::max())));
  builder.SetMaxSendMessageSize(-1);
  // What is on its way in, before anybody can tell whether there is room for it.
  grpc::ResourceQuota quota{"dsc"};
  quota.Resize(static_cast<std::size_t>(4 * largest + (std::uint64_t{64} << 20U)));
  builder.SetResourceQuota(quota);
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // else a second server would share the port unseen
  // Clients ask five times a second whether the link lives; the server notices within seconds that
  // one has gone without a word.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 100);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 5000);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 5000);
}

}  // namespace

class server::implementation {
 public:
  implementation(deployment its_deployment, tail_runner runner, server_options const& options)
      : served_{std::move(its_deployment)},
        models_{served_},
        at_{host_and_port_in(options.listen)},
        counts_{served_.tails.size()} {
    auto const credentials = credentials_of(options.tls);
    if (at_.port != "0") check_can_listen(at_);
    queue_.emplace(served_, std::move(runner), options, counts_);
    if (!options.metrics.empty())
      metrics_.emplace(options.metrics, served_, counts_, [this] { return queue_->length(); });
    service_ = service_of(served_, models_, *queue_, counts_);
    grpc::ServerBuilder builder;
    set_limits(builder, options);
    int port = 0;
    builder.AddListeningPort(at_.text(), credentials, &port);
    builder.RegisterService(service_.get());
    grpc_ = builder.BuildAndStart();
    if (!grpc_ || port == 0)
      throw error{oip_errc::bad_address,
                  "'" + at_.text() + "' cannot be listened on; is it an address of this machine?"};
    at_.port = std::to_string(port);
  }

  ~implementation() { drain(run_clock::now()); }

  std::string address() const { return at_.text(); }
  std::string metrics_address() const { return metrics_ ? metrics_->address() : ""; }
  server_totals totals() const { return counts_.totals(); }

  void drain(time_point deadline) {
    std::lock_guard const lock{draining_};
    if (!grpc_) return;
    queue_->close();
    queue_->wait_until_idle(deadline);
    queue_->refuse_rest();
    grpc_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds{200});
    grpc_.reset();
    queue_->end();
  }

 private:
  deployment served_;
  model_table models_;
  host_and_port at_;
  counters counts_;
  std::optional<tail_queue> queue_;
  std::optional<metrics> metrics_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<grpc::Server> grpc_;
  std::mutex draining_;
};

server::server(deployment served, tail_runner runner, server_options const& options)
    : implementation_{std::make_unique<implementation>(std::move(served), std::move(runner), options)} {}

server::~server() = default;

std::string server::address() const { return implementation_->address(); }
std::string server::metrics_address() const { return implementation_->metrics_address(); }
server_totals server::totals() const { return implementation_->totals(); }
void server::drain(time_point deadline) { implementation_->drain(deadline); }

}  // namespace dsc::oip

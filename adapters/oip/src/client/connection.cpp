#include "client/connection.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <grpc/grpc.h>
#include <grpcpp/support/proto_buffer_reader.h>

#include <dsc/oip/error.hpp>

#include "address.hpp"
#include "tls/pem_files.hpp"

namespace dsc::oip {
namespace {

void require_address(std::string const& address) {
  host_and_port const at = host_and_port_in(address);
  auto const is_of_a_host = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '%';  // the last two in numbers of IPv6
  };
  if (!std::ranges::all_of(at.host, is_of_a_host) || at.port.find_first_not_of('0') == std::string::npos)
    throw error{oip_errc::bad_address,
                "'" + address + "' is no server's address; give HOST:PORT, as edge-server:8001 or [fd00::1]:8001"};
}

std::shared_ptr<grpc::ChannelCredentials> credentials_of(tls_files const& tls) {
  if (!tls.any()) return grpc::InsecureChannelCredentials();
  if (tls.authority.empty())
    throw error{oip_errc::bad_certificate,
                "a client with a certificate needs the authority that has signed the server's, too"};
  pem_texts texts = read_pem(tls);
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = std::move(texts.authority);
  options.pem_cert_chain = std::move(texts.certificate);
  options.pem_private_key = std::move(texts.key);
  return grpc::SslCredentials(options);
}

std::shared_ptr<grpc::Channel> channel_to(endpoint const& to, std::shared_ptr<connection_socket> const& socket) {
  // The last user of gRPC in a process shuts it down, which takes up to 10 s where a thread of it
  // still polls. So it is kept until the process ends.
  static bool const kept = (grpc_init(), true);
  static_cast<void>(kept);
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // the session knows better what to do
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 2000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  if (to.secure && !to.server_name.empty()) arguments.SetSslTargetNameOverride(to.server_name);
  connection_socket::watch(socket, arguments);
  return grpc::CreateCustomChannel("dns:///" + to.address, to.credentials, arguments);
}

}  // namespace

endpoint::endpoint(std::string const& host_and_port, tls_files const& tls, std::string const& name)
    : address{host_and_port},
      server_name{name},
      secure{tls.any()},
      shows_certificate{!tls.certificate.empty()},
      credentials{(require_address(host_and_port), credentials_of(tls))} {}

connection::connection(endpoint const& to) : stub_{channel_to(to, socket_)} {}

std::shared_ptr<call> connection::start(char const* method, grpc::ByteBuffer message, time_point until,
                                        call::completion done) {
  auto started = std::make_shared<call>(calls_, std::move(message), std::move(done));
  // gRPC's deadline is not waited for: it tells the server how long an answer is of use. Ours,
  // which also frees the link, comes first.
  seconds const left = deadline_after(until, seconds{0.05}) - run_clock::now();
  if (left < seconds{1e8})
    started->context_.set_deadline(std::chrono::system_clock::now() +
                                   std::chrono::duration_cast<std::chrono::system_clock::duration>(left));
  stub_.UnaryCall(&started->context_, std::string{"/inference.GRPCInferenceService/"} + method, {}, &started->request_,
                  &started->response_,
                  [started](grpc::Status const& status) { started->done_(status, started->response_); });
  return started;
}

grpc::ByteBuffer bytes_of(google::protobuf::MessageLite const& message) {
  std::string const text = message.SerializeAsString();
  grpc::Slice const slice{text.data(), text.size()};
  return {&slice, 1};
}

bool parse(grpc::ByteBuffer const& from, google::protobuf::MessageLite& message) {
  grpc::ByteBuffer bytes_read{from};
  grpc::ProtoBufferReader reader{&bytes_read};
  return reader.status().ok() && message.ParseFromZeroCopyStream(&reader);
}

}  // namespace dsc::oip

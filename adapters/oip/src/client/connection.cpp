#include "client/connection.hpp"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include <grpcpp/support/proto_buffer_reader.h>

#include <dsc/oip/error.hpp>

#include "tls/pem_files.hpp"

namespace dsc::oip {
namespace {

[[noreturn]] void refuse_address(std::string const& address) {
  throw error{oip_errc::bad_address,
              "'" + address + "' is no server's address: write HOST:PORT, as in edge-server:8001 or [fd00::1]:8001"};
}

void require_address(std::string const& address) {
  std::size_t const colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0) refuse_address(address);
  std::string_view const host = std::string_view{address}.substr(0, colon);
  std::string_view const port = std::string_view{address}.substr(colon + 1);
  bool const bracketed = host.front() == '[' && host.back() == ']' && host.size() > 2;
  for (char const c : host) {
    bool const plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
    if (!plain && !bracketed) refuse_address(address);
  }
  if (port.empty() || port.size() > 5) refuse_address(address);
  int number = 0;
  for (char const c : port) {
    if (c < '0' || c > '9') refuse_address(address);
    number = number * 10 + (c - '0');
  }
  if (number == 0 || number > 65535) refuse_address(address);
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

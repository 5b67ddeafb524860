#include "client/failure.hpp"

#include <string_view>

namespace dsc::oip {
namespace {

bool names_any(std::string_view text, std::initializer_list<std::string_view> words) {
  for (std::string_view const word : words)
    if (text.find(word) != std::string_view::npos) return true;
  return false;
}

// A connection that cannot be secured fails as one that is not there does; only the text differs.
std::string advice_on_tls(std::string const& text, endpoint const& server) {
  if (server.secure) {
    if (names_any(text, {"WRONG_VERSION_NUMBER", "wrong version number", "WRONG_SSL_VERSION"}))
      return "it does not speak TLS: start it with a certificate, or connect without one";
    if (names_any(text, {"CERTIFICATE_VERIFY_FAILED", "certificate verify failed"}))
      return "its certificate is not signed by the authority that the client was given, or has expired";
    if (names_any(text, {"Hostname Verification Check failed", "Peer name", "peer name"}))
      return "its certificate is of another name: give the name that stands in it as server_name";
    if (names_any(text, {"CERTIFICATE_REQUIRED", "certificate required", "HANDSHAKE_FAILURE", "BAD_CERTIFICATE",
                         "bad certificate", "UNKNOWN_CA", "unknown ca", "CERTIFICATE_UNKNOWN"}))
      return server.shows_certificate
                 ? "it does not take the client's certificate: its authority has not signed that one"
                 : "it asks for a client's certificate: give one, with its key, that its authority has signed";
    if (names_any(text, {"Ssl handshake failed", "SSL_ERROR", "Handshake failed"}))
      return "the connection could not be secured";
    return {};
  }
  // Not one that waited for a SETTINGS frame in vain: a server that says nothing may be stopped.
  if (names_any(text, {"Trying to connect an http1.x server", "Failed parsing HTTP/2", "Expected SETTINGS frame"}))
    return "it speaks something else than gRPC without TLS: if it has a certificate, give the client its authority";
  return {};
}

}  // namespace

failure failure_to_begin(failure const& reason, endpoint const& server, bool heard) {
  if (reason.code != errc::transport_failed ||
      !names_any(reason.sentence, {"Socket closed", "Connection reset by peer", "Broken pipe"}))
    return reason;
  std::string const place = "the server " + server.address + " closes the connection at once";
  if (!server.secure) {
    std::string const advice = "; if it has a certificate, give the client its authority";
    return heard ? failure{oip_errc::bad_certificate, place + ", as if it expected TLS" + advice}
                 : failure{errc::transport_failed, reason.sentence + advice};
  }
  // The server has shown its certificate, and does not like the client's.
  if (!heard) return reason;
  return {
      oip_errc::bad_certificate,
      place + (server.shows_certificate
                   ? ": it does not take the client's certificate, as its authority has not signed that one"
                   : ": it asks for a client's certificate; give one, with its key, that its authority has signed")};
}

failure failure_of(grpc::Status const& status, endpoint const& server) {
  std::string const text = status.error_message().substr(0, 500);
  std::string const place = "the server " + server.address;
  std::string const detail = text.empty() ? "." : ": " + text;
  switch (status.error_code()) {
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return {errc::deadline_missed, place + " did not answer in time"};
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return {oip_errc::refused, place + " has no room for the request" + detail};
    case grpc::StatusCode::FAILED_PRECONDITION:
    case grpc::StatusCode::NOT_FOUND:
      return {oip_errc::other_network, place + " does not host this network" + detail};
    case grpc::StatusCode::UNAVAILABLE:
      if (std::string const advice = advice_on_tls(text, server); !advice.empty())
        return {oip_errc::bad_certificate, "no connection to " + place + ", as " + advice + " (" + text + ")"};
      return {errc::transport_failed, place + " cannot be reached" + detail};
    case grpc::StatusCode::UNAUTHENTICATED:
    case grpc::StatusCode::PERMISSION_DENIED:
      return {oip_errc::bad_certificate, place + " does not take this client" + detail};
    default:
      return {errc::transport_failed,
              place + " failed with status " + std::to_string(static_cast<int>(status.error_code())) + detail};
  }
}

}  // namespace dsc::oip

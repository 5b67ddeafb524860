#include <fstream>

#include <dsc/io/file.hpp>
#include <dsc/oip/client.hpp>
#include <dsc/oip/error.hpp>

#include "catch.hpp"
#include "certificates.hpp"
#include "requests.hpp"
#include "support/errors.hpp"
#include "test_server.hpp"

namespace {

using namespace dsc;
using namespace dsc::oip::test;
using dsc::test::certificates;
using dsc::test::code_of;
using dsc::test::message_of;
using oip::oip_errc;

std::shared_ptr<grpc::ServerCredentials> shown(certificates const& made, char const* owner, bool mutual) {
  grpc::SslServerCredentialsOptions options{mutual ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                                                   : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE};
  options.pem_key_cert_pairs.push_back({read_file(made.key(owner)), read_file(made.pem(owner))});
  if (mutual) options.pem_root_certs = read_file(made.pem("ours"));
  return grpc::SslServerCredentials(options);
}

oip::client_options with(oip::tls_files const& files, std::string const& name = {}) {
  oip::client_options options;
  options.tls = files;
  options.server_name = name;
  options.connect_within = seconds{5.0};
  return options;
}

// What the check says of a server; empty where it fits, and then a request is answered.
std::string refusal(test_server const& server, oip::client_options const& options) {
  oip::client client{{server.address()}, small_deployment(), options};
  std::string const sentence = message_of([&] { client.check(); });
  auto const code = code_of([&] { client.submit(asked_of(3, counted(4), 4), soon()).get(); });
  if (sentence.empty())
    CHECK_FALSE(code.has_value());
  else
    CHECK(code == error_code{oip_errc::bad_certificate});
  return sentence;
}

void check_says(std::string const& sentence, char const* words) {
  INFO(sentence);
  CHECK(sentence.rfind("dsc-902", 0) == 0);
  CHECK(sentence.find(words) != std::string::npos);
}

bool can_make_certificates() {
  bool const can = certificates::can_be_made();
  if (!can) WARN("TLS is not tested, as there is no command openssl");
  return can;
}

TEST_CASE("a client speaks TLS with a server that its authority has signed, and says what else is wrong") {
  if (!can_make_certificates()) return;
  certificates const made;
  test_server const server{small_deployment(), 0, shown(made, "server", false)};
  CHECK(refusal(server, with({.authority = made.pem("ours")})).empty());
  CHECK(refusal(server, with({.authority = made.pem("ours")}, "localhost")).empty());
  check_says(refusal(server, with({.authority = made.pem("theirs")})), "not signed by the authority");
  check_says(refusal(server, with({.authority = made.pem("ours")}, "elsewhere")), "is of another name");
  oip::client without{{server.address()}, small_deployment()};
  CHECK(message_of([&] { without.check(); }).find("give the client its authority") != std::string::npos);
  test_server const plain;
  check_says(refusal(plain, with({.authority = made.pem("ours")})), "does not speak TLS");
}

TEST_CASE("a client shows its certificate to a server that asks for one") {
  if (!can_make_certificates()) return;
  certificates const made;
  test_server const server{small_deployment(), 0, shown(made, "server", true)};
  auto const by = [&](char const* owner) {
    return with({.certificate = made.pem(owner), .key = made.key(owner), .authority = made.pem("ours")});
  };
  CHECK(refusal(server, by("client")).empty());
  check_says(refusal(server, by("stranger")), "does not take the client's certificate");
  check_says(refusal(server, with({.authority = made.pem("ours")})), "asks for a client's certificate");
}

TEST_CASE("files that are no certificates are told before anything is sent") {
  if (!can_make_certificates()) return;
  certificates const made;
  auto const code = [&](oip::tls_files const& files) {
    return code_of([&] { oip::client{{"127.0.0.1:1"}, small_deployment(), with(files)}; });
  };
  error_code const bad = oip_errc::bad_certificate;
  CHECK(code({.authority = made.folder() / "missing.pem"}) == bad);
  CHECK(code({.certificate = made.pem("client"), .key = made.key("client")}) == bad);
  CHECK(code({.certificate = made.pem("client"), .authority = made.pem("ours")}) == bad);
  CHECK(code({.certificate = made.pem("client"), .key = made.key("server"), .authority = made.pem("ours")}) == bad);
  std::ofstream{made.folder() / "text.pem"} << "no certificate";
  CHECK(code({.authority = made.folder() / "text.pem"}) == bad);
  CHECK(code_of([&] { oip::deployment_at("127.0.0.1:1", with({.authority = made.folder() / "text.pem"})); }) == bad);
}

}  // namespace

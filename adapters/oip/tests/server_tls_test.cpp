#include <dsc/oip/server.hpp>

#include <fstream>

#include <dsc/io/file.hpp>
#include <dsc/oip/error.hpp>

#include "catch.hpp"
#include "certificates.hpp"
#include "stub.hpp"
#include "support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;
using dsc::oip::server;
using dsc::oip::server_options;

server_options with_tls(oip::tls_files const& files) {
  server_options options;
  options.listen = "127.0.0.1:0";
  options.tls = files;
  return options;
}

std::shared_ptr<grpc::ChannelCredentials> credentials(certificates const& made, char const* authority,
                                                      char const* owner) {
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = read_file(made.pem(authority));
  if (owner != nullptr) {
    options.pem_private_key = read_file(made.key(owner));
    options.pem_cert_chain = read_file(made.pem(owner));
  }
  return grpc::SslCredentials(options);
}

bool can_make_certificates() {
  bool const can = certificates::can_be_made();
  if (!can) WARN("TLS is not tested, as there is no command openssl");
  return can;
}

// Whether such a client gets an answer; nothing of one may come where it does not.
bool is_answered(server const& served, std::shared_ptr<grpc::ChannelCredentials> const& by) {
  stub_client client{served.address(), by};
  inference::ModelInferResponse answer;
  grpc::Status const status = client.infer(request_to(0, toy_input(1)), answer, std::chrono::seconds{5});
  if (!status.ok()) {
    CHECK(answer.raw_output_contents_size() == 0);
    inference::ServerMetadataResponse about;
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds{5});
    CHECK_FALSE(client->ServerMetadata(&context, {}, &about).ok());
    CHECK(about.name().empty());
  }
  return status.ok();
}

TEST_CASE("a server with a certificate is read through TLS alone, by whoever trusts its authority") {
  if (!can_make_certificates()) return;
  certificates const made;
  server const served{toy_deployment(), oip::runner_of(toy_network{}),
                      with_tls({.certificate = made.pem("server"), .key = made.key("server"), .authority = {}})};
  CHECK(is_answered(served, credentials(made, "ours", nullptr)));
  CHECK_FALSE(is_answered(served, credentials(made, "theirs", nullptr)));
  CHECK_FALSE(is_answered(served, grpc::InsecureChannelCredentials()));
}

TEST_CASE("with an authority, only clients whose certificate it signed read anything") {
  if (!can_make_certificates()) return;
  certificates const made;
  server const served{
      toy_deployment(), oip::runner_of(toy_network{}),
      with_tls({.certificate = made.pem("server"), .key = made.key("server"), .authority = made.pem("ours")})};
  CHECK(is_answered(served, credentials(made, "ours", "client")));
  CHECK_FALSE(is_answered(served, credentials(made, "ours", nullptr)));
  CHECK_FALSE(is_answered(served, credentials(made, "ours", "stranger")));
  CHECK_FALSE(is_answered(served, grpc::InsecureChannelCredentials()));
  CHECK(served.totals().answered == 1);
  CHECK(served.totals().received.count > 0);
}

TEST_CASE("files that are no certificate and its key are refused before anybody listens, and it is said which") {
  if (!can_make_certificates()) return;
  certificates const made;
  std::filesystem::path const garbage = made.folder() / "garbage.pem", missing = made.folder() / "missing.pem";
  std::ofstream{garbage} << "no certificate";
  auto const sentence = [](oip::tls_files const& files) {
    return message_of([&] { server const served{toy_deployment(), oip::runner_of(toy_network{}), with_tls(files)}; });
  };
  auto const pem = made.pem("server"), key = made.key("server");
  CHECK_THAT(sentence({missing, key, {}}), Catch::StartsWith("dsc-902: ") && Catch::Contains("missing.pem"));
  CHECK_THAT(sentence({garbage, key, {}}), Catch::StartsWith("dsc-902: ") && Catch::Contains("holds no certificate"));
  CHECK_THAT(sentence({pem, garbage, {}}), Catch::StartsWith("dsc-902: ") && Catch::Contains("holds no private key"));
  CHECK_THAT(sentence({pem, made.key("client"), {}}),
             Catch::StartsWith("dsc-902: ") && Catch::Contains("is not that of"));
  CHECK_THAT(sentence({pem, {}, {}}), Catch::StartsWith("dsc-902: ") && Catch::Contains("go together"));
  CHECK_THAT(sentence({{}, {}, made.pem("ours")}),
             Catch::StartsWith("dsc-902: ") && Catch::Contains("needs a certificate"));
  CHECK_THAT(sentence({pem, key, garbage}), Catch::StartsWith("dsc-902: ") && Catch::Contains("garbage.pem"));
}

}  // namespace

#include <dsc/oip/client.hpp>

#include <thread>

#include <dsc/oip/error.hpp>

#include "catch.hpp"
#include "peer_process.hpp"
#include "requests.hpp"
#include "support/errors.hpp"
#include "tcp_relay.hpp"
#include "test_server.hpp"

// What a client does while links and servers break. Bounds on times are wide, as machines that run
// tests are busy; what they tell apart is wider still.

namespace {

using namespace dsc;
using namespace dsc::oip::test;
using dsc::test::code_of;
using dsc::test::message_of;
using oip::oip_errc;
using std::chrono::milliseconds;

constexpr std::int64_t wide = 1'000'000;  // of peer.cpp: 4 MB

std::optional<error_code> outcome(oip::client& client, double within = 5.0) {
  return code_of([&] { client.submit(asked_of(3, counted(4), 4), soon(within)).get(); });
}
bool answers(oip::client& client) { return !outcome(client).has_value(); }

error_code const failed = errc::transport_failed;
error_code const late = errc::deadline_missed;

TEST_CASE("a late answer is no answer, on time, and cancelling waits for nothing") {
  test_server server;
  server.service.infer = [](auto const& asked, auto& answer) {
    std::this_thread::sleep_for(milliseconds{1500});
    return test_service::doubled(asked, answer);
  };
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  time_point start = run_clock::now();
  auto pending = client.submit(asked_of(3, counted(4), 4), soon(0.2));
  CHECK(code_of([&] { pending.get(); }) == late);
  CHECK(since(start) < seconds{1.0});
  CHECK(since(start) >= seconds{0.2});

  auto given_up = client.submit(asked_of(3, counted(4), 4), soon());
  std::this_thread::sleep_for(milliseconds{20});
  start = run_clock::now();
  given_up.cancel();
  CHECK(since(start) < seconds{0.2});
  CHECK(code_of([&] { given_up.get(); }) == error_code{errc::cancelled});
  CHECK(client.servers()[0].connected);  // a slow server is no dead one
}

TEST_CASE("a request's bytes are let go of when it is given up") {
  test_server server;
  server.service.infer = [](auto const& asked, auto& answer) {
    std::this_thread::sleep_for(milliseconds{300});
    return test_service::doubled(asked, answer);
  };
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  auto owner = std::make_shared<std::vector<float> const>(counted(4));
  std::weak_ptr<void const> const seen = owner;
  request asked{layer_span{split_point{3}, split_point{4}},
                {wire_tensor{{element_type::float32, {1, 4}}, {owner, std::as_bytes(std::span{*owner})}}}};
  owner.reset();
  auto pending = client.submit(std::move(asked), soon());
  CHECK_FALSE(seen.expired());
  pending.cancel();
  CHECK(comes([&] { return seen.expired(); }));
}

TEST_CASE("a client that ends fails what is under way at once") {
  std::atomic<bool> asked_it = false, go_on = false;
  test_server server;  // whose threads look at them
  server.service.infer = [&](auto const&, auto&) {
    asked_it = true;
    comes([&] { return go_on.load(); });
    return grpc::Status::OK;
  };
  std::optional<oip::remote_reply> pending;
  time_point start;
  {
    oip::client client{{server.address()}, small_deployment()};
    pending = client.submit(asked_of(3, counted(4), 4), soon(60));
    REQUIRE(comes([&] { return asked_it.load(); }));
    start = run_clock::now();
  }
  CHECK(since(start) < seconds{2.0});
  CHECK(code_of([&] { pending->get(); }) == failed);
  pending->cancel();
  CHECK(pending->confirmed() <= bytes{16});
  go_on = true;
}

TEST_CASE("nobody listening is told at once, and a server that comes up is found") {
  int port = 0;
  {
    test_server const gone;
    port = gone.port();
  }
  oip::client_options options;
  options.connect_within = seconds{1.0};
  oip::client client{{"127.0.0.1:" + std::to_string(port)}, small_deployment(), options};
  CHECK(code_of([&] { client.check(); }) == failed);
  time_point const start = run_clock::now();
  CHECK(outcome(client, 30) == failed);
  CHECK(since(start) < seconds{1.0});
  CHECK(client.servers()[0].broken);
  CHECK_FALSE(client.servers()[0].connected);
  CHECK_FALSE(client.servers()[0].last_failure.empty());
  test_server const server{small_deployment(), port};
  REQUIRE(server.port() == port);
  CHECK(comes([&] { return client.servers()[0].connected; }, 4.0));
  CHECK(answers(client));
}

TEST_CASE("a circuit breaker opens after failures in a row, and closes by itself") {
  test_server server;
  std::atomic<bool> well = false;
  server.service.infer = [&](auto const& asked, auto& answer) {
    return well ? test_service::doubled(asked, answer) : grpc::Status{grpc::StatusCode::INTERNAL, "ill"};
  };
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  CHECK(outcome(client) == failed);
  CHECK(outcome(client) == failed);
  CHECK_FALSE(client.servers()[0].broken);
  CHECK(outcome(client) == failed);
  CHECK(client.servers()[0].broken);
  CHECK(server.service.requests == 3);
  std::string const sentence = message_of([&] { client.submit(asked_of(3, counted(4), 4), soon()).get(); });
  CHECK(sentence.find("circuit breaker") != std::string::npos);
  CHECK(sentence.find("ill") != std::string::npos);
  CHECK(server.service.requests == 3);
  // The check succeeds, but one more failure opens it again.
  REQUIRE(comes([&] { return !client.servers()[0].broken; }));
  CHECK(outcome(client) == failed);
  CHECK(client.servers()[0].broken);
  well = true;
  CHECK(comes([&] { return answers(client); }));
  CHECK(client.servers()[0].failures == 0);
}

TEST_CASE("a server that has no room is no broken one") {
  test_server server;
  server.service.infer = [](auto const&, auto&) { return grpc::Status{grpc::StatusCode::RESOURCE_EXHAUSTED, "full"}; };
  oip::client client{{server.address()}, small_deployment()};
  for (int i = 0; i < 5; ++i) CHECK(outcome(client) == error_code{oip_errc::refused});
  CHECK_FALSE(client.servers()[0].broken);
}

TEST_CASE("a server that is killed and started again is checked again") {
  std::optional<peer_process> peer{std::in_place};
  int const port = peer->port();
  oip::client client{{peer->address()}, small_deployment(wide)};
  client.check();
  CHECK(answers(client));
  peer->end();
  CHECK(outcome(client) == failed);
  peer.emplace(port);
  CHECK(comes([&] { return client.servers()[0].connected; }, 4.0));
  CHECK(answers(client));

  peer->end();
  peer.emplace(port, "ef01");
  REQUIRE(comes([&] { return outcome(client) == error_code{oip_errc::other_network}; }));
  CHECK(message_of([&] { client.check(); }).find("other weights") != std::string::npos);
  peer->end();
  peer.emplace(port);
  CHECK(comes([&] { return answers(client); }));
}

TEST_CASE("a server that is stopped is noticed, and used again once it goes on") {
  peer_process const peer;
  oip::client client{{peer.address()}, small_deployment(wide)};
  client.check();
  CHECK(answers(client));
  peer.stop();
  time_point const start = run_clock::now();
  CHECK(outcome(client, 30) == failed);
  CHECK(since(start) < seconds{2.5});
  CHECK(client.servers()[0].broken);
  time_point const again = run_clock::now();
  CHECK(outcome(client, 30) == failed);
  CHECK(since(again) < seconds{0.5});
  peer.go_on();
  CHECK(comes([&] { return client.servers()[0].connected; }, 5.0));
  CHECK(answers(client));
}

TEST_CASE("a server that is stopped is noticed by requests that nobody waits for, too") {
  peer_process const peer;
  oip::client client{{peer.address()}, small_deployment(wide)};
  client.check();
  peer.stop();
  for (int i = 0; i < 60 && !client.servers()[0].broken; ++i) {
    auto pending = client.submit(asked_of(3, counted(4), 4), soon(30));
    pending.wait_until(soon(0.05));
    pending.cancel();
  }
  CHECK(client.servers()[0].broken);
  peer.go_on();
}

TEST_CASE("an upload into a stopped server is ended") {
  peer_process const peer;
  oip::client client{{peer.address()}, small_deployment(wide)};
  client.check();
  peer.stop();
  time_point const start = run_clock::now();
  auto pending = client.submit(asked_of(2, counted(8 * wide), wide), soon(30));
  CHECK(code_of([&] { pending.get(); }) == failed);
  CHECK(since(start) < seconds{4.0});
  CHECK(pending.confirmed() < bytes{32U * wide});
  peer.go_on();
}

TEST_CASE("an upload that nobody waits for any more does not keep the link") {
  bool const cancelled = GENERATE(false, true);
  test_server server{small_deployment(wide)};
  tcp_relay relay{server.port()};
  oip::client client{{relay.address()}, small_deployment(wide)};
  client.check();
  REQUIRE(relay.connections == 1);
  relay.bytes_per_second = 2e6;
  // 16 MB at 2 MB/s: eight seconds.
  auto pending = client.submit(asked_of(2, counted(4 * wide), wide), soon(cancelled ? 30 : 0.4));
  if (cancelled) {
    CHECK_FALSE(pending.wait_until(soon(0.4)));
    pending.cancel();
  } else {
    CHECK(code_of([&] { pending.get(); }) == late);
  }
  bytes const confirmed = pending.confirmed();
  CHECK(confirmed > bytes{});
  CHECK(confirmed < bytes{16'000'000});
  time_point const start = run_clock::now();
  CHECK(answers(client));
  CHECK(since(start) < seconds{3.0});
  CHECK(relay.connections == 2);
  CHECK(comes([&] { return relay.ended == 1; }));
  CHECK(relay.carried < 8'000'000);
}

TEST_CASE("a link that carries nothing is noticed, and used again once it does") {
  test_server server{small_deployment(wide)};
  tcp_relay relay{server.port()};
  oip::client client{{relay.address()}, small_deployment(wide)};
  client.check();
  CHECK(answers(client));
  relay.stopped = true;
  time_point const start = run_clock::now();
  CHECK(code_of([&] { client.submit(asked_of(2, counted(2 * wide), wide), soon(30)).get(); }) == failed);
  CHECK(since(start) < seconds{2.5});
  CHECK(client.servers()[0].broken);
  relay.stopped = false;
  CHECK(comes([&] { return client.servers()[0].connected; }, 5.0));
  CHECK(answers(client));
}

TEST_CASE("a connection that is closed while nothing is asked is made again") {
  std::optional<test_server> server{std::in_place};
  int const port = server->port();
  oip::client client{{server->address()}, small_deployment()};
  client.check();
  server.reset();
  CHECK(comes([&] { return !client.servers()[0].connected; }));
  server.emplace(small_deployment(), port);
  REQUIRE(server->port() == port);
  CHECK(comes([&] { return client.servers()[0].connected; }, 5.0));
  CHECK(answers(client));
}

TEST_CASE("a probe reaches a server whose breaker is open") {
  test_server server;
  std::atomic<bool> well = false;
  server.service.infer = [&](auto const& asked, auto& answer) {
    return well ? test_service::doubled(asked, answer) : grpc::Status{grpc::StatusCode::INTERNAL, "ill"};
  };
  oip::client_options options;
  options.breaker_failures = 1;
  options.breaker_pause = seconds{0.3};
  options.longest_pause = seconds{30.0};
  oip::client client{{server.address()}, small_deployment(), options};
  client.check();
  for (int i = 0; i < 5; ++i) {  // until the pause is long
    CHECK(outcome(client) == failed);
    well = i == 4;
    CHECK(code_of([&] { client.send_probe({0, bytes{1000}}, soon()).get(); }) == std::nullopt);
    CHECK_FALSE(client.servers()[0].broken);
  }
  CHECK(answers(client));
}

TEST_CASE("one server that is gone does not keep another from answering") {
  peer_process first;
  test_server second{small_deployment(wide)};
  oip::client client{{first.address(), second.address()}, small_deployment(wide)};
  client.check();
  first.end();
  CHECK(outcome(client) == failed);
  request asked = asked_of(3, counted(4), 4);
  asked.route = 1;
  CHECK(floats_in(client.submit(asked, soon()).get()) == doubled(counted(4)));
}

}  // namespace

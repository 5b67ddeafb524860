#include <dsc/oip/client.hpp>

#include <atomic>
#include <thread>

#include <dsc/oip/error.hpp>

#include "catch.hpp"
#include "requests.hpp"
#include "support/errors.hpp"
#include "test_server.hpp"

namespace {

using namespace dsc;
using namespace dsc::oip::test;
using dsc::test::code_of;
using dsc::test::message_of;
using oip::oip_errc;

static_assert(ConfirmingReply<oip::remote_reply>);
static_assert(Transport<oip::client>);
static_assert(RoutedTransport<oip::client>);
static_assert(ProbedTransport<oip::client>);

// What a request that is asked now fails with.
std::optional<error_code> outcome(oip::client& client, double within = 5.0) {
  return code_of([&] { client.submit(asked_of(3, counted(8), 4), soon(within)).get(); });
}

TEST_CASE("a request is answered by the served tail, with what was observed of it") {
  test_server server;
  server.service.infer = [](auto const& asked, auto& answer) {
    CHECK(asked.model_name() == "net-tail-2");
    CHECK(asked.inputs(0).name() == "h");
    CHECK(asked.inputs(0).datatype() == "FP32");
    CHECK(asked.parameters().at("dsc_network").string_param() == "51");
    CHECK(asked.parameters().at("dsc_weights").string_param() == "abcd");
    CHECK_FALSE(asked.id().empty());
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
    (*answer.mutable_parameters())["dsc_queue_us"].set_int64_param(1500);
    (*answer.mutable_parameters())["dsc_exec_us"].set_int64_param(2500);
    return test_service::doubled(asked, answer);
  };
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  CHECK(client.route_count() == 1);
  for (bool const cold : {true, false}) {
    time_point const start = run_clock::now();
    auto pending = client.submit(asked_of(2, counted(12), 6), soon());
    reply const answer = pending.get();
    CHECK(floats_in(answer) == doubled(counted(12)));
    CHECK(answer.tensors[0].spec == tensor_spec{element_type::float32, {2, 6}});
    CHECK(answer.queue.count() == Approx(0.0015));
    CHECK(answer.tail.count() == Approx(0.0025));
    CHECK(answer.elapsed > seconds{});
    CHECK(answer.elapsed <= since(start));
    CHECK(answer.cold == cold);
    CHECK(pending.confirmed() == bytes{48});
  }
  auto const state = client.servers().at(0);
  CHECK(state.connected);
  CHECK_FALSE(state.broken);
  CHECK(state.failures == 0);
}

TEST_CASE("a request before the check waits for it") {
  test_server server;
  oip::client client{{server.address()}, small_deployment()};
  CHECK(floats_in(client.submit(asked_of(3, counted(4), 4), soon()).get()) == doubled(counted(4)));
}

TEST_CASE("large tensors arrive as they were, in both directions") {
  constexpr std::int64_t wide = 3'000'000;
  test_server server{small_deployment(wide)};
  oip::client client{{server.address()}, small_deployment(wide)};
  auto const values = counted(wide);
  for (int i = 0; i < 3; ++i)
    CHECK(floats_in(client.submit(asked_of(2, values, wide), soon(20)).get()) == doubled(values));
}

TEST_CASE("many threads share a client") {
  test_server server;
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) {
        std::vector<float> const values(4, static_cast<float>(1000 * t + i));
        right += floats_in(client.submit(asked_of(3, values, 4), soon(20)).get()) == doubled(values) ? 1 : 0;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(right == 200);
}

TEST_CASE("what does not fit the deployment is not sent") {
  test_server server;
  oip::client client{{server.address()}, small_deployment()};
  auto const code = [&](request asked) { return code_of([&] { client.submit(std::move(asked), soon()).get(); }); };
  CHECK(code(asked_of(1, counted(8), 4)) == error_code{oip_errc::bad_deployment});
  CHECK(code(asked_of(3, counted(6), 6)) == error_code{oip_errc::bad_deployment});
  CHECK(code(asked_of(3, counted(36), 4)) == error_code{oip_errc::refused});
  request twice = asked_of(3, counted(4), 4);
  twice.tensors.push_back(twice.tensors[0]);
  CHECK(code(twice) == error_code{oip_errc::bad_deployment});
  request elsewhere = asked_of(3, counted(4), 4);
  elsewhere.route = 1;
  CHECK(code(elsewhere) == error_code{errc::transport_failed});
  CHECK(server.service.requests == 0);
}

TEST_CASE("a server's status says what the failure is") {
  test_server server;
  grpc::Status status;
  server.service.infer = [&](auto const&, auto&) { return status; };
  auto const code = [&](grpc::StatusCode sent) {
    oip::client client{{server.address()}, small_deployment()};
    client.check();
    status = {sent, "so it is"};
    return outcome(client);
  };
  using grpc::StatusCode;
  CHECK(code(StatusCode::RESOURCE_EXHAUSTED) == error_code{oip_errc::refused});
  CHECK(code(StatusCode::FAILED_PRECONDITION) == error_code{oip_errc::other_network});
  CHECK(code(StatusCode::NOT_FOUND) == error_code{oip_errc::other_network});
  CHECK(code(StatusCode::INVALID_ARGUMENT) == error_code{errc::transport_failed});
  CHECK(code(StatusCode::INTERNAL) == error_code{errc::transport_failed});
  CHECK(code(StatusCode::UNAVAILABLE) == error_code{errc::transport_failed});
  CHECK(code(StatusCode::ABORTED) == error_code{errc::transport_failed});
  CHECK(code(StatusCode::DEADLINE_EXCEEDED) == error_code{errc::deadline_missed});
  CHECK(code(StatusCode::UNAUTHENTICATED) == error_code{oip_errc::bad_certificate});
  oip::client client{{server.address()}, small_deployment()};
  status = {StatusCode::INVALID_ARGUMENT, "so it is"};
  CHECK(message_of([&] { client.submit(asked_of(3, counted(4), 4), soon()).get(); }).find("so it is") !=
        std::string::npos);
}

TEST_CASE("wrong answers are no answers") {
  test_server server;
  auto const code = [&](auto const& damage) {
    server.service.infer = [&](auto const& asked, auto& answer) {
      test_service::doubled(asked, answer);
      damage(answer);
      return grpc::Status::OK;
    };
    oip::client client{{server.address()}, small_deployment()};
    return outcome(client);
  };
  error_code const failed = errc::transport_failed;
  CHECK_FALSE(code([](auto&) {}).has_value());
  CHECK(code([](auto& answer) { answer.mutable_outputs(0)->set_name("z"); }) == failed);
  CHECK(code([](auto& answer) { answer.mutable_outputs(0)->set_datatype("INT32"); }) == failed);
  CHECK(code([](auto& answer) { answer.mutable_outputs(0)->set_datatype("?"); }) == failed);
  CHECK(code([](auto& answer) { answer.mutable_outputs(0)->set_shape(0, 4); }) == failed);
  CHECK(code([](auto& answer) {
          answer.mutable_outputs(0)->set_shape(0, 4);
          answer.mutable_outputs(0)->set_shape(1, 2);
        }) == failed);
  CHECK(code([](auto& answer) { answer.mutable_raw_output_contents(0)->pop_back(); }) == failed);
  CHECK(code([](auto& answer) { answer.clear_raw_output_contents(); }) == failed);
  CHECK(code([](auto& answer) { answer.Clear(); }) == failed);
  CHECK(code([](auto& answer) { answer.add_raw_output_contents("more"); }) == failed);
}

TEST_CASE("answers may come as typed contents") {
  test_server server;
  server.service.infer = [](auto const& asked, auto& answer) {
    test_service::doubled(asked, answer);
    answer.clear_raw_output_contents();
    for (float const value : doubled(counted(8)))
      answer.mutable_outputs(0)->mutable_contents()->add_fp32_contents(value);
    return grpc::Status::OK;
  };
  oip::client client{{server.address()}, small_deployment()};
  CHECK(floats_in(client.submit(asked_of(3, counted(8), 4), soon()).get()) == doubled(counted(8)));
}

TEST_CASE("the check refuses servers of something else, and so do requests") {
  deployment const mine = small_deployment();
  auto const refusal = [&](deployment const& offered) {
    test_server server{offered};
    oip::client client{{server.address()}, mine};
    std::string const sentence = message_of([&] { client.check(); });
    CHECK(outcome(client) == error_code{oip_errc::other_network});
    CHECK(server.service.requests == 0);
    return sentence;
  };
  auto const holds = [](std::string const& sentence, char const* words) {
    INFO(sentence);
    CHECK(sentence.rfind("dsc-903", 0) == 0);
    CHECK(sentence.find(words) != std::string::npos);
  };
  deployment offered = mine;
  offered.weights = "ef01";
  holds(refusal(offered), "other weights ('ef01' instead of 'abcd'); give both sides the same file");
  offered = mine;
  offered.signature = "52";
  holds(refusal(offered), "another network as net-tail-2");
  offered = mine;
  offered.tails.pop_back();
  holds(refusal(offered), "offers no model net-tail-3, the tail after 3 layers");
  offered = mine;
  offered.tails[1].inputs[0].name = "x";
  holds(refusal(offered), "without the input h");
  offered = mine;
  offered.tails[1].outputs[0].sample.element = element_type::float64;
  holds(refusal(offered), "an output y of another type or shape than float32 [4] for each sample");
  offered = mine;
  offered.tails[0].inputs[0].sample.shape = {7};
  holds(refusal(offered), "an input h of another type or shape");
  offered = mine;
  offered.tails[0].inputs.push_back({"more", {}});
  holds(refusal(offered), "with 2 inputs instead of 1");
}

TEST_CASE("the check takes servers that tell less, and batching ones") {
  test_server server;
  server.service.has_extensions = false;
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  CHECK_FALSE(outcome(client).has_value());
  test_server batching;
  batching.service.max_batch_size = 8;
  oip::client other{{batching.address()}, small_deployment()};
  other.check();
}

TEST_CASE("weights that are not to be checked are neither checked nor told") {
  deployment offered = small_deployment();
  offered.weights = "ef01";
  test_server server{offered};
  server.service.infer = [](auto const& asked, auto& answer) {
    CHECK(asked.parameters().empty());
    return test_service::doubled(asked, answer);
  };
  oip::client_options options;
  options.check_weights = false;
  oip::client client{{server.address()}, small_deployment(), options};
  client.check();
  CHECK_FALSE(outcome(client).has_value());
}

TEST_CASE("a probe sends as many bytes as it says") {
  test_server server;
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  reply const answer = client.send_probe({0, bytes{100'000}}, soon()).get();
  CHECK(answer.tensors.empty());
  CHECK(answer.elapsed > seconds{});
  CHECK(server.service.longest_name == Approx(100'000).margin(16));
  client.send_probe({0, bytes{1U << 30U}}, soon()).get();
  CHECK(server.service.longest_name == Approx(3 << 20).margin(16));
  client.send_probe({0, bytes{0}}, soon()).get();
}

TEST_CASE("requests go where their route says") {
  test_server first, second;
  oip::client client{{first.address(), second.address()}, small_deployment()};
  client.check();
  CHECK(client.route_count() == 2);
  request asked = asked_of(3, counted(4), 4);
  asked.route = 1;
  client.submit(asked, soon()).get();
  CHECK(first.service.requests == 0);
  CHECK(second.service.requests == 1);
  CHECK(client.servers().at(1).address == second.address());
}

TEST_CASE("times that a server does not tell come from its statistics") {
  test_server server;
  server.service.statistics.set_name("net-tail-3");
  auto const count = [&](std::uint64_t requests, std::uint64_t queue, std::uint64_t each_part) {
    std::lock_guard const lock{server.service.mutex};
    auto& stats = *server.service.statistics.mutable_inference_stats();
    stats.mutable_queue()->set_count(requests);
    stats.mutable_queue()->set_ns(queue);
    for (auto* const part :
         {stats.mutable_compute_input(), stats.mutable_compute_infer(), stats.mutable_compute_output()})
      part->set_ns(each_part);
  };
  count(10, 1'000'000, 1'000'000);
  server.service.infer = [](auto const& asked, auto& answer) {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    return test_service::doubled(asked, answer);
  };
  oip::client client{{server.address()}, small_deployment()};
  client.check();
  auto const answer = [&] { return client.submit(asked_of(3, counted(4), 4), soon()).get(); };
  CHECK(answer().queue == seconds{});
  std::this_thread::sleep_for(std::chrono::milliseconds{400});
  // Since then 10 requests that waited 0.2 ms each and took 3 parts of 1 ms.
  count(20, 3'000'000, 11'000'000);
  reply last;
  CHECK(comes([&] { return (last = answer()).queue > seconds{}; }));
  CHECK(last.queue.count() == Approx(0.0002));
  CHECK(last.tail.count() == Approx(0.003));
}

TEST_CASE("a deployment is asked of the server that has it") {
  test_server server;
  CHECK(message_of([&] { oip::deployment_at(server.address()); }).find("tells no deployment") != std::string::npos);
  server.service.tells_deployment = true;
  CHECK(oip::deployment_at(server.address()) == small_deployment());
  std::string nowhere;
  {
    test_server gone;
    nowhere = gone.address();
  }
  CHECK(code_of([&] { oip::deployment_at(nowhere); }) == error_code{errc::transport_failed});
}

TEST_CASE("addresses are checked before anything is sent") {
  for (char const* const address : {"", "host", ":80", "host:", "host:0", "host:65536", "host:80x", "http://host:80",
                                    "unix:/socket", "a b:80", "host:123456"}) {
    INFO(address);
    CHECK(code_of([&] { oip::client{{address}, small_deployment()}; }) == error_code{oip_errc::bad_address});
  }
  CHECK(code_of([] { oip::client{{}, small_deployment()}; }) == error_code{oip_errc::bad_address});
  oip::client{{"[::1]:1", "localhost:1", "127.0.0.1:1"}, small_deployment()};
}

}  // namespace

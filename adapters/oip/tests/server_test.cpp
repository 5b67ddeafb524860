#include <dsc/oip/server.hpp>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

#include <grpcpp/generic/generic_stub.h>

#include <dsc/io/deployment_json.hpp>
#include <dsc/oip/error.hpp>

#include "catch.hpp"
#include "stub.hpp"
#include "support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;
using namespace std::chrono_literals;
using dsc::oip::oip_errc;
using dsc::oip::server;
using dsc::oip::server_options;
using grpc::StatusCode;
using inference::ModelInferRequest;
using inference::ModelInferResponse;

server_options local(server_options options = {}) {
  options.listen = "127.0.0.1:0";
  return options;
}

// Tails that wait until somebody opens the gate, and count how often they are run.
class gate {
 public:
  oip::tail_runner runner() {
    return [this, runs = oip::runner_of(toy_network{})](layer_span span, std::vector<wire_tensor> const& tensors) {
      {
        std::unique_lock lock{mutex_};
        ++started_;
        changed_.notify_all();
        changed_.wait(lock, [this] { return open_; });
      }
      return runs(span, tensors);
    };
  }
  void open() {
    std::lock_guard const lock{mutex_};
    open_ = true;
    changed_.notify_all();
  }
  bool wait_for_start(int count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, 10s, [&] { return started_ >= count; });
  }
  int started() {
    std::lock_guard const lock{mutex_};
    return started_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int started_ = 0;
  bool open_ = false;
};

// Nothing that waits behind the gate keeps a test that failed from its end.
struct opening {
  gate& tails;
  ~opening() { tails.open(); }
};

struct answered {
  grpc::Status status;
  ModelInferResponse answer;
};

std::future<answered> ask_in_background(stub_client& client, ModelInferRequest asked,
                                        std::chrono::milliseconds within = 20s) {
  return std::async(std::launch::async, [&client, asked = std::move(asked), within] {
    answered result;
    result.status = client.infer(asked, result.answer, within);
    return result;
  });
}

template <class Condition>
bool soon(Condition const& condition) {
  for (int i = 0; i < 1000; ++i) {
    if (condition()) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

grpc::Status status_of(stub_client& client, ModelInferRequest const& asked) {
  ModelInferResponse answer;
  return client.infer(asked, answer);
}

TEST_CASE("a server answers every split bit for bit, with its own times") {
  server const served{toy_deployment(), oip::runner_of(toy_network{}), local()};
  stub_client client{served.address()};
  toy_network const net;
  for (std::size_t split = 0; split < 4; ++split)
    for (std::size_t const batch : {1U, 3U}) {
      toy_tensor const x = toy_input(batch);
      toy_tensor const due = net.forward(x, head_of(split_point{4}));
      ModelInferResponse answer;
      REQUIRE(client.infer(request_to(split, net.forward(x, head_of(split_point{split}))), answer).ok());
      CHECK(answer.id() == "7");
      CHECK(answer.model_name() == tail_name("toy", split_point{split}, 4));
      REQUIRE(answer.outputs_size() == 1);
      CHECK(answer.outputs(0).name() == "OUTPUT__0");
      CHECK(answer.outputs(0).datatype() == "FP32");
      REQUIRE(answer.outputs(0).shape_size() == 2);
      CHECK(answer.outputs(0).shape(0) == static_cast<std::int64_t>(batch));
      CHECK(answer.outputs(0).shape(1) == 5);
      REQUIRE(answer.raw_output_contents_size() == 1);
      auto const data = due.data();
      CHECK(answer.raw_output_contents(0) == std::string(reinterpret_cast<char const*>(data.data()), data.size()));
      CHECK(answer.parameters().at("dsc_queue_us").int64_param() >= 0);
      CHECK(answer.parameters().at("dsc_exec_us").int64_param() >= 0);
    }
  CHECK(served.totals().answered == 8);
}

TEST_CASE("a server says what it is and what it hosts") {
  deployment hosted = toy_deployment();
  hosted.largest_batch = batch_size{16};
  server const served{hosted, oip::runner_of(toy_network{}), local()};
  stub_client client{served.address()};
  auto const ask = [](auto const& call) {
    grpc::ClientContext context;
    return call(context);
  };
  inference::ServerMetadataResponse about;
  CHECK(ask([&](auto& context) { return client->ServerMetadata(&context, {}, &about); }).ok());
  CHECK(about.name() == "dsc");
  REQUIRE(about.extensions_size() >= 2);
  CHECK(about.extensions(0) == "dsc.deployment/1:toy-tail-0");
  CHECK(about.extensions(1) == "model_configuration");

  inference::ServerLiveResponse live;
  inference::ServerReadyResponse ready;
  CHECK(ask([&](auto& context) { return client->ServerLive(&context, {}, &live); }).ok());
  CHECK(ask([&](auto& context) { return client->ServerReady(&context, {}, &ready); }).ok());
  CHECK(live.live());
  CHECK(ready.ready());

  inference::ModelMetadataRequest named;
  inference::ModelMetadataResponse metadata;
  named.set_name("toy-tail-2");
  CHECK(ask([&](auto& context) { return client->ModelMetadata(&context, named, &metadata); }).ok());
  REQUIRE(metadata.inputs_size() == 1);
  CHECK(metadata.inputs(0).name() == "INPUT__0");
  CHECK(metadata.inputs(0).datatype() == "FP32");
  CHECK(std::vector<std::int64_t>(metadata.inputs(0).shape().begin(), metadata.inputs(0).shape().end()) ==
        std::vector<std::int64_t>{-1, 3});
  named.set_name("nobody");
  CHECK(ask([&](auto& context) { return client->ModelMetadata(&context, named, &metadata); }).error_code() ==
        StatusCode::NOT_FOUND);

  inference::ModelConfigRequest which;
  inference::ModelConfigResponse config;
  which.set_name("toy-tail-0");
  CHECK(ask([&](auto& context) { return client->ModelConfig(&context, which, &config); }).ok());
  CHECK(config.config().max_batch_size() == 16);
  CHECK(config.config().parameters().at("dsc_signature").string_value() == hosted.signature);
  CHECK(config.config().parameters().at("dsc_weights").string_value() == hosted.weights);
  CHECK(parse_deployment(config.config().parameters().at("dsc_deployment").string_value(), "the server's") == hosted);

  inference::ModelReadyRequest model;
  inference::ModelReadyResponse is_ready;
  model.set_name("toy-tail-3");
  CHECK(ask([&](auto& context) { return client->ModelReady(&context, model, &is_ready); }).ok());
  CHECK(is_ready.ready());
  model.set_name("toy-tail-9");
  CHECK(ask([&](auto& context) { return client->ModelReady(&context, model, &is_ready); }).ok());
  CHECK_FALSE(is_ready.ready());
}

TEST_CASE("statistics tell what was done, as Triton's do") {
  server const served{toy_deployment(), oip::runner_of(toy_network{}), local()};
  stub_client client{served.address()};
  for (std::size_t const batch : {1U, 3U}) CHECK(status_of(client, request_to(0, toy_input(batch))).ok());
  ModelInferRequest wrong = request_to(0, toy_input(1));
  wrong.mutable_inputs(0)->set_datatype("INT8");
  CHECK_FALSE(status_of(client, wrong).ok());
  inference::ModelStatisticsRequest which;
  inference::ModelStatisticsResponse told;
  which.set_name("toy-tail-0");
  grpc::ClientContext context;
  REQUIRE(client->ModelStatistics(&context, which, &told).ok());
  REQUIRE(told.model_stats_size() == 1);
  inference::ModelStatistics const& stats = told.model_stats(0);
  CHECK(stats.inference_count() == 4);
  CHECK(stats.execution_count() == 2);
  CHECK(stats.inference_stats().success().count() == 2);
  CHECK(stats.inference_stats().fail().count() == 1);
  CHECK(stats.inference_stats().compute_infer().count() == 2);
  CHECK(stats.inference_stats().success().ns() >= stats.inference_stats().compute_infer().ns());
  CHECK(stats.last_inference() > 1'600'000'000'000U);
}

TEST_CASE("what is no request to a tail is refused with one sentence, and nothing runs") {
  std::atomic<int> runs{0};
  deployment hosted = toy_deployment();
  hosted.largest_batch = batch_size{4};
  auto const runner = [&runs, run = oip::runner_of(toy_network{})](layer_span span, std::vector<wire_tensor> const& x) {
    ++runs;
    return run(span, x);
  };
  server const served{hosted, runner, local()};
  stub_client client{served.address()};
  ModelInferRequest const good = request_to(0, toy_input(2));
  struct wrong_request {
    char const* what;
    StatusCode code;
    char const* part;
    std::function<void(ModelInferRequest&)> change;
  };
  std::string const much(4 * 6 * 5, '\0');
  std::vector<wrong_request> const all{
      {"model", StatusCode::NOT_FOUND, "no model 'other'", [](auto& r) { r.set_model_name("other"); }},
      {"version", StatusCode::NOT_FOUND, "no model", [](auto& r) { r.set_model_version("2"); }},
      {"no input", StatusCode::INVALID_ARGUMENT, "takes 1 inputs, not 0",
       [](auto& r) { r.clear_inputs(), r.clear_raw_input_contents(); }},
      {"two inputs", StatusCode::INVALID_ARGUMENT, "takes 1 inputs, not 2",
       [](auto& r) { *r.add_inputs() = r.inputs(0), r.add_raw_input_contents(r.raw_input_contents(0)); }},
      {"name", StatusCode::INVALID_ARGUMENT, "no input 'x'", [](auto& r) { r.mutable_inputs(0)->set_name("x"); }},
      {"type", StatusCode::INVALID_ARGUMENT, "is 'FP16' instead of FP32",
       [](auto& r) { r.mutable_inputs(0)->set_datatype("FP16"); }},
      {"extent", StatusCode::INVALID_ARGUMENT, "has the shape [2, 7] instead of [-1, 6]",
       [](auto& r) { r.mutable_inputs(0)->set_shape(1, 7); }},
      {"rank", StatusCode::INVALID_ARGUMENT, "instead of [-1, 6]", [](auto& r) { r.mutable_inputs(0)->add_shape(1); }},
      {"no samples", StatusCode::INVALID_ARGUMENT, "holds no samples",
       [](auto& r) { r.mutable_inputs(0)->set_shape(0, 0), r.set_raw_input_contents(0, ""); }},
      {"negative batch", StatusCode::INVALID_ARGUMENT, "holds no samples",
       [](auto& r) { r.mutable_inputs(0)->set_shape(0, -2); }},
      {"huge batch", StatusCode::INVALID_ARGUMENT, "is too large",
       [](auto& r) { r.mutable_inputs(0)->set_shape(0, std::int64_t{1} << 62U); }},
      {"batch", StatusCode::INVALID_ARGUMENT, "a batch of 5 is too large; this server takes at most 4",
       [&](auto& r) { r.mutable_inputs(0)->set_shape(0, 5), r.set_raw_input_contents(0, much); }},
      {"bytes", StatusCode::INVALID_ARGUMENT, "bytes", [](auto& r) { r.mutable_inputs(0)->set_shape(0, 3); }},
      {"no contents", StatusCode::INVALID_ARGUMENT, "", [](auto& r) { r.clear_raw_input_contents(); }},
      {"output", StatusCode::INVALID_ARGUMENT, "no output 'y'", [](auto& r) { r.add_outputs()->set_name("y"); }},
      {"weights", StatusCode::FAILED_PRECONDITION, "hosts other weights",
       [](auto& r) { (*r.mutable_parameters())["dsc_weights"].set_string_param("00000000000000ab"); }},
      {"network", StatusCode::FAILED_PRECONDITION, "hosts other network",
       [](auto& r) { (*r.mutable_parameters())["dsc_network"].set_string_param("1234567812345678"); }},
  };
  for (wrong_request const& each : all) {
    INFO(each.what);
    ModelInferRequest asked = good;
    each.change(asked);
    grpc::Status const status = status_of(client, asked);
    CHECK(status.error_code() == each.code);
    CHECK_THAT(status.error_message(), Catch::Contains(each.part));
    CHECK(status.error_message().find('\n') == std::string::npos);
  }
  CHECK(runs == 0);
  CHECK(served.totals().invalid == all.size());
  ModelInferRequest same = good;
  (*same.mutable_parameters())["dsc_weights"].set_string_param(hosted.weights);
  (*same.mutable_parameters())["dsc_network"].set_string_param(hosted.signature);
  same.add_outputs()->set_name("OUTPUT__0");
  CHECK(status_of(client, same).ok());
  CHECK(runs == 1);
}

TEST_CASE("bytes that are no message are refused, and the server lives on") {
  server const served{toy_deployment(), oip::runner_of(toy_network{}), local()};
  stub_client client{served.address()};
  grpc::GenericStub generic{client.channel()};
  std::uint32_t seed = 7;
  for (int round = 0; round < 200; ++round) {
    std::string garbage(static_cast<std::size_t>(round) * 3, '\0');
    for (char& c : garbage) c = static_cast<char>((seed = seed * 1664525U + 1013904223U) >> 24U);
    grpc::Slice const slice{garbage};
    grpc::ByteBuffer const asked{&slice, 1};
    grpc::ByteBuffer answer;
    std::promise<grpc::Status> done;
    grpc::ClientContext context;
    generic.UnaryCall(&context, "/inference.GRPCInferenceService/ModelInfer", {}, &asked, &answer,
                      [&done](grpc::Status status) { done.set_value(std::move(status)); });
    StatusCode const code = done.get_future().get().error_code();
    CHECK((code == StatusCode::INVALID_ARGUMENT || code == StatusCode::NOT_FOUND));
  }
  CHECK(status_of(client, request_to(1, toy_network{}.forward(toy_input(1), head_of(split_point{1})))).ok());
}

TEST_CASE("a request larger than the server's limit is refused") {
  server_options options = local();
  options.largest_request = bytes{1000};
  server const served{toy_deployment(), oip::runner_of(toy_network{}), options};
  stub_client client{served.address()};
  CHECK(status_of(client, request_to(0, toy_input(20000))).error_code() == StatusCode::RESOURCE_EXHAUSTED);
  CHECK(status_of(client, request_to(0, toy_input(1))).ok());
}

TEST_CASE("a full queue refuses, and what it took is answered") {
  gate tails;
  server_options options = local();
  options.longest_queue = 2;
  server served{toy_deployment(), tails.runner(), options};
  stub_client client{served.address()};
  std::vector<std::future<answered>> asked;
  opening const at_the_end{tails};
  asked.push_back(ask_in_background(client, request_to(0, toy_input(1))));
  REQUIRE(tails.wait_for_start(1));
  for (int i = 0; i < 10; ++i) asked.push_back(ask_in_background(client, request_to(0, toy_input(1))));
  REQUIRE(soon([&] { return served.totals().refused == 8; }));
  tails.open();
  int ok = 0, refused = 0;
  for (auto& each : asked) {
    grpc::Status const status = each.get().status;
    ok += status.ok() ? 1 : 0;
    refused += status.error_code() == StatusCode::RESOURCE_EXHAUSTED ? 1 : 0;
  }
  CHECK(ok == 3);
  CHECK(refused == 8);
  CHECK(served.totals().answered == 3);
}

TEST_CASE("waiting requests hold no more bytes than allowed") {
  gate tails;
  server_options options = local();
  options.largest_queue = bytes{2000};
  server served{toy_deployment(), tails.runner(), options};
  stub_client client{served.address()};
  std::vector<std::future<answered>> asked;
  opening const at_the_end{tails};
  asked.push_back(ask_in_background(client, request_to(0, toy_input(1))));
  REQUIRE(tails.wait_for_start(1));
  for (int i = 0; i < 5; ++i) asked.push_back(ask_in_background(client, request_to(0, toy_input(60))));
  REQUIRE(soon([&] { return served.totals().refused == 4; }));
  tails.open();
  for (auto& each : asked) each.wait();
  CHECK(served.totals().answered == 2);
}

TEST_CASE("a request whose client has gone, or whose deadline has passed, is never run") {
  gate tails;
  server served{toy_deployment(), tails.runner(), local()};
  stub_client client{served.address()};
  auto running = ask_in_background(client, request_to(0, toy_input(1)));
  opening const at_the_end{tails};
  REQUIRE(tails.wait_for_start(1));
  // One that never came that far is not dropped, so each is tried until one did.
  auto const until_dropped = [&](std::uint64_t count, auto const& ask) {
    for (int i = 0; i < 50 && served.totals().dropped < count; ++i) {
      ask();
      std::this_thread::sleep_for(50ms);
    }
    CHECK(served.totals().dropped >= count);
  };
  until_dropped(1, [&] {
    grpc::ClientContext context;
    std::thread cancelled{[&] {
      ModelInferResponse answer;
      CHECK(client->ModelInfer(&context, request_to(0, toy_input(1)), &answer).error_code() == StatusCode::CANCELLED);
    }};
    std::this_thread::sleep_for(100ms);
    context.TryCancel();
    cancelled.join();
  });
  std::uint64_t const cancelled = served.totals().dropped;
  until_dropped(cancelled + 1, [&] {
    CHECK(ask_in_background(client, request_to(0, toy_input(1)), 100ms).get().status.error_code() ==
          StatusCode::DEADLINE_EXCEEDED);
  });
  tails.open();
  CHECK(running.get().status.ok());
  CHECK(status_of(client, request_to(0, toy_input(1))).ok());
  CHECK(tails.started() == 2);
  CHECK(served.totals().answered == 2);
}

TEST_CASE("a tail that cannot be run, or puts out something else, is an error and no answer") {
  auto const throwing = [](layer_span, std::vector<wire_tensor> const&) -> std::vector<wire_tensor> {
    throw error{errc::backend_failed, "no memory"};
  };
  server const broken{toy_deployment(), throwing, local()};
  stub_client client{broken.address()};
  grpc::Status const status = status_of(client, request_to(0, toy_input(1)));
  CHECK(status.error_code() == StatusCode::INTERNAL);
  CHECK_THAT(status.error_message(), Catch::Contains("no memory"));
  auto const lying = [](layer_span, std::vector<wire_tensor> const& x) { return x; };
  server const liar{toy_deployment(), lying, local()};
  stub_client other{liar.address()};
  CHECK(status_of(other, request_to(0, toy_input(1))).error_code() == StatusCode::INTERNAL);
  CHECK(liar.totals().failed == 1);
}

TEST_CASE("a draining server takes nothing, finishes what it has, and is not ready") {
  gate tails;
  server served{toy_deployment(), tails.runner(), local()};
  stub_client client{served.address()};
  auto running = ask_in_background(client, request_to(0, toy_input(1)));
  opening const at_the_end{tails};
  REQUIRE(tails.wait_for_start(1));
  auto waiting = ask_in_background(client, request_to(0, toy_input(1)));
  std::this_thread::sleep_for(100ms);
  std::thread draining{[&] { served.drain(run_clock::now() + 20s); }};
  CHECK(soon([&] {
    grpc::ClientContext context;
    inference::ServerReadyResponse ready;
    return client->ServerReady(&context, {}, &ready).ok() && !ready.ready();
  }));
  CHECK(status_of(client, request_to(0, toy_input(1))).error_code() == StatusCode::UNAVAILABLE);
  tails.open();
  draining.join();
  CHECK(running.get().status.ok());
  CHECK(waiting.get().status.ok());
  CHECK(status_of(client, request_to(0, toy_input(1))).error_code() == StatusCode::UNAVAILABLE);
}

TEST_CASE("a server that has no time to drain tells its clients at once") {
  gate tails;
  auto served = std::make_unique<server>(toy_deployment(), tails.runner(), local());
  stub_client client{served->address()};
  auto running = ask_in_background(client, request_to(0, toy_input(1)));
  opening const at_the_end{tails};
  REQUIRE(tails.wait_for_start(1));
  auto waiting = ask_in_background(client, request_to(0, toy_input(1)));
  std::this_thread::sleep_for(100ms);
  std::thread ending{[&] { served.reset(); }};
  CHECK(running.get().status.error_code() == StatusCode::UNAVAILABLE);
  CHECK(waiting.get().status.error_code() == StatusCode::UNAVAILABLE);
  tails.open();  // the layers that run now are waited for
  ending.join();
  CHECK(tails.started() == 1);
}

TEST_CASE("many clients at once get their own answers") {
  server_options options = local();
  options.workers = 2;
  options.longest_queue = 64;
  server const served{toy_deployment(), oip::runner_of(toy_network{}), options};
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      stub_client client{served.address()};
      toy_network const net;
      for (int i = 0; i < 200; ++i) {
        auto const split = static_cast<std::size_t>(i % 4);
        toy_tensor const x =
            toy_input(1 + static_cast<std::size_t>(i % 3), static_cast<float>(t) + 0.01F * static_cast<float>(i));
        auto const due = net.forward(x, head_of(split_point{4}));
        ModelInferResponse answer;
        bool const ok = client.infer(request_to(split, net.forward(x, head_of(split_point{split}))), answer).ok();
        auto const data = due.data();
        wrong +=
            ok && answer.raw_output_contents(0) == std::string(reinterpret_cast<char const*>(data.data()), data.size())
                ? 0
                : 1;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(served.totals().answered == 800);
}

TEST_CASE("an address that is none, or is taken, is refused with the reason") {
  auto const at = [](std::string const& address) {
    return message_of([&] {
      server_options options;
      options.listen = address;
      server const served{toy_deployment(), oip::runner_of(toy_network{}), options};
    });
  };
  for (char const* const text : {"", "8001", "127.0.0.1", "127.0.0.1:", ":8001", "127.0.0.1:99999", "127.0.0.1:-1",
                                 "::1:8001", "a b:1", "127.0.0.1:80x"}) {
    INFO(text);
    CHECK_THAT(at(text), Catch::StartsWith("dsc-901: ") && Catch::Contains("HOST:PORT"));
  }
  CHECK_THAT(at("no.such.host.invalid:8001"), Catch::StartsWith("dsc-901: ") && Catch::Contains("no address of this"));
  CHECK_THAT(at("192.0.2.1:8001"), Catch::StartsWith("dsc-901: ") && Catch::Contains("no network card"));
  server const first{toy_deployment(), oip::runner_of(toy_network{}), local()};
  CHECK_THAT(at(first.address()), Catch::StartsWith("dsc-901: ") && Catch::Contains("listens there already"));
  CHECK(oip::is_loopback("127.0.0.1:1"));
  CHECK(oip::is_loopback("localhost:1"));
  CHECK(oip::is_loopback("[::1]:1"));
  CHECK_FALSE(oip::is_loopback("0.0.0.0:1"));
}

TEST_CASE("a deployment that cannot be served is refused") {
  auto const code = [](std::function<void(deployment&)> const& change) {
    return code_of([&] {
      deployment wrong = toy_deployment();
      change(wrong);
      server const served{wrong, oip::runner_of(toy_network{}), local()};
    });
  };
  CHECK(code([](deployment& d) { d.tails.clear(); }) == oip_errc::bad_deployment);
  CHECK(code([](deployment& d) { d.tails[1].model = d.tails[0].model; }) == oip_errc::bad_deployment);
  CHECK(code([](deployment& d) { d.tails[1].inputs.clear(); }) == oip_errc::bad_deployment);
  CHECK(code([](deployment& d) { d.layers = 2; }) == oip_errc::bad_deployment);
}

// What an HTTP server answers to a GET.
std::string fetched(std::string const& address, std::string const& path) {
  auto const port = static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1)));
  int const connection = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string text;
  if (connect(connection, reinterpret_cast<sockaddr const*>(&to), sizeof to) == 0) {
    std::string const asked = "GET " + path + " HTTP/1.0\r\n\r\n";
    if (write(connection, asked.data(), asked.size()) == static_cast<ssize_t>(asked.size())) {
      char buffer[4096];
      for (ssize_t n = 0; (n = read(connection, buffer, sizeof buffer)) > 0;)
        text.append(buffer, static_cast<std::size_t>(n));
    }
  }
  close(connection);
  return text;
}

TEST_CASE("counters and histograms can be read by Prometheus") {
  server_options options = local();
  options.metrics = "127.0.0.1:0";
  std::optional<server> served;
  try {
    served.emplace(toy_deployment(), oip::runner_of(toy_network{}), options);
  } catch (error const& failure) {
    if (std::string{failure.what()}.find("prometheus-cpp") == std::string::npos) throw;
    WARN("metrics are not tested, as this build has no prometheus-cpp");
    return;
  }
  stub_client client{served->address()};
  for (int i = 0; i < 3; ++i) CHECK(status_of(client, request_to(0, toy_input(2))).ok());
  ModelInferRequest wrong = request_to(0, toy_input(1));
  wrong.set_model_name("nobody");
  CHECK_FALSE(status_of(client, wrong).ok());
  std::string const text = fetched(served->metrics_address(), "/metrics");
  for (char const* const line :
       {"dsc_requests_total{model=\"toy-tail-0\",outcome=\"ok\"} 3",
        "dsc_requests_total{model=\"unknown\",outcome=\"invalid\"} 1", "dsc_sent_bytes_total{model=\"toy-tail-0\"} 120",
        "dsc_execution_seconds_count{model=\"toy-tail-0\"} 3",
        "dsc_execution_seconds_bucket{model=\"toy-tail-0\",le=\"+Inf\"} 3", "dsc_queue_length 0"})
    CHECK_THAT(text, Catch::Contains(line));
}

}  // namespace

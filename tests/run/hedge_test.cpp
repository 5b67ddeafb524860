#include "catch.hpp"

#include <functional>
#include <list>
#include <mutex>
#include <thread>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>

#include "support/errors.hpp"
#include "support/toy_net.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

constexpr std::size_t layers = 4;
toy_net const net{{64, 128, 32, 8, 4}};

std::vector<float> answer_to(std::vector<float> const& x) { return net.forward(x, {0_split, split_point{layers}}); }

// A device of 30 ms a layer, which counts the layers it has run.
struct slow_net : toy_net {
  explicit slow_net(std::size_t* run) : toy_net{net}, layers_run{run} {}
  std::size_t* layers_run;
  std::vector<float> forward(std::vector<float> x, layer_span span) const {
    for (split_point at = span.begin; at != span.end; ++at) {
      std::this_thread::sleep_for(std::chrono::milliseconds{30});
      x = toy_net::forward(std::move(x), {at, split_point{at.layers + 1}});
      ++*layers_run;
    }
    return x;
  }
};
static_assert(ExecutableModel<slow_net>);
constexpr seconds tail_of_three{0.09};

// A server that answers some time after a request, rightly or not, or never.
class scripted {
 public:
  std::optional<seconds> answers_after{};
  std::function<void(std::vector<float>&)> spoil = [](auto&) {};
  std::function<void()> on_cancel = [] {};
  std::size_t requests = 0;

  scripted() = default;
  scripted(scripted const&) = delete;
  scripted& operator=(scripted const&) = delete;
  ~scripted() {
    for (std::thread& answering : threads_) answering.join();
  }

  struct pending_type {
    pending_reply inner;
    std::function<void()> on_cancel;
    bool ready() const { return inner.ready(); }
    bool wait_until(time_point until) { return inner.wait_until(until); }
    reply get() { return inner.get(); }
    void cancel() {
      on_cancel();
      inner.cancel();
    }
    bytes confirmed() const { return 5_B; }
  };
  static_assert(ConfirmingReply<pending_type>);

  pending_type submit(request asked, time_point) {
    ++requests;
    reply_promise const promise;
    if (answers_after)
      threads_.emplace_back([promise, wait = *answers_after, change = spoil, kept = std::move(asked)] {
        std::this_thread::sleep_for(wait);
        std::vector<float> y = net.forward(from_wire<std::vector<float>>(kept.tensors.at(0)), kept.layers);
        change(y);
        promise.fulfil({.tensors = {to_wire(std::make_shared<std::vector<float> const>(std::move(y)))}});
      });
    return {promise.pending(), on_cancel};
  }

 private:
  std::list<std::thread> threads_;
};

fixed_split predicted(seconds remote) { return {1_split, {.head = 30_ms, .transfer = remote}}; }

}  // namespace

TEST_CASE("the device begins when the answer is late, and takes it when it comes in between") {
  std::size_t run = 0;
  scripted server;
  server.answers_after = 45_ms;
  session device{slow_net{&run}, predicted(10_ms), server};
  std::vector<float> const x = toy_input(64);
  auto const [answer, record] = device.infer(x);
  CHECK(answer == answer_to(x));
  CHECK_FALSE(record.fell_back());
  CHECK(record.hedged > 0_s);
  CHECK(record.waited == 0_s);
  CHECK(record.confirmed_within >= 45_ms);
  CHECK(record.observed.transfer >= 45_ms);
  // The time away is the server's, and not until the device looked after a layer.
  CHECK(record.observed.transfer + record.observed.head < record.total);
  CHECK(run < layers);
}

TEST_CASE("a server that never answers costs one wait, then nothing, until it answers again") {
  std::size_t run = 0;
  scripted server;
  session device{slow_net{&run}, predicted(60_ms), server};
  std::vector<float> const x = toy_input(64);
  inference_record const first = device.infer(x).record;
  CHECK(first.fell_back());
  CHECK_THAT(first.fallback, Catch::Contains("no answer within"));
  CHECK(first.waited >= 85_ms);  // 1.5 times as long as was predicted
  CHECK(first.waited < 1_s);
  CHECK(first.observed.transfer == 0_s);
  CHECK(first.observed.tail >= tail_of_three);
  CHECK(first.hedged == 0_s);
  CHECK(first.confirmed == 5_B);
  CHECK(first.confirmed_within >= first.waited + first.observed.tail);
  for (int i = 0; i < 3; ++i) {
    auto const [answer, record] = device.infer(x);
    CHECK(answer == answer_to(x));
    CHECK(record.fell_back());
    CHECK(record.waited < 70_ms);
  }
  server.answers_after = 1_ms;
  CHECK_FALSE(device.infer(x).record.fell_back());
  server.answers_after.reset();
  CHECK(device.infer(x).record.waited >= 60_ms);  // trusted again
}

TEST_CASE("the device may go on at once, at every request") {
  std::size_t run = 0;
  scripted server;
  server.answers_after = 40_ms;
  session device{slow_net{&run}, predicted(10_s), server, {.hedge = hedge::always()}};
  std::vector<float> const x = toy_input(64);
  for (int i = 0; i < 3; ++i) {
    run = 0;
    auto const [answer, record] = device.infer(x);
    CHECK(answer == answer_to(x));
    CHECK_FALSE(record.fell_back());
    CHECK(run >= 2);
    CHECK(record.hedged >= 25_ms);
  }
  server.answers_after.reset();
  inference_record const dead = device.infer(x).record;
  CHECK(dead.fell_back());
  CHECK(dead.waited < 5_s);
}

TEST_CASE("the device may be told not to begin before a time, but a failure is no reason to wait") {
  std::size_t run = 0;
  scripted server;
  server.answers_after = 100_ms;
  session device{slow_net{&run}, predicted(1_ms), server, {.hedge = hedge::never_before(10_s)}};
  CHECK(device.infer(toy_input(64)).record.hedged == 0_s);
  CHECK(run == 1);
  server.spoil = [](std::vector<float>& y) { y.pop_back(); };
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK_THAT(record.fallback, Catch::Contains("instead of"));
  CHECK(record.waited < 5_s);
  CHECK(code_of([] { hedge::never_before(seconds{-1.0}); }) == errc::bad_quantity);
}

TEST_CASE("an answer of no use that comes while the device works is not taken, and the reason is told") {
  std::size_t run = 0;
  scripted server;
  server.answers_after = 40_ms;
  server.spoil = [](std::vector<float>& y) { y.push_back(1.0F); };
  session device{slow_net{&run}, predicted(1_ms), server, {.hedge = hedge::always()}};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK_THAT(record.fallback, Catch::Contains("instead of"));
  CHECK(record.observed.tail >= tail_of_three);
  CHECK(record.hedged == 0_s);
}

TEST_CASE("where the device fails, too, the server's answer is waited for") {
  struct failing_net : toy_net {
    std::vector<float> forward(std::vector<float> x, layer_span span) const {
      if (span.end > 2_split) throw std::runtime_error{"out of memory"};
      return toy_net::forward(std::move(x), span);
    }
  };
  scripted server;
  server.answers_after = 50_ms;
  session device{failing_net{net}, predicted(1_ms), server, {.hedge = hedge::always()}};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK_FALSE(record.fell_back());
  CHECK_THAT(record.warning, Catch::Contains("device failed"));
  server.spoil = [](std::vector<float>& y) { y.clear(); };
  CHECK_THROWS_WITH(device.infer(toy_input(64)), "out of memory");
}

TEST_CASE("a request is cancelled once the answer is there") {
  std::size_t run = 0, run_at_cancel = 0;
  scripted server;
  server.on_cancel = [&] { run_at_cancel = run; };
  session device{slow_net{&run}, predicted(1_ms), server};
  device.infer(toy_input(64));
  CHECK(run_at_cancel == layers);
}

TEST_CASE("a split that nothing was predicted for is learnt by trying") {
  std::size_t run = 0;
  scripted server;
  server.answers_after = 1_ms;
  session device{slow_net{&run}, fixed_split{1_split}, server};
  inference_record const first = device.infer(toy_input(64)).record;
  CHECK_FALSE(first.fell_back());
  CHECK(first.hedged > 0_s);  // nothing was known
  server.answers_after.reset();
  inference_record const second = device.infer(toy_input(64)).record;
  CHECK(second.fell_back());
  CHECK(second.waited < 90_ms);  // in proportion to what was seen, and not some fixed time
}

TEST_CASE("with a deadline the device begins early enough, where it can") {
  std::size_t run = 0;
  scripted server;
  session device{slow_net{&run}, predicted(10_s), server, {.hedge = hedge::never_before(20_s)}};
  std::vector<float> const x = toy_input(64);
  // Nothing is known of the tail yet: the device begins at once.
  auto const [answer, first] = device.infer(x, 5_s);
  CHECK(answer == answer_to(x));
  CHECK(first.waited < 1_s);
  CHECK(first.deadline == 5_s);
  CHECK(first.in_time());
  inference_record const second = device.infer(x, 2_s).record;
  CHECK(second.waited > 1_s);  // 2 s - 30 ms of the head - 1.1 · 90 ms of the tail
  CHECK(second.waited <= 1.95_s);
  // One that cannot be met is no failure.
  auto const [late_answer, late] = device.infer(x, 50_ms);
  CHECK(late_answer == answer_to(x));
  CHECK_FALSE(late.in_time());
  CHECK(late.waited < 1_s);
  CHECK(code_of([&] { device.infer(x, seconds{-1.0}); }) == errc::bad_quantity);
}

TEST_CASE("a decider that weighs deadlines is told what is left") {
  struct weighing {
    std::vector<std::optional<seconds>>* told;
    decision decide(batch_size) const {
      told->push_back(std::nullopt);
      return {{{split_point{layers}}, {}}, {}, {}};
    }
    decision decide(batch_size, seconds left) const {
      told->push_back(left);
      return {{{split_point{layers}}, {}}, {}, {}};
    }
  };
  static_assert(DeadlineDecider<weighing>);
  std::vector<std::optional<seconds>> told;
  scripted server;
  session device{net, weighing{&told}, server};
  device.infer(toy_input(64));
  device.infer(toy_input(64), 5_s);
  REQUIRE(told.size() == 2);
  CHECK_FALSE(told[0]);
  CHECK(told[1].value() <= 5_s);
  CHECK(told[1].value() > 1_s);
}

TEST_CASE("what a given up request had on the other side is told") {
  tail_service service{net};
  emulated_link link{fixed_rate{100'000_Bps}, service};
  session device{net, fixed_split{0_split, {.transfer = 100_ms}}, link, {.hedge = hedge::never_before(200_ms)}};
  inference_record const record = device.infer(toy_input(64 * 1000)).record;  // 256 kB, so 2.5 s
  CHECK(record.fell_back());
  CHECK(record.confirmed > 0_B);
  CHECK(record.confirmed < record.sent);
  CHECK(record.confirmed_within >= 200_ms);
  double const seen = static_cast<double>(record.confirmed.count) / record.confirmed_within.count();
  CHECK(seen <= 110'000.0);
}

TEST_CASE("a dead route is waited for once, and another one all the same") {
  struct two_routes {
    decision decide(batch_size) const { return {{{1_split, *route}, {.transfer = 50_ms}}, {}, {}}; }
    void use_routes(std::size_t count) { *routes = count; }
    std::size_t *route, *routes;
  };
  static_assert(RouteAwareDecider<two_routes>);
  struct server_list {
    std::vector<std::size_t> asked_of;
    std::size_t route_count() const { return 2; }
    pending_reply submit(request asked, time_point) {
      asked_of.push_back(asked.route);
      return reply_promise{}.pending();
    }
  };
  static_assert(RoutedTransport<server_list>);
  std::size_t route = 0, routes = 0;
  server_list servers;
  session device{net, two_routes{&route, &routes}, servers};
  CHECK(routes == 2);
  CHECK(device.infer(toy_input(64)).record.waited >= 50_ms);
  CHECK(device.infer(toy_input(64)).record.waited < 50_ms);
  route = 1;
  CHECK(device.infer(toy_input(64)).record.decided.plan.route == 1);
  CHECK(servers.asked_of == std::vector<std::size_t>{0, 0, 1});
}

TEST_CASE("bytes that all arrive while the device works tell of the link by what was seen before") {
  struct trickling {
    struct pending_type {
      pending_reply inner;
      std::size_t* looks;
      bool ready() const { return inner.ready(); }
      bool wait_until(time_point until) { return inner.wait_until(until); }
      reply get() { return inner.get(); }
      void cancel() { inner.cancel(); }
      bytes confirmed() const { return bytes{128 * ++*looks}; }  // of 512
    };
    std::size_t looks = 0;
    pending_type submit(request, time_point) { return {reply_promise{}.pending(), &looks}; }
  };
  std::size_t run = 0;
  trickling transport;
  session device{slow_net{&run}, predicted(20_ms), transport};
  inference_record const record = device.infer(toy_input(64)).record;
  CHECK(record.fell_back());
  CHECK(transport.looks >= 4);
  CHECK(record.confirmed == bytes{3 * 128});
  CHECK(record.confirmed_within < record.waited + record.observed.tail);
}

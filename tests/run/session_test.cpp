#include "catch.hpp"

#include <atomic>
#include <future>
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

// A controller that always takes one split.
struct always {
  split_point split;
  latency_breakdown predicted{};
  decision decide(batch_size) const { return {{split, predicted}, std::nullopt, {}}; }
};

toy_net const net{{64, 128, 32, 8, 4}};
constexpr std::size_t layers = 4;

std::vector<float> answer_to(std::vector<float> const& x) { return net.forward(x, {0_split, split_point{layers}}); }

// A transport whose other side is slow: it takes its time before it looks at the bytes, whatever
// became of the request.
class slow_reader {
 public:
  ~slow_reader() {
    for (auto& one : readers_) one.wait();
  }
  pending_reply submit(request what, time_point) {
    reply_promise const promise{link_parameters{}};
    readers_.push_back(std::async(std::launch::async, [this, promise, kept = std::move(what)] {
      unsigned sum = 0;
      for (int pass = 0; pass < 30; ++pass) {
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
        for (std::byte const b : kept.tensor.data.view()) sum += std::to_integer<unsigned>(b);
      }
      checksum_ += sum;
      promise.fail(errc::transport_failed, "too late anyway");
    }));
    return promise.pending();
  }
  unsigned wait_for_checksum() {
    for (auto& one : readers_) one.wait();
    return checksum_;
  }

 private:
  std::atomic<unsigned> checksum_ = 0;
  std::vector<std::future<void>> readers_;
};

unsigned checksum(std::vector<float> const& values) {
  unsigned sum = 0;
  for (std::byte const b : std::as_bytes(std::span{values})) sum += std::to_integer<unsigned>(b);
  return 30 * sum;
}

// A transport that fails in a way of its own.
struct broken {
  std::function<pending_reply(request)> how;
  pending_reply submit(request what, time_point) { return how(std::move(what)); }
};

pending_reply settled(reply value) {
  reply_promise const promise{link_parameters{}};
  promise.fulfil(std::move(value));
  return promise.pending();
}

constexpr reply_timeout hurried{.factor = 0.0, .floor = seconds{0.02}};

}  // namespace

TEST_CASE("every split and batch gives the answer of the whole") {
  tail_service service{net};
  emulated_link link{fixed_rate{500_MBps}, service};
  for (std::size_t l = 0; l <= layers; ++l) {
    session device{net, always{split_point{l}}, link};
    for (std::size_t batch : {1UL, 3UL}) {
      std::vector<float> const x = toy_input(64 * batch);
      auto const [answer, record] = device.infer(x);
      CHECK(answer == answer_to(x));
      CHECK(record.batch == batch_size{batch});
      CHECK_FALSE(record.fell_back());
      CHECK(record.total >= record.observed.head + record.observed.transfer + record.observed.tail);
      CHECK((record.observed.transfer > 0_s) == (l < layers));
    }
  }
}

TEST_CASE("a batch with a remainder is refused") {
  tail_service service{net};
  emulated_link link{fixed_rate{500_MBps}, service};
  session device{net, always{1_split}, link};
  CHECK(code_of([&] { device.infer(toy_input(65)); }) == errc::bad_batch);
  CHECK(code_of([&] { device.infer({}); }) == errc::bad_batch);
}

TEST_CASE("when the transport fails the session finishes by itself and says why") {
  std::vector<float> const x = toy_input(128);
  auto const throws = [](request) -> pending_reply { throw std::runtime_error{"no route to host"}; };
  auto const fails = [](request) {
    reply_promise const promise{link_parameters{}};
    promise.fail(errc::transport_failed, "connection reset");
    return promise.pending();
  };
  auto const too_short = [](request) {
    return settled({.tensor = {{element_type::float32, {1}}, {nullptr, std::as_bytes(std::span{"abc"})}}});
  };
  auto const lies = [](request what) {
    what.tensor.spec.shape = {7};
    return settled({.tensor = what.tensor});
  };
  for (auto const& [how, says] : std::initializer_list<std::pair<std::function<pending_reply(request)>, char const*>>{
           {throws, "no route to host"}, {fails, "connection reset"}, {too_short, "instead of"}, {lies, "bytes"}}) {
    broken transport{how};
    session device{net, always{2_split}, transport};
    auto const [answer, record] = device.infer(x);
    CHECK(answer == answer_to(x));
    CHECK(record.fell_back());
    CHECK_THAT(record.fallback, Catch::Contains(says));
    CHECK(record.observed.tail > 0_s);
  }
}

TEST_CASE("a deadline that fires while the other side still reads leaves the bytes alone") {
  std::vector<float> const x = toy_input(640);
  slow_reader transport;
  session device{net, always{1_split}, transport, hurried};
  auto const [answer, record] = device.infer(x);
  CHECK(answer == answer_to(x));
  CHECK_THAT(record.fallback, Catch::Contains("deadline"));
  CHECK(transport.wait_for_checksum() == checksum(net.forward(x, {0_split, 1_split})));
}

TEST_CASE("a session may be destroyed with a request pending") {
  std::vector<float> const x = toy_input(640);
  slow_reader transport;
  {
    session device{net, always{1_split}, transport, hurried};
    CHECK(device.infer(x).output == answer_to(x));
  }
  CHECK(transport.wait_for_checksum() == checksum(net.forward(x, {0_split, 1_split})));
}

TEST_CASE("a split whose prediction is never is not waited for without end") {
  std::vector<float> const x = toy_input(64);
  tail_service service{net};
  emulated_link link{fixed_rate{0_MBps}, service};
  session device{net, always{1_split, {.transfer = never}}, link, hurried};
  auto const [answer, record] = device.infer(x);
  CHECK(answer == answer_to(x));
  CHECK(record.fell_back());
}

TEST_CASE("a link without limit costs its latency alone") {
  tail_service service{net};
  emulated_link link{fixed_rate{unlimited, {.latency = 10_ms}}, service};
  session device{net, always{1_split}, link};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK(record.observed.transfer >= 10_ms);
}

TEST_CASE("a link that dies in mid-transfer costs time, not the answer, and it comes back") {
  std::vector<float> const x = toy_input(64 * 1000);
  tail_service service{net};
  emulated_link link{fixed_rate{1_MBps}, service};
  session device{net, always{1_split}, link, {.factor = 0.0, .floor = 60_ms}};
  std::thread cut{[&] {
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
    link.set_rate(0_MBps);
  }};
  auto const during = device.infer(x);
  cut.join();
  CHECK(during.output == answer_to(x));
  CHECK(during.record.fell_back());
  link.set_rate(500_MBps);
  auto const afterwards = device.infer(x);
  CHECK(afterwards.output == answer_to(x));
  CHECK_FALSE(afterwards.record.fell_back());
}

TEST_CASE("a transport may throw anything") {
  broken transport{[](request) -> pending_reply { throw 42; }};
  session device{net, always{2_split}, transport};
  auto const [answer, record] = device.infer(toy_input(64));
  CHECK(answer == answer_to(toy_input(64)));
  CHECK(record.fell_back());
}

#include "catch.hpp"

#include <mutex>

#include <dsc/emulation/emulated_link.hpp>
#include <dsc/model/layers.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

// Keeps what arrives and answers with one byte at its arrival.
class recorder {
 public:
  void accept(request asked, time_point arrival, reply_promise promise) {
    std::lock_guard const lock{mutex_};
    arrived_.push_back({std::move(asked), arrival});
    auto const octet = std::make_shared<std::byte const>();
    promise.fulfil({.tensors = {{{element_type::uint8, {1}}, {octet, {octet.get(), 1}}}}});
  }
  struct delivery {
    request asked;
    time_point arrival;
  };
  std::vector<delivery> arrived() const {
    std::lock_guard const lock{mutex_};
    return arrived_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<delivery> arrived_;
};

request of_bytes(std::size_t n, std::size_t split = 1) {
  auto const data = std::make_shared<std::vector<std::uint8_t>>(n);
  for (std::size_t i = 0; i < n; ++i) (*data)[i] = static_cast<std::uint8_t>((i * 131 + 7) % 251);
  return {tail_of(split_point{split}, 9), {to_wire<std::vector<std::uint8_t>>(data)}};
}

constexpr time_point no_deadline = time_point::max();

double since(time_point start, recorder const& sink, std::size_t i) {
  return seconds{sink.arrived().at(i).arrival - start}.count();
}

}  // namespace

TEST_CASE("every byte arrives, as late as the rate and the latency say") {
  recorder sink;
  emulated_link link{fixed_rate{20_MBps, {.latency = 30_ms}}, sink};
  time_point const start = run_clock::now();
  request const sent = of_bytes(2'000'000);
  auto pending = link.submit(sent, no_deadline);
  CHECK_FALSE(pending.ready());
  pending.get();
  REQUIRE(sink.arrived().size() == 1);
  wire_tensor const received = sink.arrived()[0].asked.tensors.at(0);
  CHECK(received.spec == sent.tensors[0].spec);
  CHECK(received.data.view().data() != sent.tensors[0].data.view().data());
  CHECK(std::ranges::equal(received.data.view(), sent.tensors[0].data.view()));
  CHECK(since(start, sink, 0) >= 0.130 - 1e-6);
  CHECK(since(start, sink, 0) < 2.0);
}

TEST_CASE("transfers share the link first come first served, and latency does not keep it busy") {
  recorder sink;
  emulated_link link{fixed_rate{10_MBps, {.latency = 200_ms}}, sink};
  time_point const start = run_clock::now();
  std::vector<delayed_reply> pending;
  for (std::size_t split = 0; split < 3; ++split) pending.push_back(link.submit(of_bytes(400'000, split), no_deadline));
  for (auto& reply : pending) reply.get();
  auto const arrived = sink.arrived();
  REQUIRE(arrived.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(arrived[i].asked.layers.begin == split_point{i});
    CHECK(since(start, sink, i) >= 0.2 + 0.04 * static_cast<double>(i + 1) - 1e-6);
  }
  // One behind the other on the wire, and not a latency apart.
  CHECK(seconds{arrived[2].arrival - arrived[0].arrival}.count() == Approx(0.08).margin(0.001));
}

TEST_CASE("a trace's changes and outages count in mid-transfer") {
  recorder sink;
  rate_trace const trace{{{0_s, 4_MBps}, {0.05_s, 0_MBps}, {0.15_s, 8_MBps}}};
  emulated_link link{trace, sink};
  time_point const start = run_clock::now();
  link.submit(of_bytes(600'000), no_deadline).get();
  // 0.05 s at 4 MB/s, 0.1 s of nothing, 0.05 s at 8 MB/s; the link began a moment before `start`.
  CHECK(since(start, sink, 0) <= 0.2 + 0.1);
  CHECK(since(start, sink, 0) >= 0.2 - 0.02);
}

TEST_CASE("a rate that is set in mid-transfer is felt at once") {
  recorder sink;
  emulated_link link{fixed_rate{1_MBps}, sink};
  auto pending = link.submit(of_bytes(50'000'000), no_deadline);
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  link.set_rate(500_MBps);
  CHECK(link.rate() == 500_MBps);
  CHECK(pending.wait_until(run_clock::now() + std::chrono::seconds{5}));
}

TEST_CASE("nothing passes a dead link until it lives again") {
  recorder sink;
  emulated_link link{fixed_rate{0_MBps}, sink};
  auto pending = link.submit(of_bytes(1000), no_deadline);
  CHECK_FALSE(pending.wait_until(run_clock::now() + std::chrono::milliseconds{50}));
  CHECK(sink.arrived().empty());
  link.set_rate(10_MBps);
  CHECK(pending.wait_until(run_clock::now() + std::chrono::seconds{5}));
}

TEST_CASE("the answer takes its way back") {
  recorder sink;
  emulated_link link{fixed_rate{100_MBps, {.return_latency = 60_ms, .return_rate = 100_Bps}}, sink};
  time_point const start = run_clock::now();
  reply const answer = link.submit(of_bytes(10), no_deadline).get();
  CHECK(answer.return_time >= 70_ms);
  CHECK(seconds{run_clock::now() - start}.count() >= 0.07);
}

TEST_CASE("a transfer that is cancelled or past its deadline leaves the link") {
  recorder sink;
  emulated_link link{fixed_rate{1_MBps}, sink};
  auto first = link.submit(of_bytes(60'000'000), no_deadline);
  auto second = link.submit(of_bytes(60'000'000), run_clock::now() + std::chrono::milliseconds{60});
  auto third = link.submit(of_bytes(10'000, 3), no_deadline);
  std::this_thread::sleep_for(std::chrono::milliseconds{20});
  first.cancel();
  CHECK(code_of([&] { first.get(); }) == errc::cancelled);
  CHECK(code_of([&] { second.get(); }) == errc::deadline_missed);
  third.get();
  REQUIRE(sink.arrived().size() == 1);
  CHECK(sink.arrived()[0].asked.layers.begin == split_point{3});
}

TEST_CASE("a link that is closed fails what is still under way") {
  recorder sink;
  std::vector<delayed_reply> pending;
  {
    emulated_link link{fixed_rate{1_MBps}, sink};
    for (int i = 0; i < 3; ++i) pending.push_back(link.submit(of_bytes(60'000'000), no_deadline));
    std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  for (auto& reply : pending) {
    CHECK(reply.ready());
    CHECK(code_of([&] { reply.get(); }) == errc::transport_failed);
  }
}

TEST_CASE("a link that is closed fails what the other side has not answered, and what is on its way back") {
  struct keeper {
    std::vector<reply_promise> kept;
    void accept(request, time_point, reply_promise promise) { kept.push_back(std::move(promise)); }
  } silent;
  recorder prompt;
  std::vector<delayed_reply> pending;
  {
    emulated_link link{fixed_rate{100_MBps}, silent};
    emulated_link slow_back{fixed_rate{100_MBps, {.return_latency = seconds{1000.0}}}, prompt};
    pending.push_back(link.submit(of_bytes(10), no_deadline));
    pending.push_back(slow_back.submit(of_bytes(10), no_deadline));
    std::this_thread::sleep_for(std::chrono::milliseconds{50});
  }
  for (auto& reply : pending) CHECK(code_of([&] { reply.get(); }) == errc::transport_failed);
}

TEST_CASE("a trace that ends fails the transfer that runs past it") {
  recorder sink;
  emulated_link link{rate_trace{{{0_s, 1_MBps}, {0.02_s, 1_MBps}}, trace_end::fail}, sink};
  CHECK(code_of([&] { link.submit(of_bytes(5'000'000), no_deadline).get(); }) == errc::trace_ended);
}

TEST_CASE("many threads may submit and change the rate at once") {
  recorder sink;
  emulated_link link{fixed_rate{200_MBps}, sink};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 20; ++i) link.submit(of_bytes(10'000), no_deadline).get();
    });
  for (int i = 0; i < 20; ++i) {
    link.set_rate(i % 5 == 0 ? 0_MBps : 300_MBps);
    std::this_thread::sleep_for(std::chrono::milliseconds{2});
  }
  link.set_rate(300_MBps);
  for (std::thread& thread : threads) thread.join();
  CHECK(sink.arrived().size() == 60);
}

TEST_CASE("a sink that throws fails its request and no other") {
  struct moody {
    int calls = 0;
    void accept(request asked, time_point, reply_promise promise) {
      if (++calls == 1) throw error{errc::transport_failed, "not today"};
      promise.fulfil({.tensors = asked.tensors});
    }
  } sink;
  emulated_link link{fixed_rate{100_MBps}, sink};
  auto first = link.submit(of_bytes(1000), no_deadline);
  auto second = link.submit(of_bytes(1000), no_deadline);
  CHECK(code_of([&] { first.get(); }) == errc::transport_failed);
  CHECK(second.get().tensors.at(0).data.size() == bytes{1000});
}

TEST_CASE("a cancelled request lets go of its bytes, whatever the link does") {
  recorder sink;
  emulated_link link{fixed_rate{0_MBps}, sink};
  auto const data = std::make_shared<std::vector<std::uint8_t> const>(1000);
  auto pending = link.submit({{1_split, 2_split}, {to_wire<std::vector<std::uint8_t>>(data)}}, no_deadline);
  pending.cancel();
  time_point const reply_timeout = run_clock::now() + std::chrono::seconds{5};
  while (data.use_count() > 1 && run_clock::now() < reply_timeout)
    std::this_thread::sleep_for(std::chrono::milliseconds{5});
  CHECK(data.use_count() == 1);
}

TEST_CASE("an answer is taken once, and not after a cancellation") {
  recorder sink;
  emulated_link link{fixed_rate{100_MBps}, sink};
  auto taken = link.submit(of_bytes(10), no_deadline);
  taken.get();
  CHECK(code_of([&] { taken.get(); }) == errc::cancelled);
  auto dropped = link.submit(of_bytes(10), no_deadline);
  CHECK(dropped.wait_until(run_clock::now() + std::chrono::seconds{5}));
  dropped.cancel();
  CHECK(code_of([&] { dropped.get(); }) == errc::cancelled);
}

TEST_CASE("a rate that is set outlives the end of the trace") {
  recorder sink;
  emulated_link link{rate_trace{{{0_s, 1_MBps}, {0.01_s, 1_MBps}}, trace_end::fail}, sink};
  std::this_thread::sleep_for(std::chrono::milliseconds{30});
  link.set_rate(50_MBps);
  link.submit(of_bytes(1000), no_deadline).get();
  CHECK(sink.arrived().size() == 1);
}

TEST_CASE("after a cancellation get throws at once, whatever the way back is like") {
  recorder sink;
  for (link_parameters const& way_back :
       {link_parameters{.return_latency = seconds{1000.0}}, link_parameters{.return_rate = 0_Bps}}) {
    emulated_link link{fixed_rate{100_MBps, way_back}, sink};
    auto pending = link.submit(of_bytes(10), no_deadline);
    CHECK_FALSE(pending.wait_until(run_clock::now() + std::chrono::milliseconds{50}));
    time_point const start = run_clock::now();
    pending.cancel();
    CHECK(pending.ready());
    CHECK(code_of([&] { pending.get(); }) == errc::cancelled);
    // Also where another thread waits already.
    auto waited = link.submit(of_bytes(10), no_deadline);
    std::thread canceller{[other = waited]() mutable {
      std::this_thread::sleep_for(std::chrono::milliseconds{60});
      other.cancel();
    }};
    CHECK(code_of([&] { waited.get(); }) == errc::cancelled);
    canceller.join();
    CHECK(seconds{run_clock::now() - start} < 2_s);
  }
}

TEST_CASE("a link tells what it costs beside its rate, and rates of an idle link are not kept") {
  recorder sink;
  emulated_link link{fixed_rate{10_MBps, {.latency = 3_ms, .return_latency = 2_ms}}, sink};
  CHECK(link.parameters().latency == 3_ms);
  CHECK(link.parameters().return_latency == 2_ms);
  for (int i = 0; i < 300'000; ++i) link.set_rate(megabytes_per_second(1 + i % 7));
  link.set_rate(20_MBps);
  time_point const start = run_clock::now();
  link.submit(of_bytes(1000), no_deadline).get();
  CHECK(seconds{run_clock::now() - start} < 15_ms);  // it went through every one of them
  CHECK(link.parameters().latency == 3_ms);
}

TEST_CASE("a rate that is as good as none is an outage") {
  recorder sink;
  emulated_link link{fixed_rate{10_MBps}, sink};
  link.set_rate(data_rate{1e-300});
  CHECK(link.rate() == 0_Bps);
  auto pending = link.submit(of_bytes(1000), no_deadline);
  CHECK_FALSE(pending.wait_until(run_clock::now() + std::chrono::milliseconds{30}));
  link.set_rate(10_MBps);
  CHECK(pending.wait_until(run_clock::now() + std::chrono::seconds{5}));
}

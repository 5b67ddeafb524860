#include "catch.hpp"

#include <thread>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>

#include "support/toy_net.hpp"

using namespace dsc;
using namespace dsc::literals;

namespace {

toy_net const net{{64, 128, 32, 8, 4}};
constexpr std::size_t layers = 4;

// Wants a probe after every answer, and keeps what it is told.
struct curious {
  struct notes {
    split_point split{layers};
    bytes probe_size{1000};
    std::vector<probe_record> probes{};
    std::vector<inference_record> requests{};
    bool throws = false;
  };
  notes* kept;

  decision decide(batch_size) const { return {{{kept->split}, {}}, {}, {}}; }
  void observe(inference_record const& record) const { kept->requests.push_back(record); }
  void observe(probe_record const& record) const { kept->probes.push_back(record); }
  std::optional<probe> wanted_probe(time_point) const {
    if (kept->throws) throw std::runtime_error{"no idea"};
    return probe{0, kept->probe_size};
  }
};
static_assert(ProbingDecider<curious> && ObservingDecider<curious> && ProbedTransport<emulated_link>);

}  // namespace

TEST_CASE("probes go out after answers, and the decider is told at the next request") {
  tail_service service{net};
  emulated_link link{fixed_rate{100'000_Bps, {.latency = 10_ms, .return_latency = 20_ms}}, service};
  curious::notes kept;
  session device{net, curious{&kept}, link};
  CHECK(device.infer(toy_input(64)).record.warning.empty());
  CHECK(kept.probes.empty());
  std::this_thread::sleep_for(std::chrono::milliseconds{150});
  device.infer(toy_input(64));
  REQUIRE(kept.probes.size() == 1);
  CHECK(kept.probes[0].answered);
  CHECK(kept.probes[0].sent.size == 1000_B);
  // 10 ms for the bytes, 10 and 20 of latency: not the 150 until anybody looked.
  CHECK(kept.probes[0].time.count() == Approx(0.04).margin(0.01));
}

TEST_CASE("a local run leaves a probe under way, and a request ends it") {
  tail_service service{net};
  emulated_link link{fixed_rate{0_MBps}, service};
  curious::notes kept;
  session device{net, curious{&kept}, link};
  device.infer(toy_input(64));
  device.infer(toy_input(64));
  CHECK(kept.probes.empty());
  kept.split = 1_split;
  std::vector<float> const x = toy_input(64);
  CHECK(device.infer(x).output == net.forward(x, {0_split, split_point{layers}}));
  REQUIRE(kept.probes.size() == 1);
  CHECK_FALSE(kept.probes[0].answered);
  CHECK(kept.probes[0].time > 0_s);
  CHECK(kept.probes[0].time < 1_s);
}

TEST_CASE("a probe that is not answered in time is given up, and one that fails does no harm") {
  tail_service service{net};
  emulated_link link{fixed_rate{0_MBps}, service};
  curious::notes kept;
  session device{net, curious{&kept}, link, {.probe_timeout = 20_ms}};
  device.infer(toy_input(64));
  std::this_thread::sleep_for(std::chrono::milliseconds{40});
  kept.throws = true;
  auto const [answer, record] = device.infer(toy_input(64));
  REQUIRE(kept.probes.size() == 1);
  CHECK_FALSE(kept.probes[0].answered);
  CHECK_THAT(record.warning, Catch::Contains("could not be probed: no idea"));
  CHECK_FALSE(record.fell_back());
}

#include "catch.hpp"

#include <dsc/cost/profile.hpp>
#include <dsc/evaluate/simulated_session.hpp>

using namespace dsc;
using namespace dsc::literals;

namespace {

profile times_of(double per_layer) {
  seconds const t{per_layer};
  return {"toy",
          1_MB,
          {{"a", bytes{400'000}}, {"b", bytes{100'000}}, {"c", bytes{10}}},
          {{1_batch, {0_s, t, 2 * t, 3 * t}, {}}}};
}
using planner_type = planner<profile, profile>;
planner_type toy() {
  profile const device = times_of(0.050);
  return {device, sites{device, times_of(0.005)}};
}

simulation_options const silent{.head_noise = 0.0, .tail_noise = 0.0, .link_noise = 0.0};

simulated_session<planner_type> session_over(std::vector<rate_sample> samples, simulation_options const& options) {
  return {toy(), rate_trace{std::move(samples), trace_end::hold, {.latency = 4_ms, .return_latency = 6_ms}}, options};
}

// Wants one probe, behind its first request.
struct curious {
  bytes size;
  std::vector<probe_record> probes{};
  bool asked = false;

  decision decide(batch_size batch) const {
    decision decided;
    decided.plan = toy().predict(0_split, batch, fixed_rate{10_MBps});
    return decided;
  }
  void observe(inference_record const&) {}
  void observe(probe_record const& record) { probes.push_back(record); }
  std::optional<probe> wanted_probe(time_point) {
    return std::exchange(asked, true) ? std::nullopt : std::optional{probe{0, size}};
  }
};

}  // namespace

TEST_CASE("without noise a simulated request takes what the planner says") {
  auto session = session_over({{0_s, 10_MBps}}, silent);
  fixed_rate const link{10_MBps, {.latency = 4_ms, .return_latency = 6_ms}};
  for (std::size_t l = 0; l <= 3; ++l) {
    plan const expected = toy().predict(split_point{l}, 1_batch, link);
    CHECK(session.time_of(split_point{l}, 1_batch).count() == Approx(expected.latency.total().count()));
    fixed_split decider{split_point{l}, expected.latency};
    inference_record const record = session.infer(decider, 1_batch);
    CHECK(record.total.count() == Approx(expected.latency.total().count()));
    CHECK_FALSE(record.fell_back());
    CHECK(record.sent == record.confirmed);
    CHECK(record.observed.transfer.count() == Approx(expected.latency.transfer.count()));
    session.wait_until(session.time() + 1_s);
  }
}

TEST_CASE("the same seed is the same run, another one is not") {
  auto const run = [](std::uint64_t seed) {
    auto session = session_over({{0_s, 10_MBps}}, {.seed = seed});
    fixed_split decider{1_split};
    return session.infer(decider, 1_batch).total;
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}

TEST_CASE("an outage ends in a fallback that says how long the wait was and what had arrived") {
  auto session = session_over({{0_s, 10_MBps}, {0.05_s, data_rate{}}}, silent);
  fixed_split decider{0_split, toy().predict(0_split, 1_batch, fixed_rate{20_MBps}).latency};
  inference_record const record = session.infer(decider, 1_batch);
  CHECK(record.fell_back());
  CHECK(record.waited.count() == Approx(0.130));  // twice what was predicted
  CHECK(record.total.count() == Approx(0.280));
  CHECK(static_cast<double>(record.confirmed.count) == Approx(500e3));
  CHECK(record.observed.transfer == 0_s);
  CHECK(session.time_of(0_split, 1_batch) == never);
}

TEST_CASE("a probe is on the link before the request behind it") {
  for (bytes const size : {64_B, 1_MB}) {
    auto session = session_over({{0_s, 10_MBps}}, silent);
    curious decider{size};
    seconds const first = session.infer(decider, 1_batch).total;
    seconds const second = session.infer(decider, 1_batch).total;
    session.wait_until(session.time() + 1_s);
    session.infer(decider, 1_batch);
    CHECK((second - first).count() == Approx((size / 10_MBps).count()).margin(1e-9));
    REQUIRE(decider.probes.size() == 1);
    CHECK(decider.probes[0].answered);
    CHECK(decider.probes[0].time.count() == Approx(0.010 + (size / 10_MBps).count()));
  }
}

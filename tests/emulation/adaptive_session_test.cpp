#include "catch.hpp"

#include <thread>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/emulation/throttled.hpp>

#include "support/toy_net.hpp"

using namespace dsc;
using namespace dsc::literals;

namespace {

// 400 kB in, then ever less: which split is best is a matter of the rate.
std::vector<std::size_t> const widths{100'000, 30'000, 2'000, 100, 10};
constexpr std::size_t layers = 4;

profile site(std::vector<double> const& ms) {
  std::vector<seconds> prefix{seconds{}};
  for (double const t : ms) prefix.push_back(prefix.back() + seconds{t / 1e3});
  std::vector<profiled_layer> rows;
  for (std::size_t i = 1; i < widths.size(); ++i) rows.emplace_back("layer " + std::to_string(i), bytes{4 * widths[i]});
  return {"toy", bytes{4 * widths[0]}, rows, {{1_batch, prefix, {}}}};
}
using profile_planner = planner<profile, profile>;
profile const device_times = site({15, 30, 60, 60});
profile const server_times = site({1.5, 3, 6, 6});

// Two sites that take as long as their profiles say, a link between them, and a session that is
// told of the planner alone.
struct two_sites {
  toy_net net{widths};
  std::vector<float> x = toy_input(widths[0]);
  std::vector<float> whole = net.forward(x, {0_split, split_point{layers}});
  profile_planner planner{device_times, sites{device_times, server_times}};
  tail_service<throttled<toy_net>> service{site_of(server_times)};
  emulated_link link{fixed_rate{10_MBps, {.latency = 2_ms, .return_latency = 2_ms}}, service};
  session<throttled<toy_net>, adaptive_controller<profile_planner>, emulated_link> device{site_of(device_times),
                                                                                          planner, link};

  throttled<toy_net> site_of(profile const& times) const {
    return {net, [&times](layer_span span, batch_size batch) { return times.time(span, batch); }};
  }
  inference_record infer() {
    auto [answer, record] = device.infer(x);
    CHECK(answer == whole);
    return record;
  }
  split_point best_at(data_rate rate) const { return planner.best(1_batch, fixed_rate{rate, link.parameters()}).split; }
  seconds predicted(split_point split, data_rate rate) const {
    return planner.predict(split, 1_batch, fixed_rate{rate, link.parameters()}).latency.total();
  }
  // A camera's pause: probes have the time to come back.
  static void pause() { std::this_thread::sleep_for(std::chrono::milliseconds{60}); }
};
constexpr seconds local{0.165};

}  // namespace

TEST_CASE("a session that is given a planner decides by an adaptive controller") {
  two_sites setup;
  session deduced{setup.net, setup.planner, setup.link};
  static_assert(std::same_as<decltype(deduced), session<toy_net, adaptive_controller<profile_planner>, emulated_link>>);
  using controller_type = adaptive_controller<profile_planner>;
  static_assert(ObservingDecider<controller_type> && ProbingDecider<controller_type> &&
                DeadlineDecider<controller_type> && RouteAwareDecider<controller_type>);
}

TEST_CASE("with nothing known at the start the device offloads before long") {
  two_sites setup;
  REQUIRE(setup.best_at(10_MBps) != split_point{layers});
  std::size_t remote = 0;
  for (int i = 0; i < 12; ++i) {
    inference_record const record = setup.infer();
    INFO(i << ": l = " << record.decided.plan.split.layers << ", " << record.total.count() << " s, "
           << record.decided.reason << ", " << record.fallback << ", " << record.warning);
    CHECK(record.warning.empty());
    CHECK_FALSE(record.decided.reason.empty());
    if (i >= 4) remote += !record.fell_back() && record.decided.plan.split < split_point{layers} ? 1 : 0;
    two_sites::pause();
  }
  CHECK(remote >= 6);
}

TEST_CASE("an outage costs little more than local, and the device comes back after it") {
  two_sites setup;
  for (int i = 0; i < 8; ++i, two_sites::pause()) setup.infer();
  setup.link.set_rate(0_MBps);
  for (int i = 0; i < 8; ++i, two_sites::pause()) {
    inference_record const record = setup.infer();
    INFO(i << ": l = " << record.decided.plan.split.layers << ", " << record.total.count() << " s, "
           << record.decided.reason);
    CHECK(record.total < (i == 0 ? 3.0 : 2.0) * local);
  }
  setup.link.set_rate(10_MBps);
  time_point const back = run_clock::now();
  bool remote = false;
  while (!remote && run_clock::now() - back < std::chrono::seconds{8}) {
    inference_record const record = setup.infer();
    remote = !record.fell_back() && record.decided.plan.split < split_point{layers};
    two_sites::pause();
  }
  CHECK(remote);
  CHECK(run_clock::now() - back < std::chrono::seconds{4});
}

TEST_CASE("the split follows the rate within three requests") {
  two_sites setup;
  for (data_rate const rate : {40_MBps, 2_MBps, 20_MBps, 0_MBps, 30_MBps}) {
    setup.link.set_rate(rate);
    for (int i = 0; i < 3; ++i, two_sites::pause()) setup.infer();
    // What the first answers after an outage wait for is the next probe.
    for (int i = 0; rate == 30_MBps && i < 12; ++i, two_sites::pause()) setup.infer();
    for (int i = 0; i < 3; ++i, two_sites::pause()) {
      inference_record const record = setup.infer();
      INFO(rate.bytes_per_second << " B/s: l = " << record.decided.plan.split.layers << ", best "
                                 << setup.best_at(rate).layers << ", " << record.decided.reason);
      // As good as the best, within what is not worth a switch.
      CHECK(setup.predicted(record.decided.plan.split, rate) <= 1.15 * setup.predicted(setup.best_at(rate), rate));
    }
  }
}

#include <dsc/plan/gain.hpp>

#include <array>
#include <cmath>
#include <vector>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "brute_force.hpp"
#include "small_network.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;

// Latencies of the splits 0, 1, 2: 1.5 1.75 4 | 2.5 2.25 4 | 10.5 6.25 4.
constexpr std::array three_rates{state{1_batch, 100_Bps, {}}, state{1_batch, 50_Bps, {}}, state{1_batch, 10_Bps, {}}};

constexpr gain_report report_of(auto const& states, candidates<> const& wanted = {}) {
  return gains(planner{two_layers(), two_layer_sites(), wanted}, states);
}

static_assert(report_of(three_rates).best_static == 1_split);
static_assert(report_of(three_rates).states == 3);

TEST_CASE("gains as computed by hand", "[gain]") {
  gain_report const report = report_of(three_rates);
  CHECK(report.states == 3);
  CHECK(report.mean_latency.count() == Approx((1.5 + 2.25 + 4.0) / 3));
  REQUIRE(report.strategies.size() == 3);
  CHECK(report.against_full_offloading().mean_latency.count() == Approx(14.5 / 3));
  CHECK(report.against(1_split).mean_latency.count() == Approx(10.25 / 3));
  CHECK(report.against_no_offloading().mean_latency.count() == Approx(4.0));
  CHECK(report.against_full_offloading().gain_percent == Approx(100.0 / 3 * (0.0 + 0.25 / 2.5 + 6.5 / 10.5)));
  CHECK(report.against(1_split).gain_percent == Approx(100.0 / 3 * (0.25 / 1.75 + 0.0 + 2.25 / 6.25)));
  CHECK(report.against_no_offloading().gain_percent == Approx(100.0 / 3 * (2.5 / 4 + 1.75 / 4 + 0.0)));
  CHECK(report.best_static == 1_split);
  CHECK(report.against_best_static().split == 1_split);
  for (static_strategy const& one : report.strategies) CHECK(one.share == Approx(1.0 / 3));
}

TEST_CASE("in a state without a channel whatever needs one never ends", "[gain]") {
  std::vector states(three_rates.begin(), three_rates.end());
  states.push_back({1_batch, 0_Bps, {}});
  gain_report const report = report_of(states);
  CHECK(report.mean_latency.count() == Approx((1.5 + 2.25 + 4.0 + 4.0) / 4));
  CHECK(report.against_full_offloading().mean_latency == never);
  CHECK(report.against_full_offloading().gain_percent == Approx(25.0 * (0.0 + 0.25 / 2.5 + 6.5 / 10.5 + 1.0)));
  CHECK(report.against(1_split).mean_latency == never);
  CHECK(report.best_static == 2_split);
  CHECK(report.against_no_offloading().share == Approx(0.5));
}

TEST_CASE("a planner that may not choose a split can lose to it", "[gain]") {
  std::array const fast{state{1_batch, 100_Bps, {}}};
  gain_report const report = report_of(fast, {.min_split = 1_split});
  CHECK(report.against_full_offloading().gain_percent == Approx(100.0 * (1.5 - 1.75) / 1.5));
  CHECK(report.against(1_split).share == 1.0);
}

TEST_CASE("link, batch and load count in every state", "[gain]") {
  link_parameters const parameters{.latency = 1_s};
  server_load const busy{.slowdown = 2.0, .queueing_delay = 1_s};
  std::array const states{state{1_batch, 100_Bps, {}}, state{2_batch, 100_Bps, {}}, state{2_batch, 100_Bps, busy}};
  gain_report const report = gains(planner{two_layers(), two_layer_sites()}, states, parameters);
  CHECK(report.against_full_offloading().mean_latency.count() == Approx((2.5 + 3.5 + 5.0) / 3));
  CHECK(report.mean_latency.count() == Approx((2.5 + 3.25 + 4.0) / 3));
}

TEST_CASE("gains need states that can be served", "[gain]") {
  CHECK(code_of([] { (void)report_of(std::vector<state>{}); }) == errc::bad_quantity);
  std::array const dead{state{1_batch, 0_Bps, {}}}, wrong{state{1_batch, data_rate{NAN}, {}}};
  CHECK(code_of([&] { (void)report_of(dead, {.max_split = 1_split}); }) == errc::no_plan);
  CHECK(code_of([&] { (void)report_of(wrong); }) == errc::bad_quantity);
}

// Gains by the equation alone, from the oracle's latencies.
struct expected_gains {
  std::vector<double> mean, gain, share;
  double dynamic = 0.0;

  expected_gains(split_problem const& asked, std::vector<double> const& rates)
      : mean(asked.layers() + 1), gain(asked.layers() + 1), share(asked.layers() + 1) {
    double const n = static_cast<double>(rates.size());
    for (double const rate : rates) {
      auto const best = *asked.best(rate);
      dynamic += best.seconds / n;
      share[best.split] += 1.0 / n;
      for (std::size_t l = 0; l <= asked.layers(); ++l) {
        double const time = asked.latency_of(l, rate);
        mean[l] += time / n;
        gain[l] += (time == INFINITY ? 100.0 : 100.0 * (time - best.seconds) / time) / n;
      }
    }
  }
};

TEST_CASE("gains are those of brute force", "[gain][brute force]") {
  dice roll{31};
  for (int i = 0; i < 200; ++i) {
    random_network const network{roll, false, i % 2 == 0};
    split_problem asked = network.problem(1);
    std::vector<double> rates;
    std::vector<state> states;
    for (int s = 0; s < 20; ++s) {
      rates.push_back(random_rate(roll, network));
      states.push_back({2_batch, data_rate{rates.back()}, {}});
    }
    expected_gains const expected{asked, rates};
    gain_report const found =
        gains(planner{model_of(network.size), sites{network.device_profile(), network.server_profile()}}, states);

    CHECK(found.mean_latency.count() == Approx(expected.dynamic).epsilon(1e-12));
    double shares = 0.0;
    for (std::size_t l = 0; l <= network.layers(); ++l) {
      static_strategy const& one = found.against(split_point{l});
      bool const same_mean = one.mean_latency.count() == expected.mean[l] ||
                             one.mean_latency.count() == Approx(expected.mean[l]).epsilon(1e-12);
      CHECK(same_mean);
      CHECK(one.gain_percent == Approx(expected.gain[l]).epsilon(1e-9).margin(1e-9));
      CHECK(one.gain_percent >= -1e-9);
      CHECK(one.share == Approx(expected.share[l]).margin(1e-12));
      CHECK(one.mean_latency >= found.against_best_static().mean_latency);
      shares += one.share;
    }
    CHECK(shares == Approx(1.0));
  }
}

TEST_CASE("the best static split is one that may be chosen", "[gain]") {
  // At 100 B/s sending the input would be the best, but it must not leave the device.
  gain_report const report = report_of(std::array{state{1_batch, 100_Bps, {}}}, {.min_split = 1_split});
  CHECK(report.best_static == 1_split);
  CHECK(report.against_best_static().gain_percent == 0.0);
  CHECK(report.against_full_offloading().gain_percent < 0.0);
}

}  // namespace

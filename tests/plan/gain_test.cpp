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

constexpr gain_report report_of(auto const& states, candidates<> const& limits = {}) {
  return gains(planner{two_layers(), two_layer_sites(), limits}, states);
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
  for (static_strategy const& strategy : report.strategies) CHECK(strategy.share == Approx(1.0 / 3));
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
    gain_report const report =
        gains(planner{model_of(network.size), sites{network.device_profile(), network.server_profile()}}, states);

    CHECK(report.mean_latency.count() == Approx(expected.dynamic).epsilon(1e-12));
    double shares = 0.0;
    for (std::size_t l = 0; l <= network.layers(); ++l) {
      static_strategy const& strategy = report.against(split_point{l});
      bool const same_mean = strategy.mean_latency.count() == expected.mean[l] ||
                             strategy.mean_latency.count() == Approx(expected.mean[l]).epsilon(1e-12);
      CHECK(same_mean);
      CHECK(strategy.gain_percent == Approx(expected.gain[l]).epsilon(1e-9).margin(1e-9));
      CHECK(strategy.gain_percent >= -1e-9);
      CHECK(strategy.share == Approx(expected.share[l]).margin(1e-12));
      CHECK(strategy.mean_latency >= report.against_best_static().mean_latency);
      shares += strategy.share;
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

TEST_CASE("a policy of the user's is compared as dynamic split computing is", "[gain]") {
  planner const chooser{two_layers(), two_layer_sites()};
  auto const best = [&](state const& now) { return chooser.best(now); };
  gain_report const dynamic = gains(chooser, three_rates), same = gains(chooser, three_rates, best);
  CHECK(same.mean_latency == dynamic.mean_latency);
  CHECK(same.best_static == dynamic.best_static);
  for (split_point l; l <= 2_split; ++l) CHECK(same.against(l).gain_percent == dynamic.against(l).gain_percent);

  // A threshold: the input above 20 B/s, else nothing. 1.5, 2.5 and 4 s against the latencies
  // above.
  auto const threshold = [](state const& now) { return now.rate > 20_Bps ? 0_split : 2_split; };
  gain_report const mine = gains(chooser, three_rates, threshold);
  CHECK(mine.mean_latency.count() == Approx(8.0 / 3));
  CHECK(mine.against(1_split).gain_percent == Approx(100.0 / 3 * (0.25 / 1.75 - 0.25 / 2.25 + 2.25 / 6.25)));
  CHECK(mine.against_full_offloading().share == Approx(2.0 / 3));
  CHECK(mine.against_no_offloading().share == Approx(1.0 / 3));
  CHECK(gains(chooser, three_rates, best, {.latency = 9_s}).mean_latency.count() == Approx((10.5 + 11.25 + 4.0) / 3));
  CHECK(code_of([&] { gains(chooser, three_rates, [](state const&) { return 3_split; }); }) == errc::bad_split);
}

TEST_CASE("a policy that waits for a channel that is not there never ends", "[gain]") {
  planner const chooser{two_layers(), two_layer_sites()};
  std::array const outage{state{1_batch, 0_Bps, {}}};
  gain_report const mine = gains(chooser, outage, [](state const&) { return choice{0_split}; });
  CHECK(mine.mean_latency == never);
  CHECK(mine.against_full_offloading().gain_percent == 0.0);
  CHECK(mine.against_no_offloading().gain_percent == -std::numeric_limits<double>::infinity());
}

TEST_CASE("gains of random policies are those of brute force", "[gain]") {
  dice roll{97};
  for (int i = 0; i < 100; ++i) {
    random_network const network{roll, false, true};
    planner const chooser{model_of(network.size), sites{network.device_profile(), network.server_profile()}};
    std::vector<state> states;
    std::vector<split_point> choices;
    for (int s = 0; s < 10; ++s) {
      double const rate = random_rate(roll, network);
      states.push_back({2_batch, data_rate{rate > 0.0 ? rate : 1.0}, {}});
      choices.push_back(
          split_point{(static_cast<std::size_t>(i) * 7 + static_cast<std::size_t>(s) * 3) % (network.layers() + 1)});
    }
    std::size_t next = 0;
    gain_report const report = gains(chooser, states, [&](state const&) { return choices[next++]; });
    for (std::size_t l = 0; l <= network.layers(); ++l) {
      double gain = 0.0;
      for (std::size_t s = 0; s < states.size(); ++s) {
        double const mine = chooser.predict(choices[s], 2_batch, fixed_rate{states[s].rate}).latency.total().count();
        double const theirs =
            chooser.predict(split_point{l}, 2_batch, fixed_rate{states[s].rate}).latency.total().count();
        if (theirs > 0.0) gain += 100.0 * (theirs - mine) / theirs / static_cast<double>(states.size());
      }
      CHECK(report.against(split_point{l}).gain_percent == Approx(gain).epsilon(1e-9).margin(1e-9));
    }
    CHECK(next == states.size());
  }
}

}  // namespace

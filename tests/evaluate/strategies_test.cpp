#include "catch.hpp"

#include <algorithm>
#include <thread>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/evaluate/strategies.hpp>

#include "support/toy_net.hpp"

using namespace dsc;
using namespace dsc::literals;

namespace {

toy_net const net{{1000, 2000, 100, 10}};

profile costs(double per_layer) {
  seconds const t{per_layer};
  return {"toy",
          bytes{4000},
          {{"layer 1", bytes{8000}}, {"layer 2", bytes{400}}, {"layer 3", bytes{40}}},
          {{1_batch, {seconds{}, t, 2 * t, 3 * t}, {}}}};
}

std::vector<strategy> list_of(auto... strategies) {
  std::vector<strategy> list;
  (list.push_back(std::move(strategies)), ...);
  return list;
}

std::vector<split_point> splits_of(strategy_outcome const& outcome) {
  std::vector<split_point> splits;
  for (inference_record const& record : outcome.records) splits.push_back(record.decided.plan.split);
  return splits;
}

}  // namespace

TEST_CASE("strategies run side by side, each on every request under the request's conditions") {
  tail_service service{net};
  emulated_link link{fixed_rate{1_MBps}, service};
  planner const planner{net, sites{costs(0.010), costs(0.0001)}};
  std::vector<data_rate> const rates{0.01_MBps, 0.1_MBps, 10_MBps, 100_MBps, 0_MBps};
  auto const rate = [&] { return link.rate(); };
  policy const planned = planner.policy(1_batch);
  auto const outcomes = run_strategies(
      net, link, std::vector<std::vector<float>>(rates.size(), toy_input(1000)),
      list_of(strategy{"dynamic", controller{planner, rate, {.hysteresis = {.min_gain = 0.0, .min_dwell = 0_s}}}},
              strategy{"local", fixed_split{3_split}}, strategy{"offload", fixed_split{0_split}},
              strategy{"planned", policy_decider{planned, rate}},
              strategy{"threshold",
                       policy_decider<decltype(rate)>{
                           [](batch_size, data_rate now) { return now > 1_MBps ? 0_split : 3_split; }, rate}}),
      {.session = {.hedge = hedge::never_before(500_ms)},
       .before_each = [&](std::size_t i) { link.set_rate(rates[i]); }});

  REQUIRE(outcomes.size() == 5);
  for (strategy_outcome const& outcome : outcomes) REQUIRE(outcome.records.size() == rates.size());
  // Brute force: the planner's plan for each state, by prediction over all splits.
  for (std::size_t i = 0; i < rates.size(); ++i) {
    plan best = planner.predict(0_split, 1_batch, fixed_rate{rates[i]});
    for (split_point l; l <= 3_split; ++l) {
      plan const other = planner.predict(l, 1_batch, fixed_rate{rates[i]});
      if (other.latency.total() < best.latency.total()) best = other;
    }
    CHECK(outcomes[0].records[i].decided.plan.split == best.split);
    CHECK(outcomes[0].records[i].decided.rate == rates[i]);
  }
  CHECK(outcomes[0].name == "dynamic");
  CHECK(splits_of(outcomes[1]) == std::vector(5, 3_split));
  CHECK(splits_of(outcomes[2]) == std::vector(5, 0_split));
  CHECK(outcomes[3].chose_as(outcomes[0]));
  CHECK_FALSE(outcomes[1].chose_as(outcomes[0]));
  CHECK(splits_of(outcomes[4]) == std::vector{3_split, 3_split, 0_split, 0_split, 3_split});
  CHECK(outcomes[1].fallbacks() == 0);
  CHECK(outcomes[2].records.back().fell_back());
  CHECK(outcomes[2].records.back().total >= 80_ms);
}

TEST_CASE("means and gains are those of the records") {
  auto const outcome = [](std::vector<double> const& totals) {
    strategy_outcome result;
    for (double const total : totals) {
      inference_record record;
      record.total = seconds{total};
      result.records.push_back(record);
    }
    return result;
  };
  strategy_outcome const mine = outcome({1.0, 2.0}), other = outcome({2.0, 1.0});
  CHECK(mine.mean_latency() == seconds{1.5});
  CHECK(gain_percent(mine, other) == Approx(100.0 * (0.5 - 1.0) / 2));
  CHECK(gain_percent(mine, mine) == 0.0);
  CHECK(strategy_outcome{}.mean_latency() == 0_s);
}

TEST_CASE("a decider whose type is forgotten still probes, observes and is told of routes") {
  struct curious {
    std::vector<std::string>* heard;
    decision decide(batch_size) const { return {{{3_split}, {}}, {}, {}}; }
    void observe(inference_record const&) const { heard->push_back("request"); }
    void observe(probe_record const&) const { heard->push_back("probe"); }
    std::optional<probe> wanted_probe(time_point) const { return probe{0, 1_B}; }
    void use_routes(std::size_t count) const { heard->push_back("routes " + std::to_string(count)); }
  };
  std::vector<std::string> heard;
  strategy named{"curious", curious{&heard}};
  named.use_routes(2);
  tail_service service{net};
  emulated_link link{fixed_rate{10_MBps}, service};
  session device{net, std::move(named), link};
  device.infer(toy_input(1000));
  std::this_thread::sleep_for(std::chrono::milliseconds{50});
  device.infer(toy_input(1000));
  CHECK(heard == std::vector<std::string>{"routes 2", "request", "probe", "request"});
  strategy const plain{"plain", fixed_split{}};
  CHECK(plain.name() == "plain");
}

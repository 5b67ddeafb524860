#include <dsc/io/plan_json.hpp>

#include <array>
#include <string>
#include <vector>

#include <dsc/cost/roofline.hpp>
#include <dsc/io/plan_decider.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/plan/planner.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;
using Catch::Contains;

plan_document small() {
  plan_document plans{.model = "net", .layers = 2, .link = {.latency = 250_ms}, .load = {.slowdown = 2.0}};
  plans.policies.push_back({1_batch, {{{2_split}, 0_Bps, 50_Bps}, {{0_split}, 50_Bps, unlimited}}});
  plans.states.push_back({1_batch, 50_Bps, {{0_split}, {.transfer = 2_s, .queue = seconds{0.5}, .tail = 1_s}}});
  return plans;
}

std::string const written = R"({
  "schema": "dsc.plan/1",
  "model": "net",
  "layers": 2,
  "link": {"latency": 0.25, "return_latency": 0.0, "return_rate": null},
  "load": {"slowdown": 2.0, "queueing_delay": 0.0},
  "policy": [
    {
      "batch": 1,
      "pieces": [{"from_rate": 0.0, "to_rate": 50.0, "split": 2}, {"from_rate": 50.0, "to_rate": null, "split": 0}]
    }
  ],
  "states": [
    {
      "batch": 1,
      "rate": 50.0,
      "split": 0,
      "seconds": 3.5,
      "breakdown": {"head": 0.0, "transfer": 2.0, "queue": 0.5, "tail": 1.0, "return_time": 0.0}
    }
  ]
}
)";

TEST_CASE("plans are written as their schema says", "[plan]") { CHECK(plan_json(small()) == written); }

TEST_CASE("plans of 0.1.0 are still read", "[plan]") {
  std::string old = written;
  old.replace(old.find("return_time"), 11, "answer");
  old.replace(old.find("\"slowdown\""), 10, "\"slow_down\"");
  CHECK(plan_json(parse_plan(old, "p")) == written);
}

TEST_CASE("a plan's policy is followed as the planner's own", "[plan]") {
  roofline const device{zoo::efficientnet_b0, {.peak_flops = 1e10}}, server{zoo::efficientnet_b0, {.peak_flops = 6e10}};
  planner const chooser{zoo::efficientnet_b0, sites{device, server}};
  plan_document plans{.model = "efficientnet_b0", .layers = chooser.layers()};
  policy const best = chooser.policy(2_batch, link_parameters{}, server_load{});
  REQUIRE(best.size() > 2);
  plans.policies.emplace_back(2_batch, best);
  plan_decider follower{plans, chooser, [rate = 0.0]() mutable { return std::optional{data_rate{rate += 5e4}}; }};
  for (int i = 1; i <= 400; ++i) {
    data_rate const rate{5e4 * i};
    decision const decided = follower.decide(2_batch);
    CHECK(decided.rate == rate);
    CHECK(decided.plan == chooser.best(2_batch, fixed_rate{rate}));
  }
  for (policy_piece const& piece : best)
    CHECK(split_at(plans, 2_batch, piece.from_rate) ==
          (piece.from_rate == 0_Bps ? piece.split : best.at(piece.from_rate).split));
  CHECK(split_at(plans, 2_batch, unlimited) == best.pieces().back().split);
  CHECK(code_of([&] { (void)split_at(plans, 3_batch, 1_MBps); }) == errc::no_plan);
  CHECK(code_of([&] { (void)split_at(plans, 2_batch, data_rate{-1.0}); }) == errc::bad_quantity);
  plans.layers = 3;
  CHECK(code_of([&] { plan_decider{plans, chooser, [] { return std::optional{1_MBps}; }}; }) == errc::bad_split);
}

TEST_CASE("plans survive a file", "[plan]") {
  temporary_folder const folder;
  roofline const device{zoo::efficientnet_b0, {.peak_flops = 1e10}}, server{zoo::efficientnet_b0, {.peak_flops = 6e10}};
  planner const chooser{zoo::efficientnet_b0, sites{device, server}};
  std::vector<state> states;
  for (batch_size const batch : {1_batch, 8_batch})
    for (data_rate const rate : {0_Bps, 3_MBps, unlimited}) states.push_back({batch, rate, {}});

  plan_document plans{.model = "efficientnet_b0",
                      .layers = chooser.layers(),
                      .link = {.return_rate = 1_MBps},
                      .load = {.queueing_delay = 1_ms}};
  for (batch_size const batch : {8_batch, 1_batch})
    plans.policies.emplace_back(batch, chooser.policy(batch, plans.link, plans.load));
  for (state const& now : states) plans.states.push_back({now.batch, now.rate, chooser.best(now, plans.link)});
  plans.gains = gains(chooser, states, plans.link);

  write_plan(folder / "plan.json", plans);
  plan_document const read = read_plan(folder / "plan.json");
  CHECK(read.model == plans.model);
  CHECK(read.layers == plans.layers);
  CHECK(read.link.return_rate == 1_MBps);
  CHECK(read.load == plans.load);
  CHECK(read.policies == plans.policies);
  CHECK(read.states == plans.states);
  REQUIRE(read.gains);
  CHECK(read.gains->states == 6);
  CHECK(read.gains->mean_latency == plans.gains->mean_latency);
  CHECK(read.gains->best_static == plans.gains->best_static);
  CHECK(read.gains->against_full_offloading().mean_latency == never);
  CHECK(read.gains->against_no_offloading().gain_percent == plans.gains->against_no_offloading().gain_percent);
  CHECK(plan_json(read) == plan_json(plans));
}

TEST_CASE("link, load, states and gains may be left out", "[plan]") {
  plan_document const read = parse_plan(R"({"schema": "dsc.plan/1", "model": "net", "layers": 2, "policy": []})", "p");
  CHECK(read.policies.empty());
  CHECK(read.states.empty());
  CHECK(read.link.latency == 0_s);
  CHECK(read.load == server_load{});
  CHECK_FALSE(read.gains);
}

void check(std::string const& from, std::string const& to, std::string const& place) {
  std::string text = written;
  std::size_t const at = text.find(from);
  REQUIRE(at != std::string::npos);
  text.replace(at, from.size(), to);
  CAPTURE(from, to);
  CHECK(code_of([&] { (void)parse_plan(text, "plan.json"); }) == errc::bad_file);
  CHECK_THROWS_WITH(parse_plan(text, "plan.json"), Contains("plan.json: ") && Contains(place));
}

TEST_CASE("bad plans are told with file and key", "[plan]") {
  for (std::size_t n = 0; n + 2 < written.size(); ++n)
    CHECK(code_of([&] { (void)parse_plan(written.substr(0, n), "p"); }) == errc::bad_file);
  check("dsc.plan/1", "dsc.profile/1", "schema");
  check("\"policy\"", "\"other\"", "has no 'policy'");
  check("\"layers\": 2", "\"layers\": 0", "layers must be a whole number of at least 1");
  check("\"latency\": 0.25", "\"latency\": -1", "link.latency must be");
  check("\"slowdown\": 2.0", "\"slowdown\": 0", "load.slowdown must be a finite number above 0");
  check("\"split\": 2", "\"split\": 3", "policy[0].pieces[0].split must be one of 0 to 2");
  check("\"split\": 2", "\"split\": -1", "policy[0].pieces[0].split must be a whole number");
  check("\"split\": 2", "\"split\": 0", "policy[0].pieces[1].split must differ");
  check("\"from_rate\": 0.0", "\"from_rate\": 1.0", "policy[0].pieces[0].from_rate must be where");
  check("\"from_rate\": 50.0", "\"from_rate\": 51.0", "policy[0].pieces[1].from_rate must be where");
  check("\"to_rate\": 50.0", "\"to_rate\": 0.0", "policy[0].pieces[0].to_rate must be above");
  check("\"to_rate\": null", "\"to_rate\": 60", "policy[0].pieces must end with");
  check("\"batch\": 1", "\"batch\": 0", "policy[0].batch must be");
  check("\"rate\": 50.0", "\"rate\": -1", "states[0].rate must be");
  check("\"seconds\": 3.5", "\"seconds\": 3.4", "states[0].seconds must be the sum");
  check("\"tail\": 1.0", "\"tail\": null", "states[0].breakdown.tail must be a number");
  check(", \"return_time\": 0.0", "", "states[0].breakdown has no 'return_time'");
}

TEST_CASE("a key that stands twice in a plan is refused", "[plan]") {
  check("\"tail\": 1.0", "\"tail\": 1.0, \"tail\": 2.0", "states[0].breakdown has the key 'tail' twice");
  check("\"split\": 2", "\"split\": 1, \"split\": 2", "policy[0].pieces[0] has the key 'split' twice");
}

TEST_CASE("gains must be told for every split", "[plan]") {
  auto const with_gains = [](std::string const& strategies) {
    return R"({"schema": "dsc.plan/1", "model": "net", "layers": 1, "policy": [], "gains": {"states": 1, "mean_seconds": 1, "best_static": 1, "strategies": [)" +
           strategies + "]}}";
  };
  std::string const first = R"({"split": 0, "mean_seconds": null, "gain_percent": 100, "share": 0})",
                    second = R"({"split": 1, "mean_seconds": 1, "gain_percent": 0, "share": 1})";
  CHECK(parse_plan(with_gains(first + "," + second), "p").gains->strategies.size() == 2);
  CHECK_THROWS_WITH(parse_plan(with_gains(first), "p"), Contains("p: gains.strategies must hold every split"));
  CHECK_THROWS_WITH(parse_plan(with_gains(second + "," + first), "p"),
                    Contains("p: gains.strategies must hold the split points in order"));
  CHECK_THROWS_WITH(
      parse_plan(with_gains(first + "," + R"({"split": 1, "mean_seconds": 1, "gain_percent": 0, "share": 2})"), "p"),
      Contains("p: gains.strategies[1].share"));
}

}  // namespace

#include "catch.hpp"

#include <dsc/cost/profile.hpp>
#include <dsc/decide/controller.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

// A device that takes 10 ms a layer, a server that takes 1 ms: offloading pays from some rate on.
profile times_of(double per_layer) {
  seconds const t{per_layer};
  return {"toy",
          1_MB,
          {{"a", bytes{400'000}}, {"b", bytes{100'000}}, {"c", bytes{10}}},
          {{1_batch, {seconds{}, t, 2 * t, 3 * t}, {}}, {64_batch, {seconds{}, 64 * t, 128 * t, 192 * t}, {}}}};
}

using planner_type = planner<profile, profile>;

planner_type toy_planner(split_point most = 3_split) {
  profile const device = times_of(0.010);
  return {device, sites{device, times_of(0.001)}, candidates{.max_split = most}};
}

struct fixture {
  std::optional<data_rate> rate = 1_MBps;
  server_load load;
  time_point now{};

  auto make(hysteresis const& rules) {
    return controller{toy_planner(), [this] { return rate; }, [this] { return load; },
                      controller_options{.hysteresis = rules}};
  }
};

}  // namespace

TEST_CASE("without hysteresis every decision is the planner's best") {
  fixture world;
  auto controller = world.make({.min_gain = 0.0, .min_dwell = 0_s});
  for (double const rate : {0.1, 1.0, 5.0, 8.0, 20.0, 60.0, 500.0, 8.0, 0.2}) {
    world.rate = megabytes_per_second(rate);
    for (batch_size const batch : {1_batch, 2_batch, 7_batch})
      CHECK(controller.decide(batch, world.now).plan == toy_planner().best(batch, fixed_rate{*world.rate}));
  }
}

TEST_CASE("a small gain does not move the split, a large one does") {
  fixture world;
  world.rate = 9_MBps;
  auto controller = world.make({.min_gain = 0.2, .min_dwell = 0_s});
  split_point const first = controller.decide(1_batch, world.now).plan.split;
  auto const planner = toy_planner();
  int kept = 0, moved = 0;
  split_point use = first;
  for (int step = 9; step < 400; ++step) {
    world.rate = megabytes_per_second(step);
    plan const best = planner.best(1_batch, fixed_rate{*world.rate});
    plan const stay = planner.predict(use, 1_batch, fixed_rate{*world.rate});
    double const gain = 1.0 - best.latency.total() / stay.latency.total();
    plan const chosen = controller.decide(1_batch, world.now).plan;
    if (best.split != use) (gain >= 0.2 ? moved : kept)++;
    use = gain >= 0.2 ? best.split : use;
    REQUIRE(chosen.split == use);
    REQUIRE(chosen.latency == planner.predict(use, 1_batch, fixed_rate{*world.rate}).latency);
  }
  CHECK(kept > 0);
  CHECK(moved > 0);
}

TEST_CASE("a split in use stays for its dwell, unless staying costs more than that") {
  fixture world;
  world.rate = 200_MBps;
  auto controller = world.make({.min_gain = 0.0, .min_dwell = 1_s});
  split_point const fast = controller.decide(1_batch, world.now).plan.split;
  world.rate = 2_MBps;
  world.now += std::chrono::milliseconds{999};
  CHECK(controller.decide(1_batch, world.now).plan.split == fast);
  world.now += std::chrono::milliseconds{1};
  CHECK(controller.decide(1_batch, world.now).plan.split == 3_split);
  world.rate = 200_MBps;
  CHECK(controller.decide(1_batch, world.now).plan.split == 3_split);
  world.now += std::chrono::seconds{1};
  CHECK(controller.decide(1_batch, world.now).plan.split == fast);
  world.rate = 0_MBps;
  CHECK(controller.decide(1_batch, world.now).plan.split == 3_split);
  world.rate = 200_MBps;
  world.now += std::chrono::seconds{1};
  CHECK(controller.decide(1_batch, world.now).plan.split == fast);
  world.rate = 1000_Bps;
  CHECK(controller.decide(1_batch, world.now).plan.split == 3_split);
}

TEST_CASE("an unknown rate is served without the channel, or refused where that is not allowed") {
  fixture world;
  world.rate = std::nullopt;
  auto controller = world.make({});
  decision const decided = controller.decide(1_batch, world.now);
  CHECK(decided.plan.split == 3_split);
  CHECK(decided.plan.latency.transfer == 0_s);
  CHECK_FALSE(decided.rate.has_value());

  dsc::controller bound{toy_planner(2_split), [] { return std::optional<data_rate>{}; }};
  CHECK(code_of([&] { bound.decide(1_batch); }) == errc::no_plan);
}

TEST_CASE("each batch size keeps a split of its own") {
  fixture world;
  world.rate = 200_MBps;
  auto controller = world.make({.min_gain = 0.0, .min_dwell = 1_s});
  split_point const fast = controller.decide(1_batch, world.now).plan.split;
  world.rate = 2_MBps;
  CHECK(controller.decide(2_batch, world.now).plan.split == 3_split);
  CHECK(controller.decide(1_batch, world.now).plan.split == fast);
}

TEST_CASE("rules that mean nothing are refused") {
  fixture world;
  CHECK(code_of([&] { world.make({.min_gain = -0.1}); }) == errc::bad_quantity);
  CHECK(code_of([&] { world.make({.min_dwell = seconds{std::numeric_limits<double>::quiet_NaN()}}); }) ==
        errc::bad_quantity);
}

TEST_CASE("a rate or load source that fails counts as one that does not know") {
  std::optional<data_rate> rate = 200_MBps;
  server_load load;
  bool broken = false;
  controller controller{toy_planner(), [&] { return broken ? throw std::runtime_error{""} : rate; },
                        [&] { return load; }};
  CHECK(controller.decide(1_batch).plan.split != 3_split);
  for (double const nonsense : {-1.0, std::numeric_limits<double>::quiet_NaN()}) {
    rate = data_rate{nonsense};
    decision const decided = controller.decide(1_batch);
    CHECK(decided.plan.split == 3_split);
    CHECK_FALSE(decided.rate.has_value());
    CHECK_THAT(decided.warning, Catch::Contains("rate source"));
  }
  broken = true;
  CHECK(controller.decide(1_batch).plan.split == 3_split);
  CHECK_THAT(controller.decide(1_batch).warning, Catch::Contains("did not say why"));
  broken = false;
  rate = 200_MBps;
  load.slowdown = -1.0;
  decision const decided = controller.decide(1_batch);
  CHECK(decided.load == server_load{});
  CHECK_THAT(decided.warning, Catch::Contains("load source"));
  load = {};
  CHECK(controller.decide(1_batch).warning.empty());
}

namespace {

struct source_with_link {
  std::optional<data_rate> operator()() const { return 200_MBps; }
  link_parameters parameters() const { return {.latency = 7_ms}; }
};

}  // namespace

TEST_CASE("link parameters come from the options, else the rate source, else the link") {
  controller configured{toy_planner(), source_with_link{}, {.link = link_parameters{.latency = 5_ms}}};
  configured.use_link({.latency = 9_ms});
  CHECK(configured.link().latency == 5_ms);
  controller asked{toy_planner(), source_with_link{}};
  asked.use_link({.latency = 9_ms});
  CHECK(asked.link().latency == 7_ms);
  controller linked{toy_planner(), [] { return 200_MBps; }};
  CHECK(linked.link().latency == 0_ms);
  linked.use_link({.latency = 9_ms});
  CHECK(linked.link().latency == 9_ms);
  CHECK(linked.decide(1_batch).plan.latency.transfer >= 9_ms);
  CHECK(code_of([&] { linked.use_link({.latency = -9_ms}); }) == errc::bad_quantity);
}

TEST_CASE("a deadline is exact up to the clock's last moment") {
  time_point const last = time_point::max();
  CHECK(deadline_after(last - std::chrono::nanoseconds{3}, seconds{2e-9}) == last - std::chrono::nanoseconds{1});
  CHECK(deadline_after(last - std::chrono::nanoseconds{3}, seconds{9e-9}) == last);
  CHECK(deadline_after(time_point{}, never) == last);
  CHECK(deadline_after(time_point{}, seconds{std::numeric_limits<double>::quiet_NaN()}) == last);
  CHECK(deadline_after(time_point{}, 1_s) == time_point{std::chrono::seconds{1}});
  time_point const now = run_clock::now();
  CHECK(deadline_after(now, seconds{-1.0}) == now - std::chrono::seconds{1});
}

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/evaluate/simulated_session.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

constexpr time_point at(seconds t) { return deadline_after(time_point{}, t + 1_s); }

// 200 ms on this machine, layer by layer 50 ms; what is sent shrinks from 600 kB on.
profile machine() {
  return {"toy",
          bytes{600'000},
          {{"a", bytes{400'000}}, {"b", bytes{100'000}}, {"c", bytes{40'000}}, {"d", bytes{4'000}}},
          {{1_batch, {0_s, 50_ms, 100_ms, 150_ms, 200_ms}, {}}, {4_batch, {0_s, 200_ms, 400_ms, 600_ms, 800_ms}, {}}}};
}

using planner_type = planner<scaled<profile>, scaled<profile>>;

planner_type toy(double device = 1.0, double server = 0.1, split_point most = 4_split) {
  return {machine(), sites{scaled{machine(), device}, scaled{machine(), server}}, candidates{.max_split = most}};
}

using world = simulated_session<planner_type>;

world world_of(std::vector<rate_sample> samples, seconds latency = 2_ms, simulation_options const& options = {}) {
  return {toy(), rate_trace{std::move(samples), trace_end::hold, {.latency = latency, .return_latency = latency}},
          options};
}
world steady(double rate, seconds latency = 2_ms, simulation_options const& options = {}) {
  return world_of({{0_s, megabytes_per_second(rate)}}, latency, options);
}

bool away(inference_record const& record) { return record.decided.plan.split < 4_split; }

std::vector<inference_record> run(world& session, auto& decider, int requests, seconds pause = 50_ms) {
  std::vector<inference_record> records;
  for (int i = 0; i < requests; ++i) {
    records.push_back(session.infer(decider, 1_batch));
    session.wait_until(session.time() + pause);
  }
  return records;
}

double median_error(std::span<inference_record const> records) {
  std::vector<double> errors;
  for (inference_record const& record : records) errors.push_back(std::abs(record.predicted() / record.total - 1.0));
  std::ranges::sort(errors);
  return errors[errors.size() / 2];
}

// A record as a session writes it, over a route that answers by the prediction or not at all.
inference_record answered(decision const& decided, seconds now) {
  latency_breakdown const& taken = decided.plan.latency;
  inference_record record;
  record.batch = 1_batch;
  record.decided = decided;
  record.observed = taken;
  record.total = taken.total();
  record.sent = record.confirmed = 600_kB;
  record.ended = at(now);
  return record;
}
inference_record lost(decision const& decided, seconds now) {
  inference_record record;
  record.batch = 1_batch;
  record.decided = decided;
  record.observed = {.head = decided.plan.latency.head, .tail = 100_ms};
  record.total = record.observed.head + 150_ms;
  record.waited = 50_ms;
  record.sent = 600_kB;
  record.ended = at(now);
  record.fallback = "the answer was late";
  return record;
}
probe_record echo(std::size_t route, bool heard, seconds now) {
  return {.sent = {route, 64_B}, .answered = heard, .time = heard ? 4_ms : 500_ms, .ended = at(now)};
}

// Routes at 20 MB/s that are all known, after some time of local requests without a loss.
adaptive_controller<planner_type> with_routes(std::size_t count, adaptive_options const& options = {}) {
  adaptive_controller controller{toy(), options};
  controller.use_routes(count);
  for (int i = 0; i < 200; ++i) {
    decision decided;
    decided.plan = toy().predict(4_split, 1_batch, no_channel{});
    inference_record record = answered(decided, 0_s);
    record.sent = {};
    controller.observe(record, at(0_s));
  }
  for (int i = 0; i < 6; ++i)
    for (std::size_t route = 0; route < count; ++route) {
      decision decided;
      decided.plan = toy().predict(0_split, 1_batch, fixed_rate{20_MBps, {.latency = 4_ms}});
      decided.plan.route = route;
      controller.observe(answered(decided, 0.1_s * i), at(0.1_s * i));
    }
  return controller;
}

}  // namespace

TEST_CASE("it is a decider that observes, probes, weighs deadlines and knows routes") {
  using controller = adaptive_controller<planner_type>;
  STATIC_REQUIRE(ObservingDecider<controller>);
  STATIC_REQUIRE(ProbingDecider<controller>);
  STATIC_REQUIRE(DeadlineDecider<controller>);
  STATIC_REQUIRE(CostPlanner<planner_type>);
  STATIC_REQUIRE(std::same_as<decltype(adaptive_controller{toy()}), controller>);
}

TEST_CASE("after ten requests the prediction is within 5 % over steady links") {
  for (double const rate : {1.0, 8.0, 32.0})
    for (double const round_trip : {0.0, 0.010, 0.050})
      for (bool const reports : {true, false}) {
        CAPTURE(rate, round_trip, reports);
        world session = steady(rate, seconds{0.5 * round_trip}, {.reports = reports});
        adaptive_controller controller{toy()};
        auto const records = run(session, controller, 60);
        CHECK(median_error(std::span{records}.subspan(10)) < 0.05);
        plan const best = toy().best(
            1_batch, fixed_rate{megabytes_per_second(rate),
                                {.latency = seconds{0.5 * round_trip}, .return_latency = seconds{0.5 * round_trip}}});
        CHECK(records.back().predicted() < 1.10 * best.latency.total());
      }
}

TEST_CASE("the split follows a trace within three requests of a change") {
  std::vector<rate_sample> samples;
  for (double const rate : {40.0, 2.0, 20.0, 0.0, 30.0})
    samples.push_back({10.0 * static_cast<double>(samples.size()) * 1_s, megabytes_per_second(rate)});
  world session = world_of(samples);
  adaptive_controller controller{toy()};
  std::size_t since_change = 0, changes = 0;
  seconds last_change{};
  while (session.time() < 50_s) {
    seconds const asked = session.time();
    data_rate const rate = session.link().rate_at(asked);
    auto const record = run(session, controller, 1).front();
    seconds const change = 10_s * std::floor(asked / 10_s);
    if (change != last_change) {
      last_change = change;
      since_change = 0;
      ++changes;
    }
    ++since_change;
    bool const back_from_outage = change == 40_s && asked - change < 3_s;  // noticed by an echo
    bool const grew = change == 20_s && asked - change < 3_s;              // while running elsewhere
    if (since_change <= 3 || back_from_outage || grew) continue;
    CAPTURE(asked.count(), rate.bytes_per_second, record.decided.reason);
    fixed_rate const truth{rate, {.latency = 2_ms, .return_latency = 2_ms}};
    seconds const best = toy().best(1_batch, truth).latency.total();
    seconds const taken = toy().predict(record.decided.plan.split, 1_batch, truth).latency.total();
    REQUIRE(taken <= 1.12 * best);
  }
  CHECK(changes == 4);
}

TEST_CASE("a server without a profile, and a device that is slower than its own, are right within 20 requests") {
  for (double const server : {1.0 / 30.0, 1.0 / 8.0, 1.0 / 2.0})
    for (bool const reports : {true, false}) {
      CAPTURE(server, reports);
      world session{toy(1.5, server),
                    rate_trace{{{0_s, 20_MBps}}, trace_end::hold, {.latency = 2_ms, .return_latency = 2_ms}},
                    {.reports = reports}};
      adaptive_controller controller{
          planner{machine(), sites{machine(), scaled{machine(), 1.0 / 8.0}}}};  // the device's, divided
      auto const records = run(session, controller, 40);
      CHECK(median_error(std::span{records}.subspan(20)) < 0.06);
      seconds const best = toy(1.5, server).best(1_batch, fixed_rate{20_MBps, {.latency = 4_ms}}).latency.total();
      CHECK(records.back().total < 1.15 * best);
    }
}

TEST_CASE("probes keep to their budget, and local running does not stay blind") {
  world session = world_of({{0_s, data_rate{200e3}}, {20_s, 20_MBps}}, 5_ms);
  adaptive_controller controller{toy()};
  double probed = 0.0, offloadable = 0.0, echoes = 0.0;
  std::optional<seconds> back;
  struct counting {
    adaptive_controller<planner_type>* inner;
    double* probed;
    double* echoes;
    decision decide(batch_size batch, time_point now) { return inner->decide(batch, now); }
    decision decide(batch_size batch) { return inner->decide(batch); }
    void observe(inference_record const& record) { inner->observe(record); }
    void observe(probe_record const& record) { inner->observe(record); }
    std::optional<probe> wanted_probe(time_point now) {
      auto const wanted = inner->wanted_probe(now);
      if (wanted) (wanted->size <= 64_B ? *echoes : *probed) += static_cast<double>(wanted->size.count);
      return wanted;
    }
  } counted{&controller, &probed, &echoes};
  while (session.time() < 40_s) {
    auto const record = run(session, counted, 1).front();
    offloadable += 600e3;
    if (session.time() > 20_s && away(record) && !back) back = session.time() - 20_s;
  }
  CHECK(probed <= 0.01 * offloadable + 64.0 * 1024.0);
  CHECK(echoes <= 64.0 * (40.0 / 0.5 + 1.0));
  REQUIRE(back.has_value());
  CHECK(*back < 5_s);
}

TEST_CASE("a dead link costs little, and its return is noticed within 3 s") {
  for (bool const probes : {true, false}) {
    CAPTURE(probes);
    world session = world_of({{0_s, 20_MBps}, {5_s, data_rate{}}, {35_s, 20_MBps}}, 2_ms, {.probes = probes});
    adaptive_controller controller{toy()};
    seconds taken{};
    int requests = 0, fallbacks = 0;
    while (session.time() < 35_s) {
      auto const record = run(session, controller, 1).front();
      if (session.time() < 5.5_s) continue;
      taken += record.total;
      ++requests;
      fallbacks += record.fell_back() ? 1 : 0;
    }
    CHECK(taken / requests < 1.05 * 200_ms);
    CHECK(fallbacks <= (probes ? 2 : 12));
    seconds const limit = probes ? 38_s : 45_s;
    bool back = false;
    while (session.time() < limit) back = away(run(session, controller, 1).front());
    CHECK(back);
  }
}

TEST_CASE("without probes it begins with a request that looks, and not with more than a share of them") {
  world session = steady(0.2, 2_ms, {.probes = false});
  adaptive_controller controller{toy()};
  auto const records = run(session, controller, 100);
  CHECK(away(records[0]));
  CHECK(records[0].decided.reason == "a look at the link");
  int looks = 0;
  seconds taken{};
  for (auto const& record : records) {
    looks += away(record) ? 1 : 0;
    taken += record.total;
  }
  CHECK(looks >= 2);
  CHECK(looks <= 10);
  CHECK(taken / 100 < 1.05 * 200_ms);
}

TEST_CASE("without probes and with rare requests a route is tried again after a minute") {
  adaptive_controller controller = with_routes(1);
  decision const decided = controller.decide(1_batch, at(1_s));
  REQUIRE(decided.plan.split == 0_split);
  inference_record in_vain = lost(decided, 1_s);
  in_vain.total = 2_s;  // more than its share of time
  for (int i = 0; i < 4; ++i) controller.observe(in_vain, at(1_s));
  CHECK(controller.decide(1_batch, at(30_s)).plan.split == 4_split);
  CHECK(controller.decide(1_batch, at(62_s)).plan.split == 0_split);
}

TEST_CASE("a route that fails is left alone, longer every time, and another takes over") {
  adaptive_controller controller = with_routes(2);
  decision decided = controller.decide(1_batch, at(1_s));
  REQUIRE(decided.plan.split < 4_split);
  CHECK(decided.plan.route == 0);  // ties go to the smaller one
  controller.observe(lost(decided, 1_s), at(1_s));
  decided = controller.decide(1_batch, at(1.2_s));
  CHECK(decided.plan.route == 1);
  CHECK(decided.reason == "route 0 failed, 1 takes over");

  controller.observe(lost(decided, 1.2_s), at(1.2_s));
  decided = controller.decide(1_batch, at(1.22_s));
  CHECK(decided.plan.split == 4_split);
  CHECK_THAT(decided.reason, Catch::Contains("failed, no other is better than local"));
}

TEST_CASE("the back-off doubles up to two seconds") {
  adaptive_controller controller = with_routes(1);
  decision const decided = controller.decide(1_batch, at(1_s));
  seconds now = 1_s;
  for (seconds const backoff : {0.25_s, 0.5_s, 1_s, 2_s, 2_s}) {
    controller.observe(lost(decided, now), at(now));
    CHECK(controller.decide(1_batch, at(now + backoff - 10_ms)).plan.split == 4_split);
    CHECK(controller.decide(1_batch, at(now + backoff + 4_s)).plan.split == 0_split);
    now += 7_s;
  }
}

TEST_CASE("a good echo ends the back-off, once, and bad ones prolong it") {
  adaptive_controller controller = with_routes(1);
  decision const decided = controller.decide(1_batch, at(1_s));
  auto const fail = [&](seconds now) { controller.observe(lost(decided, now), at(now)); };
  auto const is_away = [&](seconds now) { return controller.decide(1_batch, at(now)).plan.split < 4_split; };
  fail(1_s);
  CHECK_FALSE(is_away(1.1_s));
  REQUIRE(controller.wanted_probe(at(1.1_s)).has_value());
  controller.observe(echo(0, true, 1.12_s), at(1.12_s));
  CHECK(is_away(1.13_s));
  fail(1.2_s);  // alive, but its server is not well: the back-off must pass
  controller.observe(echo(0, true, 1.25_s), at(1.25_s));
  CHECK_FALSE(is_away(1.3_s));
  CHECK(is_away(1.8_s));
  fail(1.9_s);
  controller.wanted_probe(at(2_s));
  controller.observe(echo(0, false, 2.5_s), at(2.5_s));
  controller.wanted_probe(at(5_s));
  CHECK_FALSE(is_away(5.5_s));  // nothing was heard since
}

TEST_CASE("a probe that a request cut short is no failure") {
  adaptive_controller controller = with_routes(2);
  controller.observe(probe_record{.sent = {0, 64_B}, .time = 3_ms, .ended = at(1_s)}, at(1_s));
  CHECK(controller.decide(1_batch, at(1_s)).plan.route == 0);
  CHECK(controller.decide(1_batch, at(1_s)).plan.split < 4_split);
}

TEST_CASE("a deadline prefers plans that leave time to finish here") {
  adaptive_controller controller = with_routes(2);
  plan const free = controller.decide(1_batch, at(1_s)).plan;
  REQUIRE(free.split == 0_split);
  CHECK(controller.decide(1_batch, 2_s, at(1_s)).plan.split == 0_split);
  plan const bound = controller.decide(1_batch, 215_ms, at(1_s)).plan;
  seconds const rest = 200_ms - bound.latency.head;
  CHECK(bound.latency.total() + (bound.split == 4_split ? 0_s : rest) <= 215_ms);
  CHECK(controller.decide(1_batch, 201_ms, at(1_s)).plan.split == 4_split);  // only local is safe
  CHECK(controller.decide(1_batch, 100_ms, at(1_s)).plan.split == 0_split);  // nothing is: the fastest
  CHECK(controller.decide(1_batch, at(1_s)).plan == free);                   // and it is forgotten
}

TEST_CASE("where local is not allowed something is sent, known or not") {
  adaptive_controller controller{toy(1.0, 0.1, 3_split)};
  decision const decided = controller.decide(1_batch, at(0_s));
  CHECK(decided.plan.split <= 3_split);
  CHECK(decided.plan.latency.total() < never);
  for (int i = 0; i < 4; ++i) controller.observe(lost(decided, 0.1_s * i), at(0.1_s * i));
  CHECK(controller.decide(1_batch, at(0.5_s)).plan.split <= 3_split);
}

TEST_CASE("small gains and what was just left do not move the choice, clear gains do") {
  world session = steady(20.0);
  adaptive_controller controller{toy(), {.hysteresis = {.min_gain = 0.3, .min_dwell = 0_s}, .clear_gain = 0.5}};
  run(session, controller, 20);
  split_point const used = controller.decide(1_batch, at(session.time())).plan.split;
  decision decided = controller.decide(1_batch, at(session.time()));
  for (int i = 0; i < 10; ++i) {  // to a rate at which another split is better by less than 30 %
    decided.plan = toy().predict(used, 1_batch, fixed_rate{5_MBps, {.latency = 4_ms}});
    controller.observe(answered(decided, session.time()), at(session.time()));
  }
  decision const kept = controller.decide(1_batch, at(session.time()));
  CHECK(kept.plan.split == used);
  CHECK(toy().best(1_batch, fixed_rate{5_MBps, {.latency = 4_ms}}).split != used);
  CHECK(kept.reason == "kept: the gain is small");
}

TEST_CASE("each batch size has its costs, and every decision a reason") {
  world session = steady(20.0);
  adaptive_controller controller{toy()};
  for (batch_size const batch : {1_batch, 4_batch, 2_batch}) {
    inference_record const record = session.infer(controller, batch);
    CHECK_FALSE(record.decided.reason.empty());
    CHECK(record.batch == batch);
  }
  CHECK(controller.link(0, at(session.time())).has_value());
  CHECK(code_of([&] { controller.link(1); }) == errc::bad_quantity);
  CHECK(code_of([&] { controller.use_routes(0); }) == errc::bad_quantity);
  CHECK(code_of([] { adaptive_controller{toy(), {.cooldown = -1_s}}; }) == errc::bad_quantity);
  CHECK(code_of([&] { controller.decide(batch_size{0}); }) == errc::bad_batch);
}

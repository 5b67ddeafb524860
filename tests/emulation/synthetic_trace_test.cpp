#include <dsc/emulation/synthetic_trace.hpp>

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <limits>
#include <string>
#include <vector>

#include <dsc/cost/loaded.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinite = std::numeric_limits<double>::infinity();

// Written down once: the same under every compiler, when it compiles and when it runs.

constexpr bool has_rates(rate_trace const& trace, std::initializer_list<data_rate> rates) {
  if (trace.samples().size() != rates.size()) return false;
  std::size_t i = 0;
  for (data_rate const rate : rates)
    if (trace.samples()[i++].rate != rate) return false;
  return true;
}
constexpr bool stays_what_it_was() {
  gilbert_elliott_parameters const dips{.good = 8_MBps, .bad = 1_MBps, .odds = {.going_bad = 0.3, .recovering = 0.5}};
  return has_rates(gilbert_elliott(dips, {.samples = 8, .seed = 3}),
                   {1_MBps, 1_MBps, 1_MBps, 8_MBps, 1_MBps, 1_MBps, 8_MBps, 8_MBps}) &&
         has_rates(random_walk({.mean = 8_MBps}, {.samples = 5, .seed = 3}),
                   {4577119_Bps, 4557542_Bps, 6357827_Bps, 7258922_Bps, 5332993_Bps});
}
static_assert(stays_what_it_was());
TEST_CASE("generated traces are the same at compile time and at run time", "[generated]") {
  REQUIRE(stays_what_it_was());
}

TEST_CASE("the same seed makes the same trace", "[generated]") {
  CHECK(gilbert_elliott().samples() == gilbert_elliott().samples());
  CHECK(gilbert_elliott({}, {.samples = 600, .seed = 1}).samples() !=
        gilbert_elliott({}, {.samples = 600, .seed = 2}).samples());
  CHECK(random_walk().samples() == random_walk().samples());
  CHECK(random_walk({}, {.seed = 1}).samples() != random_walk({}, {.seed = 2}).samples());
  // A longer trace begins as the shorter one.
  std::vector<rate_sample> const shorter = random_walk({}, {.samples = 50}).samples(),
                                 longer = random_walk({}, {.samples = 80}).samples();
  CHECK(std::equal(shorter.begin(), shorter.end(), longer.begin()));
}

TEST_CASE("a trace is sampled as it was asked for", "[generated]") {
  rate_trace const trace =
      random_walk({}, {.samples = 40, .step = 250_ms, .end = trace_end::loop, .parameters = {.latency = 5_ms}});
  CHECK(trace.samples().size() == 40);
  CHECK(trace.samples()[3].at == seconds{0.75});
  CHECK(trace.length() == 10_s);
  CHECK(trace.end() == trace_end::loop);
  CHECK(trace.parameters().latency == 5_ms);
  CHECK(gilbert_elliott({}, {.samples = 1}).length() == 1_s);
}

constexpr std::size_t many = 200'000;

// Bad spells of a long chain: how many steps, how many spells.
struct spells {
  double bad = 0.0;
  double count = 0.0;
};
spells spells_of(two_state_odds const& odds, std::uint64_t seed) {
  two_state_chain chain{odds, seed};
  spells outages;
  bool before = false;
  for (std::size_t i = 0; i < many; ++i) {
    bool const bad = chain.next();
    outages.bad += bad ? 1.0 : 0.0;
    outages.count += bad && !before ? 1.0 : 0.0;
    before = bad;
  }
  return outages;
}

TEST_CASE("a chain is bad as often and as long as its odds say", "[generated]") {
  for (two_state_odds const odds :
       {two_state_odds{}, two_state_odds{0.3, 0.5}, two_state_odds{0.01, 0.1}, two_state_odds{0.5, 0.9}}) {
    CAPTURE(odds.going_bad, odds.recovering);
    spells const outages = spells_of(odds, 11);
    CHECK(outages.bad / static_cast<double>(many) == Approx(odds.bad_share()).epsilon(0.06));
    CHECK(outages.bad / outages.count == Approx(1.0 / odds.recovering).epsilon(0.06));
  }
}

TEST_CASE("a chain may stay where it is, or change at every step", "[generated]") {
  CHECK(spells_of({.going_bad = 0.0, .recovering = 0.0}, 1).bad == 0.0);
  CHECK(spells_of({.going_bad = 0.0, .recovering = 0.5}, 1).bad == 0.0);
  CHECK(spells_of({.going_bad = 0.5, .recovering = 0.0}, 1).bad == static_cast<double>(many));
  CHECK(spells_of({.going_bad = 1.0, .recovering = 1.0}, 1).count == static_cast<double>(many) / 2.0);
}

TEST_CASE("a chain and a walk begin as they go on", "[generated]") {
  double bad = 0.0, sum = 0.0;
  constexpr int seeds = 20'000;
  for (std::uint64_t seed = 0; seed < seeds; ++seed) {
    bad += two_state_chain{{.going_bad = 0.1, .recovering = 0.3}, seed}.next() ? 1.0 : 0.0;
    sum += bounded_walk{{}, seed}.next();
  }
  CHECK(bad / seeds == Approx(0.25).epsilon(0.05));
  CHECK(sum / seeds == Approx(1.0).epsilon(0.02));
}

double mean_rate(rate_trace const& trace) {
  double sum = 0.0;
  for (rate_sample const& sample : trace.samples()) sum += sample.rate.bytes_per_second;
  return sum / static_cast<double>(trace.samples().size());
}

TEST_CASE("a Gilbert-Elliott channel has two rates, and the mean of its odds", "[generated]") {
  gilbert_elliott_parameters const parameters{
      .good = 10_MBps, .bad = data_rate{5e5}, .odds = {.going_bad = 0.1, .recovering = 0.3}};
  rate_trace const trace = gilbert_elliott(parameters, {.samples = many, .seed = 5});
  for (rate_sample const& sample : trace.samples())
    REQUIRE((sample.rate == parameters.good || sample.rate == parameters.bad));
  CHECK(mean_rate(trace) == Approx(0.75 * 10e6 + 0.25 * 5e5).epsilon(0.02));
}

TEST_CASE("a walk keeps its mean, spread, correlation and bounds", "[generated]") {
  for (walk_parameters const parameters : {walk_parameters{}, walk_parameters{.spread = 0.25, .correlation = 1.0},
                                           walk_parameters{.spread = 0.8, .correlation = 40.0}}) {
    bounded_walk walk{parameters, 7};
    std::vector<double> logarithms;
    double sum = 0.0;
    for (std::size_t i = 0; i < many; ++i) {
      double const factor = walk.next();
      REQUIRE((factor >= parameters.lowest() && factor <= parameters.highest()));
      sum += factor;
      logarithms.push_back(std::log(factor));
    }
    double middle = 0.0, variance = 0.0, product = 0.0;
    for (double const x : logarithms) middle += x / static_cast<double>(many);
    for (double const x : logarithms) variance += (x - middle) * (x - middle) / static_cast<double>(many);
    auto const lag = static_cast<std::size_t>(parameters.correlation);
    for (std::size_t i = lag; i < many; ++i)
      product += (logarithms[i] - middle) * (logarithms[i - lag] - middle) / static_cast<double>(many);
    CAPTURE(parameters.spread, parameters.correlation);
    CHECK(sum / static_cast<double>(many) == Approx(1.0).epsilon(0.04));
    CHECK(std::sqrt(variance) == Approx(parameters.spread).epsilon(0.04));
    CHECK(product / variance == Approx(std::exp(-1.0)).epsilon(0.1));
  }
}

TEST_CASE("narrow bounds hold a walk", "[generated]") {
  walk_parameters const parameters{.spread = 0.5, .correlation = 5.0, .bound = 1.0};
  bounded_walk walk{parameters, 1};
  std::size_t at_bounds = 0;
  for (std::size_t i = 0; i < 1000; ++i) {
    double const factor = walk.next();
    REQUIRE((factor >= parameters.lowest() && factor <= parameters.highest()));
    at_bounds += factor == parameters.lowest() || factor == parameters.highest() ? 1 : 0;
  }
  CHECK(at_bounds > 0);
  CHECK(parameters.highest() == Approx(std::exp(0.375)));
  CHECK(parameters.lowest() == Approx(std::exp(-0.625)));
}

TEST_CASE("a walk's rates have its mean and are whole bytes", "[generated]") {
  random_walk_parameters const parameters{.mean = 20_MBps, .spread = 0.4, .correlation = 5_s};
  rate_trace const trace = random_walk(parameters, {.samples = many, .step = 500_ms, .seed = 3});
  walk_parameters const walk = parameters.in_steps_of(500_ms);
  CHECK(walk.correlation == 10.0);
  CHECK(mean_rate(trace) == Approx(20e6).epsilon(0.02));
  for (rate_sample const& sample : trace.samples()) {
    double const rate = sample.rate.bytes_per_second;
    REQUIRE(rate == std::floor(rate));
    REQUIRE((rate >= std::floor(20e6 * walk.lowest()) && rate <= std::ceil(20e6 * walk.highest())));
  }
  CHECK(mean_rate(random_walk({.mean = 20_MBps, .spread = 0.0}, {.samples = 9})) == 20e6);
}

TEST_CASE("the same processes drive a server's load", "[generated]") {
  two_state_chain busy{{.going_bad = 0.2, .recovering = 0.5}, 1};
  bounded_walk walk{{.spread = 0.3, .correlation = 20.0}, 2};
  for (int request = 0; request < 100; ++request) {
    server_load const load{.slowdown = busy.next() ? 4.0 * walk.next() : 1.0};
    REQUIRE_NOTHROW(load.check());
  }
}

TEST_CASE("generated traces that mean nothing are refused", "[generated]") {
  auto const chain = [](two_state_odds const& odds) { return code_of([&] { (void)gilbert_elliott({.odds = odds}); }); };
  for (double const chance : {-0.1, 1.1, not_a_number, infinite}) {
    CHECK(chain({.going_bad = chance}) == errc::bad_quantity);
    CHECK(chain({.recovering = chance}) == errc::bad_quantity);
  }
  CHECK(code_of([] { (void)gilbert_elliott({.good = data_rate{-1.0}}); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)gilbert_elliott({.bad = data_rate{not_a_number}}); }) == errc::bad_quantity);

  auto const walk = [](random_walk_parameters const& parameters) {
    return code_of([&] { (void)random_walk(parameters); });
  };
  for (double const value : {-1.0, not_a_number, infinite}) {
    CHECK(walk({.mean = data_rate{value}}) == errc::bad_quantity);
    CHECK(walk({.spread = value}) == errc::bad_quantity);
    CHECK(walk({.correlation = seconds{value}}) == errc::bad_quantity);
    CHECK(walk({.bound = value}) == errc::bad_quantity);
  }
  CHECK(walk({.mean = 0_Bps}) == errc::bad_quantity);
  CHECK(walk({.correlation = 0_s}) == errc::bad_quantity);
  CHECK(walk({.bound = 0.0}) == errc::bad_quantity);
  CHECK(walk({.spread = 5.0}) == errc::bad_quantity);
  CHECK_FALSE(walk({.spread = 0.0}));

  for (seconds const step : {0_s, seconds{-1.0}, seconds{not_a_number}}) {
    CHECK(code_of([&] { (void)random_walk({}, {.step = step}); }) == errc::bad_quantity);
    CHECK(code_of([&] { (void)gilbert_elliott({}, {.step = step}); }) == errc::bad_quantity);
  }
  CHECK(code_of([] { (void)random_walk({}, {.samples = 0}); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)gilbert_elliott({}, {.samples = 0}); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)random_walk({}, {.parameters = {.latency = seconds{-1.0}}}); }) == errc::bad_quantity);
}

TEST_CASE("what is refused is told in a sentence", "[generated]") {
  CHECK_THROWS_WITH(gilbert_elliott({.odds = {.going_bad = 2.0}}),
                    "dsc-101: the chance of going bad must be a number from 0 to 1, but is 2.000000");
  CHECK_THROWS_WITH(random_walk({.spread = 6.0}),
                    "dsc-101: a walk of this spread and bound runs over more than 20 powers of ten; take smaller ones");
}

TEST_CASE("exponentials and roots are those of the standard library", "[generated]") {
  for (double x = -30.0; x < 30.0; x += 0.0137) REQUIRE(detail::exponential(x) == Approx(std::exp(x)).epsilon(1e-13));
  for (double x = 1e-12; x < 1e6; x *= 1.037) REQUIRE(detail::square_root(x) == Approx(std::sqrt(x)).epsilon(1e-14));
  CHECK(detail::exponential(0.0) == 1.0);
  CHECK(detail::exponential(-1e308) == 0.0);
  CHECK(detail::exponential(1e308) == infinite);
  CHECK(detail::square_root(0.0) == 0.0);
}

}  // namespace

#include <dsc/channel/trace.hpp>

#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <dsc/testing/channel.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

static_assert(TwoWayChannel<trace_channel>);

// 100 B/s, from 2 s on nothing, from 5 s on 50 B/s until 8 s: 350 bytes in a round of 8 s.
rate_trace trace_of(trace_end end, link_parameters const& parameters = {}) {
  return rate_trace{{{0_s, 100_Bps}, {2_s, 0_Bps}, {5_s, 50_Bps}}, end, parameters};
}

TEST_CASE("a sample holds until the next one", "[trace]") {
  rate_trace const trace = trace_of(trace_end::hold);
  CHECK(trace.length() == 8_s);
  CHECK(trace.rate_at(0_s) == 100_Bps);
  CHECK(trace.rate_at(seconds{1.999}) == 100_Bps);
  CHECK(trace.rate_at(2_s) == 0_Bps);
  CHECK(trace.rate_at(5_s) == 50_Bps);
  CHECK(trace.at(seconds{2.5}).rate() == 0_Bps);
  CHECK(rate_trace{{{0_s, 1_Bps}}}.length() == 1_s);
}

TEST_CASE("past its end a trace holds, starts over or fails, as was chosen", "[trace]") {
  CHECK(trace_of(trace_end::hold).rate_at(1000_s) == 50_Bps);
  CHECK(trace_of(trace_end::loop).rate_at(9_s) == 100_Bps);
  CHECK(trace_of(trace_end::loop).rate_at(seconds{8e6 + 3}) == 0_Bps);
  CHECK(trace_of(trace_end::fail).rate_at(seconds{7.999}) == 50_Bps);
  CHECK(code_of([] { (void)trace_of(trace_end::fail).rate_at(8_s); }) == errc::trace_ended);
  CHECK(code_of([] { (void)trace_of(trace_end::hold).rate_at(seconds{-0.001}); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)trace_of(trace_end::hold).rate_at(seconds{NAN}); }) == errc::bad_quantity);
}

TEST_CASE("the next change is known", "[trace]") {
  CHECK(trace_of(trace_end::hold).next_change(0_s) == 2_s);
  CHECK(trace_of(trace_end::hold).next_change(2_s) == 5_s);
  CHECK(trace_of(trace_end::hold).next_change(5_s) == never);
  CHECK(trace_of(trace_end::hold).next_change(100_s) == never);
  CHECK(trace_of(trace_end::fail).next_change(6_s) == 8_s);
  CHECK(trace_of(trace_end::loop).next_change(6_s) == 8_s);
  CHECK(trace_of(trace_end::loop).next_change(81_s) == 82_s);
}

TEST_CASE("a transfer lives through changes and outages", "[trace]") {
  rate_trace const trace = trace_of(trace_end::hold);
  CHECK(trace.finish(0_s, 100_B) == 1_s);
  CHECK(trace.finish(0_s, 200_B) == 2_s);
  CHECK(trace.finish(0_s, 250_B) == 6_s);
  CHECK(trace.finish(seconds{1.5}, 100_B) == 6_s);
  CHECK(trace.finish(3_s, 50_B) == 6_s);
  CHECK(trace.finish(3_s, 5000_B) == 105_s);
  CHECK(trace.at(seconds{1.5}).transfer_time(100_B) == seconds{4.5});
}

TEST_CASE("a link's terms come on top of a trace", "[trace]") {
  rate_trace const trace = trace_of(trace_end::hold, {.latency = 1_s, .return_latency = 2_s, .return_rate = 10_Bps});
  CHECK(trace.at(0_s).transfer_time(250_B) == 7_s);
  CHECK(trace.at(0_s).return_time(10_B) == 3_s);
}

TEST_CASE("a transfer over a trace that loops goes on in the next round", "[trace]") {
  rate_trace const trace = trace_of(trace_end::loop);
  CHECK(trace.finish(7_s, 50_B) == 8_s);
  CHECK(trace.finish(7_s, 150_B) == 9_s);
  CHECK(trace.finish(0_s, 350_B) == 8_s);
  CHECK(trace.finish(0_s, 700_B) == 16_s);
  CHECK(trace.finish(0_s, 750_B) == seconds{16.5});
  CHECK(trace.finish(6_s, 350_B) == 14_s);
}

TEST_CASE("very many rounds are no work", "[trace]") {
  rate_trace const trace = trace_of(trace_end::loop);
  CHECK(trace.finish(0_s, bytes{350'000'000'000}) == seconds{8e9});
  CHECK(trace.finish(1_s, bytes{350'000'000'000}) == seconds{8e9 + 1});
}

TEST_CASE("time goes on where a change is too near to be told from now", "[trace]") {
  rate_trace const crawling{{{0_s, data_rate{1e-6}}, {seconds{0.1}, data_rate{2e-6}}, {seconds{0.3}, 0_Bps}},
                            trace_end::loop};
  seconds const end = crawling.finish(0_s, 1'000'000_MB);
  CHECK(end > seconds{1e17});
  CHECK(end < never);
  CHECK(crawling.carried(seconds{1e15}, seconds{1e15 + 1}) >= 0.0);
}

TEST_CASE("a transfer that never ends is never done", "[trace]") {
  rate_trace const dying{{{0_s, 100_Bps}, {1_s, 0_Bps}}};
  CHECK(dying.finish(0_s, 100_B) == 1_s);
  CHECK(dying.finish(0_s, 101_B) == never);
  CHECK(dying.at(5_s).transfer_time(1_B) == never);
  rate_trace const dead{{{0_s, 0_Bps}, {1_s, 0_Bps}}, trace_end::loop};
  CHECK(dead.finish(0_s, 1_B) == never);
  CHECK(trace_of(trace_end::fail).finish(0_s, 350_B) == 8_s);
  CHECK(code_of([] { (void)trace_of(trace_end::fail).finish(0_s, 351_B); }) == errc::trace_ended);
}

// The same integral in small steps, with the rate looked up by hand.
double finish_by_steps(std::vector<rate_sample> const& samples, double length, bool loops, double start,
                       double amount) {
  constexpr double step = 1e-3;
  double left = amount;
  for (long i = 0; i < 10'000'000; ++i) {
    double const t = start + (static_cast<double>(i) + 0.5) * step;
    double const at = loops ? std::fmod(t, length) : t;
    double rate = 0.0;
    for (rate_sample const& sample : samples)
      if (sample.at.count() <= at) rate = sample.rate.bytes_per_second;
    left -= rate * step;
    if (left <= 0.0) return t + 0.5 * step;
  }
  return INFINITY;
}

TEST_CASE("transfers agree with an integration in small steps", "[trace][brute force]") {
  std::mt19937_64 engine{5};
  auto const below = [&](unsigned n) { return static_cast<double>(engine() % n); };
  for (int i = 0; i < 60; ++i) {
    std::vector<rate_sample> samples{{0_s, data_rate{1.0 + below(9)}}};
    for (int s = 0; s < i % 6; ++s)
      samples.push_back({samples.back().at + seconds{0.25 * (1.0 + below(8))}, data_rate{below(4) * 3.0}});
    samples.push_back({samples.back().at + seconds{0.5}, data_rate{2.0}});
    bool const loops = i % 2 == 0;
    rate_trace const trace{samples, loops ? trace_end::loop : trace_end::hold};
    double const start = 0.25 * below(40);
    bytes const amount{static_cast<std::uint64_t>(1.0 + below(60))};
    double const expected =
        finish_by_steps(samples, trace.length().count(), loops, start, static_cast<double>(amount.count));
    seconds const finish = trace.finish(seconds{start}, amount);
    // What is in transit when an outage begins may end on either side of it; there the carried
    // bytes decide.
    bool const near = std::abs(finish.count() - expected) < 0.02;
    bool const carried = std::abs(trace.carried(seconds{start}, finish) - static_cast<double>(amount.count)) < 1e-6;
    CAPTURE(i, start, amount, expected, finish);
    CHECK(carried);
    bool const same_bytes =
        std::abs(trace.carried(seconds{start}, seconds{expected}) - static_cast<double>(amount.count)) < 0.2;
    CHECK((near || same_bytes));
  }
}

TEST_CASE("a link carries the integral of its rate", "[trace]") {
  rate_trace const trace = trace_of(trace_end::loop);
  CHECK(trace.carried(0_s, 8_s) == Approx(350.0));
  CHECK(trace.carried(1_s, 6_s) == Approx(150.0));
  CHECK(trace.carried(2_s, 5_s) == 0.0);
  CHECK(trace.carried(3_s, 3_s) == 0.0);
  CHECK(trace.carried(0_s, 80_s) == Approx(3500.0));
}

TEST_CASE("moments of traces keep the laws of channels", "[trace][laws]") {
  constexpr std::array amounts{0_B, 1_B, 99_B, 100_B, 200_B, 201_B, 350_B, 10_kB};
  link_parameters const parameters{.latency = 10_ms, .return_latency = 20_ms, .return_rate = 1000_Bps};
  for (trace_end const end : {trace_end::hold, trace_end::loop}) {
    rate_trace const trace = trace_of(end, parameters);
    for (double const t : {0.0, 1.0, 2.0, 3.5, 7.9, 8.0, 100.0})
      CHECK(laws::check_two_way_channel(trace.at(seconds{t}), amounts).empty());
  }
}

TEST_CASE("traces that mean nothing are refused", "[trace]") {
  auto const code = [](std::vector<rate_sample> samples) { return code_of([&] { rate_trace{samples}; }); };
  CHECK(code({}) == errc::bad_trace);
  CHECK(code({{1_s, 1_Bps}}) == errc::bad_trace);
  CHECK(code({{0_s, 1_Bps}, {2_s, 1_Bps}, {1_s, 1_Bps}}) == errc::bad_trace);
  CHECK(code({{0_s, 1_Bps}, {0_s, 1_Bps}}) == errc::bad_trace);
  CHECK(code({{0_s, 1_Bps}, {seconds{NAN}, 1_Bps}}) == errc::bad_trace);
  CHECK(code({{0_s, 1_Bps}, {never, 1_Bps}}) == errc::bad_trace);
  CHECK(code({{0_s, data_rate{-1.0}}}) == errc::bad_trace);
  CHECK(code({{0_s, data_rate{NAN}}}) == errc::bad_trace);
  CHECK(code_of([] { trace_of(trace_end::hold, {.latency = seconds{-1.0}}); }) == errc::bad_quantity);
}

TEST_CASE("a trace may hold a rate without limit", "[trace]") {
  rate_trace const trace{{{0_s, 1_MBps}, {1_s, unlimited}, {2_s, 1_MBps}}, trace_end::loop};
  CHECK(trace.finish(seconds{0.5}, 500_kB) == 1_s);
  CHECK(trace.finish(seconds{0.5}, 900_MB) == 1_s);
  CHECK(trace.finish(seconds{1.5}, 900_MB) == seconds{1.5});
  CHECK(trace.carried(seconds{1.0}, seconds{1.5}) == std::numeric_limits<double>::infinity());
}

TEST_CASE("steps below a nanosecond and rates that are as good as none are refused", "[trace]") {
  auto const code = [](std::vector<rate_sample> samples) {
    return code_of([&] { rate_trace{samples, trace_end::loop}; });
  };
  // Each of these once hung the library or was undefined behaviour.
  CHECK(code({{0_s, megabytes_per_second(1.0)}, {seconds{1e-300}, megabytes_per_second(1.0)}}) == errc::bad_trace);
  CHECK(code({{0_s, 0_Bps}, {1_s, megabytes_per_second(1e-17)}}) == errc::bad_trace);
  CHECK(code({{0_s, megabytes_per_second(1e-20)}, {1_s, megabytes_per_second(1e-20)}}) == errc::bad_trace);
  CHECK(code({{0_s, 1_Bps}, {seconds{0.9e-9}, 1_Bps}}) == errc::bad_trace);
  CHECK(code({{0_s, 1_Bps}, {seconds{1e-9}, 1_Bps}}) == std::nullopt);
  CHECK(code({{0_s, data_rate{1e-6}}}) == std::nullopt);
}

TEST_CASE("the worst traces that are allowed end at once, whatever is asked of them", "[trace]") {
  bytes const most{~std::uint64_t{0}};
  for (trace_end const end : {trace_end::hold, trace_end::loop}) {
    for (rate_trace const& trace :
         {rate_trace{{{0_s, 1_Bps}, {seconds{1e-9}, data_rate{1e-6}}}, end},
          rate_trace{{{0_s, 0_Bps}, {156_s, data_rate{1e-6}}, {seconds{156.0 + 2e-9}, 0_Bps}, {157_s, 1_Bps}}, end},
          rate_trace{{{0_s, data_rate{1e300}}, {1_s, data_rate{1e-6}}}, end}}) {
      for (double const start : {0.0, 0.5, 1e9, 1e17, 1e300}) {
        CHECK(trace.finish(seconds{start}, most) >= seconds{start});
        CHECK(trace.finish(seconds{start}, 0_B) >= seconds{start});
        CHECK(trace.carried(seconds{start}, seconds{start + 1.0}) >= 0.0);
        CHECK(trace.carried(0_s, seconds{start}) >= 0.0);
      }
    }
  }
  CHECK(code_of([] { trace_of(trace_end::loop).rate_at(never); }) == errc::bad_quantity);
  CHECK(code_of([] { trace_of(trace_end::fail).carried(0_s, 9_s); }) == errc::trace_ended);
}

}  // namespace

#include "catch.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include <dsc/channel/link_estimator.hpp>
#include <dsc/emulation/random.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

constexpr time_point at(seconds t) { return deadline_after(time_point{}, t); }

// What people use: a moving mean of bytes over time.
class mean_goodput {
 public:
  void observe(bytes amount, seconds time) {
    double const seen = static_cast<double>(amount.count) / time.count();
    rate_ = rate_ == 0.0 ? seen : rate_ + 0.3 * (seen - rate_);
  }
  seconds predicted(bytes amount) const { return amount / data_rate{rate_}; }

 private:
  double rate_ = 0.0;
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

struct errors {
  std::vector<double> estimator, goodput;
};

// Sizes vary twentyfold, times by 2 %; halfway the rate falls to a quarter; every tenth transfer
// follows a pause.
errors errors_over(data_rate rate, seconds round_trip, std::uint64_t seed) {
  splitmix64 random{seed};
  link_estimator estimator;
  mean_goodput goodput;
  estimator.observe_echo(round_trip + 0.1_ms);
  errors all;
  seconds now{};
  for (int i = 0; i < 60; ++i) {
    if (i == 30) rate = data_rate{0.25 * rate.bytes_per_second};
    bytes const size{static_cast<std::uint64_t>(30e3 * std::exp(random.uniform(0.0, std::log(20.0))))};
    seconds const time = (round_trip + 0.1_ms + size / rate) * std::exp(0.02 * random.normal());
    if (i >= 5) {
      all.estimator.push_back(std::abs(estimator.estimate(at(now))->transfer_time(size) / time - 1.0));
      all.goodput.push_back(std::abs(goodput.predicted(size) / time - 1.0));
    }
    now += time + (i % 10 == 9 ? 3_s : 50_ms);
    estimator.observe_transfer(size, time, at(now));
    goodput.observe(size, time);
  }
  return all;
}

// 602 kB in 80 ms, twice: 8 MB/s behind 5 ms.
constexpr link_estimator steady() {
  link_estimator estimator;
  estimator.observe_echo(5_ms);
  estimator.observe_transfer(600_kB, 80_ms, at(0_s));
  estimator.observe_transfer(600_kB, 80_ms, at(0.1_s));
  return estimator;
}

constexpr double megabytes(link_estimator const& estimator, seconds now) {
  return estimator.estimate(at(now))->rate().bytes_per_second / 1e6;
}

}  // namespace

TEST_CASE("rate and latency are told apart, better than by a mean of the goodput") {
  std::vector<double> mine, theirs;
  for (double const rate : {1.0, 8.0, 32.0})
    for (double const round_trip : {0.0, 0.010, 0.050})
      for (std::uint64_t seed = 1; seed <= 4; ++seed) {
        errors const all = errors_over(megabytes_per_second(rate), seconds{round_trip}, seed);
        mine.insert(mine.end(), all.estimator.begin(), all.estimator.end());
        theirs.insert(theirs.end(), all.goodput.begin(), all.goodput.end());
        CAPTURE(rate, round_trip, seed);
        CHECK(median(all.estimator) < 0.04);
      }
  CAPTURE(median(mine), median(theirs));
  CHECK(median(mine) < 0.025);
  CHECK(median(mine) < 0.3 * median(theirs));
}

TEST_CASE("two sizes are enough where nothing else is known, at compile time too") {
  constexpr fixed_rate link = [] {
    link_estimator estimator;
    for (int i = 0; i < 20; ++i) {
      estimator.observe_transfer(100_kB, 20_ms, at(0.2_s * i));
      estimator.observe_transfer(900_kB, 100_ms, at(0.2_s * i + 0.1_s));
    }
    return estimator.estimate(at(4_s)).value();
  }();
  CHECK(link.rate().bytes_per_second == Approx(10e6).epsilon(0.03));
  CHECK(link.latency().count() == Approx(0.010).epsilon(0.1));
}

TEST_CASE("before the first transfer nothing is known, and one transfer is taken for its goodput") {
  link_estimator estimator;
  CHECK_FALSE(estimator.estimate(at(0_s)).has_value());
  CHECK(estimator.age(at(0_s)) == never);
  estimator.observe_echo(10_ms);
  CHECK_FALSE(estimator.estimate(at(0_s)).has_value());
  CHECK(estimator.latency() == 10_ms);

  link_estimator one;
  one.observe_transfer(1_MB, 100_ms, at(0_s));
  CHECK(megabytes(one, 0_s) == Approx(10.0));
  CHECK(one.estimate(at(0_s))->latency() < 1_us);
  CHECK_FALSE(one.separable());
}

TEST_CASE("a change is followed after two transfers") {
  link_estimator estimator = steady();
  CHECK(megabytes(estimator, 0.1_s) == Approx(8.0));
  estimator.observe_transfer(600_kB, 5_ms + 600_kB / 1_MBps, at(1_s));
  CHECK(megabytes(estimator, 1_s) > 3.0);  // one may be a disturbance
  estimator.observe_transfer(600_kB, 5_ms + 600_kB / 1_MBps, at(1.7_s));
  CHECK(megabytes(estimator, 1.7_s) == Approx(1.0).epsilon(0.01));
}

TEST_CASE("a wait for nothing is a bound that fades, never a transfer") {
  link_estimator estimator = steady();
  estimator.observe_wait(600_kB, 0_B, 0_s, 10_ms, at(1_s));  // shorter than promised: says nothing
  CHECK(megabytes(estimator, 1_s) == Approx(8.0));
  estimator.observe_wait(600_kB, 0_B, 0_s, 605_ms, at(1_s));
  CHECK(megabytes(estimator, 1_s) == Approx(1.0));
  CHECK(megabytes(estimator, 1.5_s) == Approx(2.0));
  CHECK(megabytes(estimator, 4_s) == Approx(8.0));  // and no more than before
  CHECK(estimator.age(at(4_s)) > 3_s);

  link_estimator heard = steady();
  heard.observe_wait(600_kB, 0_B, 0_s, 605_ms, at(1_s));
  heard.observe_echo(5_ms);  // it was down and is up again
  CHECK(megabytes(heard, 1_s) == Approx(8.0));
  heard.observe_wait(600_kB, 0_B, 0_s, 605_ms, at(1_s));
  heard.observe_wait(600_kB, 0_B, 0_s, 605_ms, at(2_s));
  heard.observe_echo(5_ms);  // it is alive, and slow
  CHECK(megabytes(heard, 2_s) == Approx(1.0));
}

TEST_CASE("bytes that were confirmed tell the rate of a transfer that was given up") {
  link_estimator estimator = steady();
  estimator.observe_wait(600_kB, 300_kB, 305_ms, 305_ms, at(1_s));
  CHECK(megabytes(estimator, 1_s) <= 2.01);  // the rest was not there in time
  estimator.observe_wait(600_kB, 300_kB, 305_ms, 305_ms, at(2_s));
  CHECK(estimator.estimate(at(9_s))->rate().bytes_per_second == Approx(1e6).epsilon(0.03));
}

TEST_CASE("what TCP costs at the begin of a connection is taken off") {
  seconds const round_trip = 50_ms;
  data_rate const rate = 8_MBps;
  bytes const size = 600_kB;
  double const window = std::min(600e3, rate.bytes_per_second * round_trip.count());
  seconds const begin = round_trip * (std::log2(window / 14480.0) - 0.5);
  auto const seen = [&](bool cold) {
    link_estimator estimator;
    estimator.observe_echo(round_trip);
    estimator.observe_transfer(size, round_trip + size / rate + begin, at(0_s), cold);
    return megabytes(estimator, 0_s);
  };
  CHECK(seen(false) < 4.0);
  CHECK(seen(true) == Approx(8.0).epsilon(0.2));
}

TEST_CASE("an estimate grows stale, and old transfers weigh less") {
  link_estimator estimator = steady();
  CHECK_FALSE(estimator.stale(at(2_s)));
  CHECK(estimator.stale(at(2.2_s)));
  estimator.observe_transfer(600_kB, 5_ms + 600_kB / 7_MBps, at(60_s));
  CHECK(megabytes(estimator, 60_s) == Approx(7.0).epsilon(0.01));
}

TEST_CASE("a late echo raises the latency by little") {
  link_estimator estimator = steady();
  estimator.observe_echo(400_ms);
  CHECK(estimator.latency() < 9_ms);
  estimator.observe_echo(4_ms);
  CHECK(estimator.latency() < 5.5_ms);
}

TEST_CASE("times that are none are refused, or say nothing") {
  link_estimator estimator = steady();
  estimator.observe_transfer(600_kB, 0_s, at(1_s));
  estimator.observe_transfer(600_kB, never, at(1_s));
  estimator.observe_echo(0_s);
  CHECK(megabytes(estimator, 1_s) == Approx(8.0));
  CHECK(code_of([] { link_estimator{{.decay = 0.0}}; }) == errc::bad_quantity);
  CHECK(code_of([] { link_estimator{{.memory = 0_s}}; }) == errc::bad_quantity);
}

#include "catch.hpp"

#include <cmath>

#include <dsc/cost/calibration.hpp>
#include <dsc/emulation/random.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

constexpr calibration after(int requests, double truth) {
  calibration site;
  for (int i = 0; i < requests; ++i) site.observe(7_split, 10_ms, truth * 10_ms);
  return site;
}

}  // namespace

TEST_CASE("a profile of another machine is right within 20 requests") {
  for (double const truth : {8.0, 2.0, 1.2, 0.5, 0.1}) {
    CAPTURE(truth);
    CHECK(after(8, truth).factor(7_split) == Approx(truth).epsilon(0.10));
    CHECK(after(20, truth).factor(7_split) == Approx(truth).epsilon(0.03));
    CHECK(after(20, truth).factor(3_split) == Approx(truth).epsilon(0.10));  // the others of the site too
  }
  static_assert(after(0, 2.0).factor(7_split) == 1.0);
  static_assert(after(20, 2.0).factor(7_split) > 1.9);
}

TEST_CASE("noise is averaged") {
  splitmix64 random{3};
  calibration site;
  double worst = 0.0;
  for (int i = 0; i < 200; ++i) {
    site.observe(7_split, 10_ms, 10_ms * std::exp(0.05 * random.normal()));
    if (i >= 20) worst = std::max(worst, std::abs(site.factor(7_split) - 1.0));
  }
  CHECK(worst < 0.06);
}

TEST_CASE("one disturbed request moves little") {
  calibration site = after(20, 1.0);
  site.observe(7_split, 10_ms, 100_ms);
  CHECK(site.factor(3_split) < 1.05);
  site.observe(7_split, 10_ms, 100_ms);
  site.observe(7_split, 10_ms, 100_ms);
  CHECK(site.factor(3_split) > 1.5);  // three are none
}

TEST_CASE("splits whose times are wrong in another way are told apart") {
  calibration site;
  for (int i = 0; i < 40; ++i) {
    site.observe(3_split, 10_ms, 10_ms);
    site.observe(9_split, 10_ms, 15_ms);
  }
  CHECK(site.factor(3_split) == Approx(1.0).epsilon(0.08));
  CHECK(site.factor(9_split) == Approx(1.5).epsilon(0.08));
}

TEST_CASE("after a doubt the next observation counts as the first") {
  calibration site = after(50, 1.0);
  site.doubt();
  CHECK(site.factor(7_split) == Approx(1.0));
  CHECK(site.count() == 0);
  site.observe(7_split, 10_ms, 12_ms);
  CHECK(site.factor(3_split) == Approx(std::sqrt(1.2)));
}

TEST_CASE("times of nothing say nothing, options that mean nothing are refused") {
  calibration site;
  site.observe(7_split, 0_s, 1_ms);
  site.observe(7_split, 1_ms, 0_s);
  site.observe(7_split, 1_ms, never);
  CHECK(site.count() == 0);
  CHECK(code_of([] { calibration{{.least_gain = 2.0}}; }) == errc::bad_quantity);
}

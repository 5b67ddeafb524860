#include "catch.hpp"

#include <dsc/decide/load_estimator.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

constexpr time_point at(seconds t) { return deadline_after(time_point{}, t); }

}  // namespace

TEST_CASE("a queue is noticed fast and forgotten slowly, apart from the slowdown") {
  load_estimator load;
  CHECK(load.load(at(0_s)) == server_load{});
  for (int i = 0; i < 3; ++i) load.observe(80_ms, 1.0, at(0.1_s * i));
  CHECK(load.load(at(0.2_s)).queueing_delay > 60_ms);
  CHECK(load.load(at(0.2_s)).slowdown == 1.0);
  load.observe(0_s, 1.0, at(0.3_s));
  CHECK(load.load(at(0.3_s)).queueing_delay > 50_ms);
  for (int i = 0; i < 20; ++i) load.observe(0_s, 1.0, at(0.4_s + 0.1_s * i));
  CHECK(load.load(at(2.3_s)).queueing_delay < 1_ms);
}

TEST_CASE("a slowdown is no queue, and noise is no slowdown") {
  load_estimator load;
  for (int i = 0; i < 5; ++i) load.observe(0_s, 3.0, at(0.1_s * i));
  CHECK(load.load(at(0.4_s)).slowdown == Approx(3.0).epsilon(0.1));
  CHECK(load.load(at(0.4_s)).queueing_delay == 0_s);
  load_estimator quiet;
  for (int i = 0; i < 20; ++i) quiet.observe(0_s, i % 2 == 0 ? 1.1 : 0.9, at(0.1_s * i));
  CHECK(quiet.load(at(2_s)).slowdown == 1.0);
}

TEST_CASE("a load that nobody looks at is forgotten, so that the server is tried again") {
  load_estimator load;
  for (int i = 0; i < 10; ++i) load.observe(100_ms, 4.0, at(0_s));
  CHECK(load.load(at(3_s)).queueing_delay.count() == Approx(0.05).epsilon(0.02));
  CHECK(load.load(at(30_s)).slowdown == 1.0);
  CHECK(load.load(at(30_s)).queueing_delay < 1_ms);
}

TEST_CASE("a load estimator refuses options that mean nothing") {
  CHECK(code_of([] { load_estimator{{.rise = 0.0}}; }) == errc::bad_quantity);
  CHECK(code_of([] { load_estimator{{.half_life = 0_s}}; }) == errc::bad_quantity);
}

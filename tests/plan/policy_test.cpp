#include <dsc/plan/policy.hpp>

#include <array>
#include <cmath>
#include <vector>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

// Split 0 is best above 50 B/s, split 1 from 12.5 B/s on, split 2 below: 100/r + 1, 50/r + 2, 6.
constexpr std::array three{latency_line{{0_split}, 1_s, 100_B}, latency_line{{1_split}, 2_s, 50_B},
                           latency_line{{2_split}, 6_s, 0_B}};

constexpr bool switches_exactly() {
  policy const best{three};
  auto const pieces = best.pieces();
  return best.size() == 3 && pieces[0].from_rate == 0_Bps && pieces[0].to_rate == data_rate{12.5} &&
         pieces[0].split == 2_split && pieces[1].from_rate == data_rate{12.5} && pieces[1].to_rate == 50_Bps &&
         pieces[1].split == 1_split && pieces[2].from_rate == 50_Bps && pieces[2].to_rate == unlimited &&
         pieces[2].split == 0_split;
}
static_assert(switches_exactly());
static_assert(policy{three}.at(50_Bps).split == 0_split);
static_assert(policy{three}.at(data_rate{12.5}).split == 1_split);

TEST_CASE("a policy switches where two lines cross", "[policy]") {
  CHECK(switches_exactly());
  policy const best{three};
  CHECK(best.at(0_Bps).split == 2_split);
  CHECK(best.at(12_Bps).split == 2_split);
  CHECK(best.at(data_rate{std::nextafter(12.5, 0.0)}).split == 2_split);
  CHECK(best.at(13_Bps).split == 1_split);
  CHECK(best.at(data_rate{std::nextafter(50.0, 0.0)}).split == 1_split);
  CHECK(best.at(51_Bps).split == 0_split);
  CHECK(best.at(unlimited).split == 0_split);
  CHECK(best.at(25_Bps).line.at(25_Bps) == 4_s);
}

TEST_CASE("at a switching rate the smaller split is taken, on whichever side it is best", "[policy]") {
  std::array const lines{latency_line{{4_split}, 1_s, 100_B}, latency_line{{2_split}, 3_s, 50_B}};
  CHECK(policy{lines}.at(25_Bps).split == 2_split);
  CHECK(policy{lines}.at(data_rate{std::nextafter(25.0, INFINITY)}).split == 4_split);
}

TEST_CASE("a split that is best at one single rate is no piece", "[policy]") {
  // All three take 2 s at 2 B/s; the smallest of them is nowhere alone the best.
  std::array const lines{latency_line{{2_split}, 0_s, 4_B}, latency_line{{1_split}, 1_s, 2_B},
                         latency_line{{3_split}, 2_s, 0_B}};
  policy const best{lines};
  CHECK(best.size() == 2);
  CHECK(best.at(2_Bps).split == 2_split);
  CHECK(best.at(2_Bps).line.at(2_Bps) == lines[1].at(2_Bps));
}

TEST_CASE("of lines that coincide the smaller split stays", "[policy]") {
  std::array const lines{latency_line{{1_split}, 1_s, 10_B}, latency_line{{3_split}, 1_s, 10_B},
                         latency_line{{2_split}, 5_s, 0_B}, latency_line{{4_split}, 5_s, 0_B}};
  policy const best{lines};
  REQUIRE(best.size() == 2);
  CHECK(best.pieces()[0].split == 2_split);
  CHECK(best.pieces()[1].split == 1_split);
}

TEST_CASE("a line that carries less and waits no longer takes the whole axis", "[policy]") {
  std::array const lines{latency_line{{0_split}, 2_s, 100_B}, latency_line{{1_split}, 2_s, 50_B},
                         latency_line{{2_split}, 1_s, 20_B}};
  policy const best{lines};
  REQUIRE(best.size() == 1);
  CHECK(best.pieces()[0].split == 2_split);
  CHECK(best.pieces()[0].from_rate == 0_Bps);
  CHECK(best.pieces()[0].to_rate == unlimited);
}

TEST_CASE("without a channel a policy takes what needs none, or says that nothing does", "[policy]") {
  CHECK(policy{three}.at(0_Bps).split == 2_split);
  std::array const sending{three[0], three[1]};
  CHECK(policy{sending}.at(1_Bps).split == 1_split);
  CHECK(code_of([&] { (void)policy{sending}.at(0_Bps); }) == errc::no_plan);
}

TEST_CASE("rates that are none and lines that never end are refused", "[policy]") {
  policy const best{three};
  CHECK(code_of([&] { (void)best.at(data_rate{-1.0}); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)best.at(data_rate{NAN}); }) == errc::bad_quantity);
  std::array const endless{latency_line{{0_split}, never, 1_B}};
  CHECK(code_of([&] { (void)policy{endless}; }) == errc::no_plan);
  std::array const unknown{latency_line{{0_split}, seconds{NAN}, 1_B}};
  CHECK(code_of([&] { (void)policy{unknown}; }) == errc::bad_quantity);
  CHECK(code_of([] { (void)policy{std::vector<latency_line>{}}; }) == errc::no_plan);
}

}  // namespace

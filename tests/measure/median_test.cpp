#include <dsc/measure/median.hpp>

#include <dsc/units.hpp>

#include "../catch.hpp"

namespace {

using namespace dsc::literals;

TEST_CASE("the median is the value in the middle") {
  CHECK(dsc::median(std::vector{4.0}) == 4.0);
  CHECK(dsc::median(std::vector{9.0, 1.0, 5.0}) == 5.0);
  CHECK(dsc::median(std::vector{8.0, 1.0, 3.0, 5.0}) == 4.0);
  CHECK(dsc::median(std::vector{3_s, 1_s}) == 2_s);
}

}  // namespace

#include <dsc/plan/cost_warnings.hpp>

#include "../catch.hpp"
#include "small_network.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;

// Tails that were measured on their own, so that noise may make a deeper one the longer.
struct measured_tails {
  std::vector<double> tails;
  constexpr seconds time(layer_span span, batch_size) const {
    return seconds{tails[span.begin.layers] - tails[span.end.layers]};
  }
  constexpr seconds tail_time(split_point split, batch_size) const { return seconds{tails[split.layers]}; }
};

constexpr auto warnings_of(layer_times const& device, measured_tails const& server) {
  return cost_warnings(
      planner{network_of(100, {90, 80, 10}), sites{device, server}, candidates<>{.filter = every_split}}, 1_batch);
}

static_assert(warnings_of({{2, 2, 2}}, {{3, 2, 1, 0}}).empty());
static_assert(warnings_of({{2, 2, 2}}, {{3, 2, 2.5, 0}}).front().split == 2_split);

TEST_CASE("tails that grow with depth are warned of", "[warnings]") {
  auto const warnings = warnings_of({{6, 6, 6}}, {{2.0, 2.25, 2.75, 0.0}});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].what == cost_warning::kind::tail_grows);
  CHECK(warnings[0].batch == 1_batch);
  CHECK(warnings[0].split == 2_split);
  CHECK(warnings[0].worst == seconds{0.5});
  CHECK(warnings[0].share == Approx(0.75 / 2.0));
}

TEST_CASE("a device faster than the server is warned of", "[warnings]") {
  auto const warnings = warnings_of({{0.5, 2.0, 0.75}}, {{3.0, 2.0, 1.0, 0.0}});
  REQUIRE(warnings.size() == 1);
  CHECK(warnings[0].what == cost_warning::kind::device_faster);
  CHECK(warnings[0].split == 1_split);
  CHECK(warnings[0].worst == seconds{0.5});
  CHECK(warnings[0].share == Approx(0.75 / 3.0));
}

TEST_CASE("differences below the tolerance are left alone", "[warnings]") {
  layer_times const device{{3, 3, 3}};
  measured_tails const server{{3.0, 2.0, 2.002, 0.0}};
  CHECK(warnings_of(device, server).empty());
  planner const all{network_of(100, {90, 80, 10}), sites{device, server}, candidates<>{.filter = every_split}};
  CHECK(cost_warnings(all, 1_batch, 0.0).size() == 1);
}

TEST_CASE("both kinds may stand side by side", "[warnings]") {
  auto const warnings = warnings_of({{0.1, 0.1, 0.1}}, {{2.0, 2.5, 1.0, 0.0}});
  REQUIRE(warnings.size() == 2);
  CHECK(warnings[0].what == cost_warning::kind::tail_grows);
  CHECK(warnings[1].what == cost_warning::kind::device_faster);
}

}  // namespace

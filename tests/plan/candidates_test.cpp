#include <dsc/plan/candidates.hpp>

#include <initializer_list>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/model/zoo/models.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "small_network.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;

constexpr std::vector<split_point> splits(std::initializer_list<std::size_t> list) {
  std::vector<split_point> points;
  for (std::size_t const l : list) points.push_back(split_point{l});
  return points;
}

// |h_l| for l = 0..6
constexpr auto zigzag() { return network_of(100, {120, 80, 90, 80, 40, 60}); }

static_assert(candidate_splits(zigzag(), candidates{.filter = every_split}) == splits({0, 1, 2, 3, 4, 5, 6}));
static_assert(candidate_splits(zigzag(), candidates{.filter = undominated}) == splits({0, 1, 2, 3, 4, 5, 6}));
static_assert(candidate_splits(zigzag(), candidates{.filter = natural}) == splits({0, 2, 3, 4, 5, 6}));
static_assert(candidate_splits(zigzag(), candidates{.filter = compressive}) == splits({0, 2, 5, 6}));

TEST_CASE("without the raw input, compressive candidates begin with the first layer, natural or not", "[candidates]") {
  CHECK(candidate_splits(zigzag(), candidates{.filter = compressive, .min_split = 1_split}) == splits({1, 2, 5, 6}));
  CHECK(candidate_splits(zigzag(), candidates{.filter = natural, .min_split = 1_split}) == splits({2, 3, 4, 5, 6}));
  CHECK(candidate_splits(zigzag(), candidates{.filter = compressive, .min_split = 3_split}) == splits({3, 4, 5, 6}));
}

TEST_CASE("limits hold for the ends too", "[candidates]") {
  CHECK(candidate_splits(zigzag(), candidates{.filter = every_split, .max_split = 4_split}) == splits({0, 1, 2, 3, 4}));
  CHECK(candidate_splits(zigzag(), candidates{.filter = compressive, .min_split = 6_split}) == splits({6}));
  CHECK(candidate_splits(zigzag(), candidates{.filter = every_split, .min_split = 2_split, .max_split = 2_split}) ==
        splits({2}));
}

TEST_CASE("a selection leaves 0 and L among the candidates", "[candidates]") {
  auto const none = [](auto const&) { return false; };
  CHECK(candidate_splits(zigzag(), candidates{.filter = every_split, .over = none}) == splits({0, 6}));
  CHECK(candidate_splits(zoo::efficientnet_b0, candidates{.filter = compressive, .over = zoo::blocks}) ==
        splits({0, 3, 5, 7, 13, 20}));
}

TEST_CASE("layers that a selection leaves out set no record", "[candidates]") {
  auto const large = [](small_layer const& layer) { return layer.output_bytes() > 50_B; };
  CHECK(candidate_splits(zigzag(), candidates{.filter = compressive, .over = large}) == splits({0, 2, 6}));
  auto const all_but_80 = [](small_layer const& layer) { return layer.output_bytes() != 80_B; };
  CHECK(candidate_splits(zigzag(), candidates{.filter = compressive, .over = all_but_80}) == splits({0, 3, 5, 6}));
}

TEST_CASE("the paper's candidates are the compressive bottlenecks with both ends", "[candidates]") {
  for (zoo::efficientnet const* net : zoo::models) {
    std::vector<split_point> expected = compressive_bottlenecks(*net, zoo::blocks);
    expected.insert(expected.begin(), 0_split);
    expected.push_back(split_point{layer_count(*net)});
    CHECK(candidate_splits(*net, candidates{.filter = compressive, .over = zoo::blocks}) == expected);
  }
}

TEST_CASE("limits that leave nothing are refused", "[candidates]") {
  CHECK(code_of([] { (void)candidate_splits(zigzag(), candidates{.min_split = 7_split}); }) == errc::bad_split);
  CHECK(code_of([] { (void)candidate_splits(zigzag(), candidates{.min_split = 3_split, .max_split = 2_split}); }) ==
        errc::bad_split);
  CHECK(code_of([] {
          (void)candidate_splits(zigzag(), candidates{.filter = natural, .min_split = 1_split, .max_split = 1_split});
        }) == errc::bad_split);
}

// What a filter's planner and one that weighs every split find for the same state.
template <class Device, class Server>
struct comparison {
  plan filtered, best;
  comparison(small_network const& network, sites<Device, Server> const& costs, candidates<> limits, data_rate rate)
      : filtered{planner{network, costs, limits}.best(1_batch, fixed_rate{rate})} {
    limits.filter = every_split;
    best = planner{network, costs, limits}.best(1_batch, fixed_rate{rate});
  }
};

TEST_CASE("natural candidates may lose where the input must stay on the device", "[candidates]") {
  // Only the large first layer comes before a slow one: at a high rate it is the one to cut after.
  auto const network = network_of(100, {150, 50, 10});
  sites const costs{layer_times{{1.0, 50.0, 50.0}}, layer_times{{1.0, 5.0, 5.0}}};
  comparison const seen{network, costs, {.filter = natural, .min_split = 1_split}, 100_Bps};
  CHECK(seen.best.split == 1_split);
  CHECK(seen.filtered.split == 2_split);
  CHECK(seen.filtered.latency.total() > 4.0 * seen.best.latency.total());
  comparison const kept{network, costs, {.filter = compressive, .min_split = 1_split}, 100_Bps};
  CHECK(kept.filtered == kept.best);
}

TEST_CASE("compressive and natural candidates may lose where the server is the slower site", "[candidates]") {
  // No layer is smaller than the input, and the second is faster on the device.
  auto const network = network_of(100, {100, 100, 10});
  sites const costs{layer_times{{1.0, 1.0, 50.0}}, layer_times{{4.0, 4.0, 1.0}}};
  for (split_filter const filter : {compressive, natural}) {
    comparison const seen{network, costs, {.filter = filter}, 100_Bps};
    CHECK(seen.best.split == 2_split);
    CHECK(seen.best.latency.total() == 4_s);
    CHECK(seen.filtered.split == 0_split);
    CHECK(seen.filtered.latency.total() == 10_s);
  }
  comparison const kept{network, costs, {.filter = undominated}, 100_Bps};
  CHECK(kept.filtered == kept.best);
}

}  // namespace

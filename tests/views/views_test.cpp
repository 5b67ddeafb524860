#include <dsc/views.hpp>

#include <array>
#include <cmath>
#include <ranges>
#include <type_traits>
#include <vector>

#include <range/v3/range/conversion.hpp>
#include <range/v3/range/primitives.hpp>
#include <range/v3/view/take.hpp>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/cost/roofline.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/plan/gain.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

auto const collect = [](auto&& range) { return ranges::to<std::vector>(range); };
constexpr auto& b0 = zoo::efficientnet_b0;

TEST_CASE("bottleneck views hold what the eager functions give", "[views]") {
  for (zoo::efficientnet const* each : zoo::models) {
    for (auto const& net : {*each, each->with_input(element_type::uint8)}) {
      CHECK(collect(net | views::natural_bottlenecks) == natural_bottlenecks(net));
      CHECK(collect(net | views::compressive_bottlenecks) == compressive_bottlenecks(net));
      CHECK(collect(net | views::natural_bottlenecks(zoo::blocks)) == natural_bottlenecks(net, zoo::blocks));
      CHECK(collect(net | views::compressive_bottlenecks(zoo::blocks)) == compressive_bottlenecks(net, zoo::blocks));
      CHECK(collect(views::natural_bottlenecks(net)) == natural_bottlenecks(net));
      CHECK(collect(views::compressive_bottlenecks(net, zoo::blocks)) == compressive_bottlenecks(net, zoo::blocks));
    }
  }
}

TEST_CASE("bottleneck views can be walked twice and piped on", "[views]") {
  auto bottlenecks = b0 | views::compressive_bottlenecks(zoo::blocks);
  CHECK(collect(bottlenecks) == collect(bottlenecks));
  CHECK(collect(b0 | views::compressive_bottlenecks(zoo::blocks) | ranges::views::take(2)) ==
        std::vector{3_split, 5_split});
}

TEST_CASE("a model's splits are the rows of a table", "[views]") {
  auto const rows = collect(b0 | views::splits);
  REQUIRE(rows.size() == layer_count(b0) + 1);
  CHECK(rows[0] == split_row{0_split, "input", b0.input_bytes(), 1.0});
  for (std::size_t l = 1; l < rows.size(); ++l) {
    CHECK(rows[l].split == split_point{l});
    CHECK(rows[l].name == layer_name(b0, l - 1));
    CHECK(rows[l].size == representation_bytes(b0, split_point{l}));
    CHECK(rows[l].ratio == compression_ratio(b0, split_point{l}));
  }
}

// A view would outlive a model that is a temporary: that does not compile.
template <class M, class View>
concept pipes_into = requires(M&& model, View const& view) { std::forward<M>(model) | view; };
static_assert(pipes_into<zoo::efficientnet const&, decltype(views::splits)>);
static_assert(!pipes_into<zoo::efficientnet, decltype(views::splits)>);
static_assert(pipes_into<zoo::efficientnet&, decltype(views::natural_bottlenecks)>);
static_assert(!pipes_into<zoo::efficientnet, decltype(views::natural_bottlenecks)>);
static_assert(!pipes_into<zoo::efficientnet, decltype(views::compressive_bottlenecks(zoo::blocks))>);
static_assert(!pipes_into<int&, decltype(views::splits)>);

TEST_CASE("a range of rates includes both ends", "[views]") {
  CHECK(collect(views::rates(1_MBps, 4_MBps, 1_MBps)) == std::vector{1_MBps, 2_MBps, 3_MBps, 4_MBps});
  CHECK(collect(views::rates(1_MBps, 10_MBps, 4_MBps)) == std::vector{1_MBps, 5_MBps, 9_MBps, 10_MBps});
  CHECK(collect(views::rates(0_MBps, 1_MBps, 5_MBps)) == std::vector{0_MBps, 1_MBps});
  CHECK(collect(views::rates(2_MBps, 2_MBps, 1_MBps)) == std::vector{2_MBps});
  CHECK(ranges::size(views::rates(1_MBps, 127_MBps, 1_MBps)) == 127);
  CHECK(ranges::size(views::rates(0_MBps, 1_MBps, megabytes_per_second(0.1))) == 11);
  CHECK(collect(views::rates(0_MBps, megabytes_per_second(0.3), megabytes_per_second(0.1))).back() ==
        megabytes_per_second(0.3));
}

TEST_CASE("ranges of rates that mean nothing are refused", "[views]") {
  CHECK(code_of([] { (void)views::rates(2_MBps, 1_MBps, 1_MBps); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)views::rates(1_MBps, 2_MBps, 0_MBps); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)views::rates(1_MBps, unlimited, 1_MBps); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)views::rates(data_rate{-1.0}, 1_MBps, 1_MBps); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)views::rates(1_MBps, 2_MBps, data_rate{NAN}); }) == errc::bad_quantity);
  CHECK(code_of([] { (void)views::rates(0_MBps, 1000_MBps, data_rate{1e-3}); }) == errc::bad_quantity);
}

std::array const batches{1_batch, 8_batch};
std::vector<server_load> const loads{{}, {.slowdown = 2.0}};

TEST_CASE("a grid of states holds every combination, the rate changing fastest", "[views]") {
  auto const grid = collect(views::state_grid(batches, views::rates(1_MBps, 2_MBps, 1_MBps), loads));
  std::vector<state> expected;
  for (batch_size const batch : batches)
    for (server_load const& load : loads)
      for (data_rate const rate : {1_MBps, 2_MBps}) expected.push_back({batch, rate, load});
  CHECK(grid == expected);
  CHECK(collect(views::state_grid(batches, views::rates(1_MBps, 2_MBps, 1_MBps))).size() == 4);
  std::vector<batch_size> const none;
  CHECK(collect(views::state_grid(none, views::rates(1_MBps, 2_MBps, 1_MBps))).empty());
}

using grid_view = decltype(views::state_grid(batches, views::rates(1_MBps, 2_MBps, 1_MBps), loads));
static_assert(std::ranges::random_access_range<grid_view>);
static_assert(std::same_as<std::ranges::range_value_t<grid_view>, state>);

planner<roofline, roofline> some_planner() {
  return {b0, sites{roofline{b0, {.peak_flops = 1e10}}, roofline{b0, {.peak_flops = 6e10}}}};
}

TEST_CASE("gains take a grid as it is", "[views]") {
  auto const chooser = some_planner();
  auto grid = views::state_grid(batches, views::rates(1_MBps, 100_MBps, 1_MBps), loads);
  gain_report const lazy = gains(chooser, grid), eager = gains(chooser, collect(grid));
  CHECK(lazy.states == 400);
  CHECK(lazy.mean_latency == eager.mean_latency);
}

TEST_CASE("runs of equal split are those of the policy", "[views]") {
  auto const chooser = some_planner();
  std::vector<data_rate> const rates = collect(views::rates(1_MBps, 100_MBps, 1_MBps));
  std::vector<plan> plans;
  for (data_rate const rate : rates) plans.push_back(chooser.best(1_batch, fixed_rate{rate}));

  std::size_t first = 0, seen = 0;
  policy const best = chooser.policy(1_batch);
  for (auto const& run : plans | views::runs) {
    auto const length = static_cast<std::size_t>(ranges::distance(run.items));
    policy_piece const& piece = best.at(rates[first]);
    CHECK(piece.split == run.split);
    CHECK(piece.from_rate <= rates[first]);
    CHECK(rates[first + length - 1] <= piece.to_rate);
    first += length;
    ++seen;
  }
  CHECK(first == plans.size());
  CHECK(seen > 2);
}

TEST_CASE("runs are of plans, of split points, of anything with a split", "[views]") {
  std::vector const splits{1_split, 1_split, 2_split, 1_split};
  std::vector<std::size_t> lengths;
  for (auto const& run : splits | views::runs) lengths.push_back(static_cast<std::size_t>(ranges::distance(run.items)));
  CHECK(lengths == std::vector<std::size_t>{2, 1, 1});
  CHECK(collect(b0 | views::splits | views::runs | ranges::views::transform([](auto const& run) { return run.split; }))
            .size() == 21);
  std::vector<plan> const none;
  CHECK(ranges::distance(none | views::runs) == 0);
}

}  // namespace

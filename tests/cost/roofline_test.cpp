#include <dsc/cost/roofline.hpp>

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <dsc/model/zoo/models.hpp>

#include <dsc/testing/cost_model.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

static_assert(AdditiveCostModel<roofline>);

struct counted_layer {
  bytes output;
  std::uint64_t multiplications;
  bytes parameters;
  constexpr std::string_view name() const { return "layer"; }
  constexpr bytes output_bytes() const { return output; }
  constexpr std::uint64_t macs() const { return multiplications; }
  constexpr bytes parameter_bytes() const { return parameters; }
};
template <std::size_t N>
struct counted_network {
  bytes input;
  std::array<counted_layer, N> rows;
  constexpr bytes input_bytes() const { return input; }
  constexpr std::span<counted_layer const> layers() const { return rows; }
};

// The first layer computes much, the second moves much.
constexpr counted_network<2> two_layers() {
  return {100_B, {counted_layer{50_B, 1000, 200_B}, counted_layer{400_B, 1, 0_B}}};
}
constexpr processor machine{.peak_flops = 1000.0, .memory_bandwidth = 100_Bps, .launch = 1_s, .efficiency = 0.5};

// dense: 1 + max(2·1000·B / 500, (150 B + 200) / 100); copy: 1 + max(2 B / 500, 450 B / 100)
static_assert(roofline{two_layers(), machine}.layer_time(0, 1_batch) == 5_s);
static_assert(roofline{two_layers(), machine}.layer_time(1, 1_batch) == seconds{5.5});
static_assert(roofline{two_layers(), machine}.time({0_split, 2_split}, 1_batch) == seconds{10.5});

TEST_CASE("a roofline as computed by hand", "[roofline]") {
  roofline const cost{two_layers(), machine};
  CHECK(cost.layer_time(0, 3_batch) == 13_s);
  CHECK(cost.layer_time(1, 2_batch) == 10_s);
  CHECK(cost.time({1_split, 2_split}, 2_batch) == 10_s);
  CHECK(cost.time({1_split, 1_split}, 2_batch) == 0_s);
}

TEST_CASE("parameters are read once for a batch", "[roofline]") {
  counted_network<1> const heavy{1_B, {counted_layer{1_B, 0, 98_B}}};
  roofline const cost{heavy, {.peak_flops = 1.0, .memory_bandwidth = 1_Bps}};
  CHECK(cost.layer_time(0, 1_batch) == 100_s);
  CHECK(cost.layer_time(0, 2_batch) == 102_s);
}

TEST_CASE("without a limit of memory only arithmetic counts", "[roofline]") {
  roofline const cost{zoo::efficientnet_b0, {.peak_flops = 1e9}};
  split_point const all{layer_count(zoo::efficientnet_b0)};
  CHECK(cost.time(head_of(all), 1_batch).count() == Approx(2 * 385'814'752.0 / 1e9));
  CHECK(cost.time(head_of(all), 4_batch).count() == Approx(8 * 385'814'752.0 / 1e9));
}

TEST_CASE("rooflines keep the laws of additive cost models", "[roofline][laws]") {
  constexpr std::array batches{1_batch, 2_batch, 7_batch};
  CHECK(laws::check_additive_cost_model(roofline{two_layers(), machine}, 2, batches).empty());
  CHECK(laws::check_additive_cost_model(roofline{zoo::efficientnet_b0, machine}, layer_count(zoo::efficientnet_b0),
                                        batches)
            .empty());
}

TEST_CASE("processors that mean nothing and spans outside are refused", "[roofline]") {
  auto const code = [](processor const& site) { return code_of([&] { roofline{two_layers(), site}; }); };
  CHECK(code({}) == errc::bad_quantity);
  CHECK(code({.peak_flops = -1.0}) == errc::bad_quantity);
  CHECK(code({.peak_flops = INFINITY}) == errc::bad_quantity);
  CHECK(code({.peak_flops = 1.0, .memory_bandwidth = data_rate{-1.0}}) == errc::bad_quantity);
  CHECK(code({.peak_flops = 1.0, .memory_bandwidth = data_rate{NAN}}) == errc::bad_quantity);
  CHECK(code({.peak_flops = 1.0, .memory_bandwidth = 0_Bps}) == errc::bad_quantity);
  CHECK(code({.peak_flops = 1.0, .launch = seconds{-1.0}}) == errc::bad_quantity);
  CHECK(code({.peak_flops = 1.0, .efficiency = 0.0}) == errc::bad_quantity);
  CHECK(code({.peak_flops = 1.0, .efficiency = 1.5}) == errc::bad_quantity);
  CHECK(code_of([] { (void)roofline{two_layers(), machine}.time({0_split, 3_split}, 1_batch); }) == errc::bad_split);
}

TEST_CASE("no batch and no size is so large that it takes less time") {
  counted_network<1> const wide{bytes{std::uint64_t{1} << 63}, {counted_layer{bytes{std::uint64_t{1} << 63}, 1, 1_B}}};
  roofline const cost{wide, {.peak_flops = 1e300, .memory_bandwidth = 1_MBps}};
  CHECK(cost.layer_time(0, 1_batch).count() == Approx(0x1p64 / 1e6));
  CHECK(cost.layer_time(0, batch_size{std::uint64_t{1} << 54}) >
        cost.layer_time(0, batch_size{std::uint64_t{1} << 53}));
}

}  // namespace

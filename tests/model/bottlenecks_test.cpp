#include <dsc/model/bottlenecks.hpp>

#include <array>
#include <initializer_list>
#include <span>
#include <string_view>
#include <vector>

#include <dsc/model/constant.hpp>
#include <dsc/model/network.hpp>

#include "../catch.hpp"
#include "../support/archetypes.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using splits = std::vector<split_point>;

struct sized_layer {
  bytes output;
  constexpr std::string_view name() const { return "layer"; }
  constexpr bytes output_bytes() const { return output; }
};
struct sized_model {
  bytes input;
  std::vector<sized_layer> rows;
  constexpr bytes input_bytes() const { return input; }
  constexpr std::span<sized_layer const> layers() const { return rows; }
};
static_assert(Model<sized_model>);

// A model of which nothing is known but the bytes of its input and outputs.
constexpr sized_model sizes(std::uint64_t input, std::initializer_list<std::uint64_t> outputs) {
  sized_model model{bytes{input}, {}};
  for (std::uint64_t const output : outputs) model.rows.push_back({bytes{output}});
  return model;
}

constexpr bool hand_checked_bottlenecks() {
  sized_model const net = sizes(8, {8, 10, 6, 7, 6, 5, 4});
  return natural_bottlenecks(net) == splits{3_split, 4_split, 5_split, 6_split, 7_split} &&
         compressive_bottlenecks(net) == splits{3_split, 6_split, 7_split};
}
static_assert(hand_checked_bottlenecks());

constexpr bool ties_are_no_bottlenecks() {
  return natural_bottlenecks(sizes(8, {8, 8, 9})).empty() && compressive_bottlenecks(sizes(8, {8})).empty() &&
         natural_bottlenecks(sizes(8, {8, 7})) == splits{2_split} &&
         compressive_bottlenecks(sizes(8, {5, 5, 5})) == splits{1_split};
}
static_assert(ties_are_no_bottlenecks());

constexpr bool a_record_is_kept_over_larger_layers() {
  return compressive_bottlenecks(sizes(8, {4, 100, 5, 3, 100, 3, 1})) == splits{1_split, 4_split, 7_split};
}
static_assert(a_record_is_kept_over_larger_layers());

constexpr bool selections_keep_the_numbering() {
  sized_model const net = sizes(8, {8, 10, 6, 7, 6, 5, 4});
  auto const not_six = [](sized_layer const& layer) { return layer.output_bytes() != 6_B; };
  auto const none = [](auto const&) { return false; };
  return natural_bottlenecks(net, not_six) == splits{4_split, 6_split, 7_split} &&
         compressive_bottlenecks(net, not_six) == splits{4_split, 6_split, 7_split} &&
         compressive_bottlenecks(net, none).empty();
}
static_assert(selections_keep_the_numbering());

constexpr bool compression_ratios() {
  sized_model const net = sizes(8, {16, 8, 2});
  return compression_ratio(net, 0_split) == 1.0 && compression_ratio(net, 1_split) == 2.0 &&
         compression_ratio(net, 2_split) == 1.0 && compression_ratio(net, 3_split) == 0.25;
}
static_assert(compression_ratios());

static_assert(constant<[] { return compressive_bottlenecks(sizes(8, {8, 10, 6, 7, 6, 5, 4})); }> ==
              std::array{3_split, 6_split, 7_split});
static_assert(constant<[] { return natural_bottlenecks(sizes(8, {9})); }>.empty());
static_assert(natural_bottlenecks(test::model_archetype{}).empty());

TEST_CASE("bottlenecks checked by hand") { REQUIRE(hand_checked_bottlenecks()); }
TEST_CASE("a layer as large as the input, or as the record, is no bottleneck") { REQUIRE(ties_are_no_bottlenecks()); }
TEST_CASE("the record outlives larger layers") { REQUIRE(a_record_is_kept_over_larger_layers()); }
TEST_CASE("a selection keeps the numbering of the whole model") { REQUIRE(selections_keep_the_numbering()); }
TEST_CASE("bottlenecks are judged by bytes as transmitted") {
  tensor_spec const four_floats{element_type::float32, {4}};
  network const floats{"floats", {element_type::float32, {8}}, {network_layer{"a", four_floats}}};
  network const camera{"camera", {element_type::uint8, {8}}, {network_layer{"a", four_floats}}};
  REQUIRE(compression_ratio(floats, 1_split) == 0.5);
  REQUIRE(compression_ratio(camera, 1_split) == 2.0);
  REQUIRE(natural_bottlenecks(floats) == splits{1_split});
  REQUIRE(natural_bottlenecks(camera).empty());
}
TEST_CASE("compression ratios") {
  REQUIRE(compression_ratios());
  REQUIRE(test::code_of([] { return compression_ratio(sizes(8, {1}), 2_split); }) == errc::bad_split);
}

}  // namespace

#include <dsc/model/zoo/models.hpp>

#include <array>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <dsc/concepts.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/constant.hpp>

#include "../catch.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
namespace zoo = dsc::zoo;

static_assert(CountedModel<zoo::efficientnet> && !ExecutableModel<zoo::efficientnet>);

struct counts {
  std::size_t layers;
  std::size_t natural;
  std::size_t compressive;
};

// The first three are those of the blocks, as in the paper (arXiv 2205.11269, table 1); the others
// judge every layer.
constexpr bool has(zoo::efficientnet const& net, counts blocks, counts all) {
  std::size_t const block_count = static_cast<std::size_t>(std::ranges::count_if(net.layers(), zoo::blocks));
  return block_count == blocks.layers && natural_bottlenecks(net, zoo::blocks).size() == blocks.natural &&
         compressive_bottlenecks(net, zoo::blocks).size() == blocks.compressive && layer_count(net) == all.layers &&
         natural_bottlenecks(net).size() == all.natural && compressive_bottlenecks(net).size() == all.compressive;
}
static_assert(has(zoo::efficientnet_b0, {16, 15, 4}, {20, 18, 6}));
static_assert(has(zoo::efficientnet_b1, {23, 21, 4}, {27, 24, 6}));
static_assert(has(zoo::efficientnet_b2, {23, 21, 4}, {27, 24, 6}));
static_assert(has(zoo::efficientnet_b3, {26, 24, 4}, {30, 27, 6}));
static_assert(has(zoo::efficientnet_b4, {32, 30, 4}, {36, 33, 6}));
static_assert(has(zoo::efficientnet_b5, {39, 36, 4}, {43, 39, 6}));
static_assert(has(zoo::efficientnet_b6, {45, 42, 4}, {49, 45, 6}));
static_assert(has(zoo::efficientnet_b7, {55, 44, 3}, {59, 47, 5}));
static_assert(has(zoo::efficientnet_v2_s, {40, 34, 3}, {44, 37, 5}));
static_assert(has(zoo::efficientnet_v2_m, {57, 49, 3}, {61, 52, 5}));
static_assert(has(zoo::efficientnet_v2_l, {79, 68, 3}, {83, 71, 5}));
static_assert(has(zoo::efficientnet_v2_b0, {21, 20, 4}, {25, 23, 6}));
static_assert(has(zoo::efficientnet_v2_b1, {27, 25, 4}, {31, 28, 6}));
static_assert(has(zoo::efficientnet_v2_b2, {28, 26, 4}, {32, 29, 6}));
static_assert(has(zoo::efficientnet_v2_b3, {32, 30, 4}, {36, 33, 6}));

// Which ones, in the numbering of all layers.
static_assert(constant<[] { return compressive_bottlenecks(zoo::efficientnet_b0, zoo::blocks); }> ==
              std::array{3_split, 5_split, 7_split, 13_split});
static_assert(constant<[] { return compressive_bottlenecks(zoo::efficientnet_b0); }> ==
              std::array{3_split, 5_split, 7_split, 13_split, 19_split, 20_split});

// A layer exactly as large as the input is none.
constexpr std::size_t layers_as_large_as_the_input(zoo::efficientnet const& net) {
  return static_cast<std::size_t>(
      std::ranges::count(net.layers(), net.input_bytes(), &zoo::efficientnet_layer::output_bytes));
}
static_assert(layers_as_large_as_the_input(zoo::efficientnet_b7) > 0 &&
              layers_as_large_as_the_input(zoo::efficientnet_v2_s) > 0);

// With the bytes of a camera at the input every feature is four times as large beside it.
constexpr zoo::efficientnet b0_uint8 = zoo::efficientnet_b0.with_input(element_type::uint8);
static_assert(b0_uint8.input_bytes() == 150'528_B && zoo::efficientnet_b0.input_bytes() == 602'112_B);
static_assert(natural_bottlenecks(b0_uint8, zoo::blocks).size() == 13 &&
              compressive_bottlenecks(b0_uint8, zoo::blocks).size() == 3);
static_assert(compression_ratio(b0_uint8, 5_split) == 4.0 * compression_ratio(zoo::efficientnet_b0, 5_split));
static_assert(b0_uint8.with_input(element_type::float32).input() == zoo::efficientnet_b0.input());

constexpr std::uint64_t parameters(zoo::efficientnet const& net) {
  std::uint64_t sum = 0;
  for (auto const& layer : net.layers()) sum += layer.parameters();
  return sum;
}
static_assert(parameters(zoo::efficientnet_b0) == 5'288'548);
static_assert(parameters(zoo::efficientnet_b7) == 66'347'960);
static_assert(parameters(zoo::efficientnet_v2_s) == 21'458'488);
static_assert(parameters(zoo::efficientnet_v2_l) == 118'515'272);

constexpr std::uint64_t macs(zoo::efficientnet const& net) {
  std::uint64_t sum = 0;
  for (auto const& layer : net.layers()) sum += layer.macs();
  return sum;
}
static_assert(macs(zoo::efficientnet_b0) == 385'814'752);
static_assert(macs(zoo::efficientnet_b4) == 4'393'771'024);
static_assert(macs(zoo::efficientnet_b7) == 37'745'884'192);
static_assert(macs(zoo::efficientnet_v2_s) == 8'365'617'152);
static_assert(macs(zoo::efficientnet_v2_l) == 56'079'699'008);

// Keras counts the running mean and variance of every batch normalisation too: two numbers per
// channel of each convolution.
constexpr std::uint64_t running_statistics(zoo::efficientnet_layer const& layer) {
  auto const channels = [](std::int64_t inner, std::int64_t outer) {
    return static_cast<std::uint64_t>(2 * (inner + outer));
  };
  switch (layer.kind) {
    case zoo::layer_kind::stem:
    case zoo::layer_kind::head_conv:
      return channels(0, layer.out_channels);
    case zoo::layer_kind::mbconv:
      return channels(layer.expands() ? 2 * layer.expanded_channels : layer.expanded_channels, layer.out_channels);
    case zoo::layer_kind::fused_mbconv:
      return channels(layer.expands() ? layer.expanded_channels : 0, layer.out_channels);
    case zoo::layer_kind::pool:
    case zoo::layer_kind::classifier:
      return 0;
  }
  return 0;
}
constexpr std::uint64_t parameters_as_keras_counts(zoo::efficientnet const& net) {
  std::uint64_t sum = parameters(net);
  for (auto const& layer : net.layers()) sum += running_statistics(layer);
  return sum;
}
static_assert(parameters_as_keras_counts(zoo::efficientnet_v2_b0) == 7'200'312);
static_assert(parameters_as_keras_counts(zoo::efficientnet_v2_b1) == 8'212'124);
static_assert(parameters_as_keras_counts(zoo::efficientnet_v2_b2) == 10'178'374);
static_assert(parameters_as_keras_counts(zoo::efficientnet_v2_b3) == 14'486'374);

constexpr bool has_input(zoo::efficientnet const& net, std::int64_t side) {
  return net.input() == tensor_spec{element_type::float32, {3, side, side}} &&
         net.layers().back().output() == tensor_spec{element_type::float32, {1000}};
}
static_assert(has_input(zoo::efficientnet_b0, 224) && has_input(zoo::efficientnet_b1, 240) &&
              has_input(zoo::efficientnet_b2, 260));
static_assert(has_input(zoo::efficientnet_b3, 300) && has_input(zoo::efficientnet_b4, 380) &&
              has_input(zoo::efficientnet_b5, 456));
static_assert(has_input(zoo::efficientnet_b6, 528) && has_input(zoo::efficientnet_b7, 600));
static_assert(has_input(zoo::efficientnet_v2_s, 384) && has_input(zoo::efficientnet_v2_m, 480) &&
              has_input(zoo::efficientnet_v2_l, 480));
static_assert(has_input(zoo::efficientnet_v2_b0, 224) && has_input(zoo::efficientnet_v2_b1, 240));
static_assert(has_input(zoo::efficientnet_v2_b2, 260) && has_input(zoo::efficientnet_v2_b3, 300));

// Only these divide by the small epsilon; a wrong one gives errors of 1e-4.
static_assert(zoo::efficientnet_b4.norm_epsilon == 1e-5 && zoo::efficientnet_b5.norm_epsilon == 1e-3 &&
              zoo::efficientnet_v2_s.norm_epsilon == 1e-3);

// A row of B0 in full: the first block of stage 4 (torchvision's features.4.0).
constexpr bool a_row_is_complete() {
  zoo::efficientnet_layer const& row = layer_at(zoo::efficientnet_b0, 6);
  return row.name() == "features.4.0" && row.kind == zoo::layer_kind::mbconv && row.in_channels == 40 &&
         row.expanded_channels == 240 && row.squeeze_channels == 10 && row.out_channels == 80 && row.kernel == 3 &&
         row.stride == 2 && !row.has_residual() && row.is_block() &&
         row.output() == tensor_spec{element_type::float32, {80, 14, 14}} &&
         layer_at(zoo::efficientnet_b0, 7).has_residual();
}
static_assert(a_row_is_complete());

// torchvision's module names, from the number of blocks in each stage.
std::vector<std::string> module_names(std::initializer_list<int> stages) {
  std::vector<std::string> names{"features.0"};
  int stage = 0;
  for (int const blocks : stages) {
    ++stage;
    for (int i = 0; i < blocks; ++i) names.push_back("features." + std::to_string(stage) + "." + std::to_string(i));
  }
  names.insert(names.end(), {"features." + std::to_string(stage + 1), "avgpool", "classifier"});
  return names;
}

std::vector<std::string> layer_names(zoo::efficientnet const& net) {
  std::vector<std::string> names;
  for (auto const& layer : net.layers()) names.emplace_back(layer.name());
  return names;
}

TEST_CASE("layers are named as torchvision's modules") {
  REQUIRE(layer_names(zoo::efficientnet_b0) ==
          std::vector<std::string>{"features.0",   "features.1.0", "features.2.0", "features.2.1", "features.3.0",
                                   "features.3.1", "features.4.0", "features.4.1", "features.4.2", "features.5.0",
                                   "features.5.1", "features.5.2", "features.6.0", "features.6.1", "features.6.2",
                                   "features.6.3", "features.7.0", "features.8",   "avgpool",      "classifier"});
  REQUIRE(layer_names(zoo::efficientnet_b1) == module_names({2, 3, 3, 4, 4, 5, 2}));
  REQUIRE(layer_names(zoo::efficientnet_b2) == module_names({2, 3, 3, 4, 4, 5, 2}));
  REQUIRE(layer_names(zoo::efficientnet_b3) == module_names({2, 3, 3, 5, 5, 6, 2}));
  REQUIRE(layer_names(zoo::efficientnet_b4) == module_names({2, 4, 4, 6, 6, 8, 2}));
  REQUIRE(layer_names(zoo::efficientnet_b5) == module_names({3, 5, 5, 7, 7, 9, 3}));
  REQUIRE(layer_names(zoo::efficientnet_b6) == module_names({3, 6, 6, 8, 8, 11, 3}));
  REQUIRE(layer_names(zoo::efficientnet_b7) == module_names({4, 7, 7, 10, 10, 13, 4}));
  REQUIRE(layer_names(zoo::efficientnet_v2_s) == module_names({2, 4, 4, 6, 9, 15}));
  REQUIRE(layer_names(zoo::efficientnet_v2_m) == module_names({3, 5, 5, 7, 14, 18, 5}));
  REQUIRE(layer_names(zoo::efficientnet_v2_l) == module_names({4, 7, 7, 10, 19, 25, 7}));
  REQUIRE(layer_names(zoo::efficientnet_v2_b0) == module_names({1, 2, 2, 3, 5, 8}));
  REQUIRE(layer_names(zoo::efficientnet_v2_b1) == module_names({2, 3, 3, 4, 6, 9}));
  REQUIRE(layer_names(zoo::efficientnet_v2_b2) == module_names({2, 3, 3, 4, 6, 10}));
  REQUIRE(layer_names(zoo::efficientnet_v2_b3) == module_names({2, 3, 3, 5, 7, 12}));
}

TEST_CASE("the zoo lists every model by its name") {
  std::vector<std::string> names;
  for (zoo::efficientnet const* net : zoo::models) names.emplace_back(net->name());
  REQUIRE(names == std::vector<std::string>{"efficientnet_b0", "efficientnet_b1", "efficientnet_b2", "efficientnet_b3",
                                            "efficientnet_b4", "efficientnet_b5", "efficientnet_b6", "efficientnet_b7",
                                            "efficientnet_v2_s", "efficientnet_v2_m", "efficientnet_v2_l",
                                            "efficientnet_v2_b0", "efficientnet_v2_b1", "efficientnet_v2_b2",
                                            "efficientnet_v2_b3"});
}

TEST_CASE("the counts hold at run time too") {
  REQUIRE(has(zoo::efficientnet_b0, {16, 15, 4}, {20, 18, 6}));
  REQUIRE(has(zoo::efficientnet_v2_l, {79, 68, 3}, {83, 71, 5}));
  REQUIRE(parameters(zoo::efficientnet_b7) == 66'347'960);
  REQUIRE(macs(zoo::efficientnet_v2_s) == 8'365'617'152);
  REQUIRE(a_row_is_complete());
}

}  // namespace

#include <dsc/model/zoo/classics.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/constant.hpp>

#include "../catch.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
namespace zoo = dsc::zoo;

static_assert(CountedModel<zoo::classic> && !ExecutableModel<zoo::classic>);

constexpr zoo::classic camera(zoo::classic const& net) { return net.with_input(element_type::uint8); }

struct counts {
  std::size_t layers;
  std::size_t natural;
  std::size_t compressive;
};

// The first three are those of the blocks; the others judge every layer.
constexpr bool has(zoo::classic const& net, counts blocks, counts all) {
  std::size_t block_count = 0;
  for (auto const& layer : net.layers()) block_count += zoo::blocks(layer) ? 1 : 0;
  return block_count == blocks.layers && natural_bottlenecks(net, zoo::blocks).size() == blocks.natural &&
         compressive_bottlenecks(net, zoo::blocks).size() == blocks.compressive && layer_count(net) == all.layers &&
         natural_bottlenecks(net).size() == all.natural && compressive_bottlenecks(net).size() == all.compressive;
}
static_assert(has(zoo::vgg16, {18, 5, 2}, {22, 9, 4}));
static_assert(has(zoo::resnet50, {16, 3, 1}, {20, 5, 3}));
static_assert(has(zoo::mobilenet_v3_large, {15, 14, 4}, {20, 18, 5}));
static_assert(has(zoo::densenet121, {61, 35, 3}, {66, 38, 5}));

static_assert(has(camera(zoo::vgg16), {18, 1, 1}, {22, 5, 3}));
static_assert(has(camera(zoo::resnet50), {16, 0, 0}, {20, 2, 2}));
static_assert(has(camera(zoo::mobilenet_v3_large), {15, 12, 3}, {20, 15, 4}));
static_assert(has(camera(zoo::densenet121), {61, 8, 1}, {66, 10, 3}));

// Which ones, in the numbering of all layers.
static_assert(constant<[] { return compressive_bottlenecks(zoo::vgg16, zoo::blocks); }> ==
              std::array{14_split, 18_split});
static_assert(constant<[] { return compressive_bottlenecks(zoo::resnet50, zoo::blocks); }> == std::array{16_split});
static_assert(constant<[] { return compressive_bottlenecks(zoo::mobilenet_v3_large, zoo::blocks); }> ==
              std::array{3_split, 5_split, 8_split, 14_split});
static_assert(constant<[] { return compressive_bottlenecks(zoo::densenet121, zoo::blocks); }> ==
              std::array{9_split, 22_split, 47_split});
static_assert(compression_ratio(zoo::vgg16, 18_split) == 1.0 / 6.0 &&
              compression_ratio(zoo::resnet50, 16_split) == 2.0 / 3.0);

struct work {
  std::uint64_t parameters = 0;
  std::uint64_t macs = 0;

  friend constexpr bool operator==(work const&, work const&) = default;
};
constexpr work work_of(zoo::classic const& net) {
  work sum;
  for (auto const& layer : net.layers()) {
    sum.parameters += layer.parameters();
    sum.macs += layer.macs();
  }
  return sum;
}
// Parameters as torchvision publishes them; MACs of convolutions and linear layers to the last one,
// published as 15.47, 4.09, 0.22 and 2.83 G.
static_assert(work_of(zoo::vgg16) == work{138'357'544, 15'470'264'320});
static_assert(work_of(zoo::resnet50) == work{25'557'032, 4'089'184'256});
static_assert(work_of(zoo::mobilenet_v3_large) == work{5'483'032, 216'589'760});
static_assert(work_of(zoo::densenet121) == work{7'978'856, 2'834'161'664});

constexpr bool goes_from_image_to_classes(zoo::classic const& net) {
  return net.input() == tensor_spec{element_type::float32, {3, 224, 224}} &&
         net.layers().back().output() == tensor_spec{element_type::float32, {1000}};
}
static_assert(goes_from_image_to_classes(zoo::vgg16) && goes_from_image_to_classes(zoo::resnet50));
static_assert(goes_from_image_to_classes(zoo::mobilenet_v3_large) && goes_from_image_to_classes(zoo::densenet121));
static_assert(camera(zoo::vgg16).input_bytes() == 150'528_B &&
              camera(zoo::vgg16).with_input(element_type::float32).input() == zoo::vgg16.input());

constexpr bool is(zoo::classic const& net, std::string_view name, shape const& output, work const& cost) {
  for (auto const& layer : net.layers())
    if (layer.name() == name)
      return layer.output() == tensor_spec{element_type::float32, output} && layer.parameters() == cost.parameters &&
             layer.macs() == cost.macs && layer.parameter_bytes() == bytes{4 * cost.parameters};
  return false;
}
// One layer of each kind, counted by hand.
constexpr bool rows_are_complete() {
  constexpr std::uint64_t side56 = 56 * 56, side28 = 28 * 28;
  return is(zoo::vgg16, "features.0", {64, 224, 224}, {64 * 27 + 64, 64 * 27 * 224 * 224}) &&
         is(zoo::vgg16, "features.4", {64, 112, 112}, {}) && is(zoo::vgg16, "avgpool", {512, 7, 7}, {}) &&
         is(zoo::vgg16, "classifier.0", {4096}, {25'088 * 4096 + 4096, 25'088 * 4096}) &&
         is(zoo::resnet50, "layer1.0", {256, 56, 56},
            {4096 + 36'864 + 16'384 + 16'384 + 2 * (64 + 64 + 256 + 256),
             (4096 + 36'864 + 16'384 + 16'384) * side56}) &&
         is(zoo::resnet50, "layer1.1", {256, 56, 56},
            {16'384 + 36'864 + 16'384 + 2 * (64 + 64 + 256), (16'384 + 36'864 + 16'384) * side56}) &&
         is(zoo::mobilenet_v3_large, "features.4", {40, 28, 28},
            {1728 + 1800 + 2 * 72 * 24 + 24 + 72 + 2880 + 2 * (72 + 72 + 40),
             1728 * side56 + 1800 * side28 + 2 * 72 * 24 + 2880 * side28}) &&
         is(zoo::densenet121, "features.denseblock1.denselayer2", {128, 56, 56},
            {2 * 96 + 96 * 128 + 2 * 128 + 128 * 32 * 9, (96 * 128 + 128 * 32 * 9) * side56}) &&
         is(zoo::densenet121, "features.transition1", {128, 28, 28}, {2 * 256 + 256 * 128, 256 * 128 * side56});
}
static_assert(rows_are_complete());

std::vector<std::string> names(zoo::classic const& net, bool blocks_only) {
  std::vector<std::string> list;
  for (auto const& layer : net.layers())
    if (!blocks_only || layer.is_block()) list.emplace_back(layer.name());
  return list;
}

TEST_CASE("the layers of classic networks are named as torchvision's modules") {
  REQUIRE(names(zoo::vgg16, false) ==
          std::vector<std::string>{"features.0",   "features.2",  "features.4",  "features.5",  "features.7",
                                   "features.9",   "features.10", "features.12", "features.14", "features.16",
                                   "features.17",  "features.19", "features.21", "features.23", "features.24",
                                   "features.26",  "features.28", "features.30", "avgpool",     "classifier.0",
                                   "classifier.3", "classifier.6"});
  REQUIRE(names(zoo::resnet50, false) ==
          std::vector<std::string>{"conv1",    "maxpool",  "layer1.0", "layer1.1", "layer1.2", "layer2.0", "layer2.1",
                                   "layer2.2", "layer2.3", "layer3.0", "layer3.1", "layer3.2", "layer3.3", "layer3.4",
                                   "layer3.5", "layer4.0", "layer4.1", "layer4.2", "avgpool",  "fc"});
  REQUIRE(names(zoo::mobilenet_v3_large, true).front() == "features.1");
  REQUIRE(names(zoo::mobilenet_v3_large, true).back() == "features.15");
  std::vector<std::string> const dense = names(zoo::densenet121, false);
  REQUIRE(std::vector(dense.begin(), dense.begin() + 3) ==
          std::vector<std::string>{"features.conv0", "features.pool0", "features.denseblock1.denselayer1"});
  REQUIRE(dense[46] == "features.transition3");
  REQUIRE(std::vector(dense.end() - 4, dense.end()) ==
          std::vector<std::string>{"features.denseblock4.denselayer16", "features.norm5", "avgpool", "classifier"});
}

TEST_CASE("there are four classic networks, and their counts hold at run time too") {
  std::vector<std::string> list;
  for (zoo::classic const* net : zoo::classics) list.emplace_back(net->name());
  REQUIRE(list == std::vector<std::string>{"vgg16", "resnet50", "mobilenet_v3_large", "densenet121"});
  REQUIRE(has(zoo::densenet121, {61, 35, 3}, {66, 38, 5}));
  REQUIRE(work_of(zoo::vgg16) == work{138'357'544, 15'470'264'320});
  REQUIRE(rows_are_complete());
}

}  // namespace

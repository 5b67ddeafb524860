#include <dsc/model/network.hpp>

#include <string>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/model/layers.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

static_assert(CountedModel<network> && !ExecutableModel<network>);

network two_layers() {
  return {"two",
          {element_type::float32, {3, 4, 4}},
          {network_layer{"conv", {element_type::float32, {8, 2, 2}}, 3456, 896_B},
           network_layer{"pool", {element_type::float16, {8}}}}};
}

constexpr bool heads_and_tails_meet() {
  return head_of(1_split) == layer_span{0_split, 1_split} && tail_of(1_split, 2) == layer_span{1_split, 2_split} &&
         head_of(0_split).empty() && tail_of(2_split, 2).empty();
}
static_assert(heads_and_tails_meet());

// libstdc++ 12's strings are no constants, so a network is looked at when it runs.
TEST_CASE("a network says what it is") {
  network const net = two_layers();
  REQUIRE(net.name() == "two");
  REQUIRE(net.input_bytes() == 192_B);
  REQUIRE(layer_count(net) == 2);
  REQUIRE(layer_name(net, 0) == "conv");
  REQUIRE(layer_at(net, 0).macs() == 3456);
  REQUIRE(layer_at(net, 0).parameter_bytes() == 896_B);
  REQUIRE(layer_at(net, 1).macs() == 0);
  REQUIRE((layer_at(net, 1).output() == tensor_spec{element_type::float16, {8}}));
}

TEST_CASE("a network's representations have bytes") {
  network const net = two_layers();
  REQUIRE(representation_bytes(net, 0_split) == 192_B);
  REQUIRE(representation_bytes(net, 1_split) == 128_B);
  REQUIRE(representation_bytes(net, 2_split) == 16_B);
}

TEST_CASE("head and tail meet at the split") { REQUIRE(heads_and_tails_meet()); }

TEST_CASE("a network without layers or input is refused") {
  REQUIRE(code_of([] { network{"none", {element_type::float32, {3}}, {}}; }) == errc::bad_model);
  REQUIRE(code_of([] { network{"blind", {element_type::float32, {0, 4}}, {network_layer{"a", {}}}}; }) ==
          errc::bad_model);
}

TEST_CASE("splits and spans outside the model are refused") {
  check_split(2_split, 2);
  check_span({2_split, 2_split}, 2);
  REQUIRE(code_of([] { check_split(3_split, 2); }) == errc::bad_split);
  REQUIRE(code_of([] { check_span({0_split, 3_split}, 2); }) == errc::bad_split);
  REQUIRE(code_of([] { check_span({2_split, 1_split}, 2); }) == errc::bad_split);
}

TEST_CASE("a split has a name, and what lies outside is refused") {
  network const net{
      "net", {element_type::uint8, {4}}, {{"a", {element_type::uint8, {2}}}, {"b", {element_type::uint8, {1}}}}};
  CHECK(split_name(net, 0_split) == "input");
  CHECK(split_name(net, 1_split) == "a");
  CHECK(split_name(net, 2_split) == "b");
  CHECK(code_of([&] { split_name(net, 3_split); }) == errc::bad_split);
  CHECK(layer_name(net, 1) == "b");
  CHECK(code_of([&] { layer_name(net, (0_split).layers - 1); }) == errc::bad_split);
  CHECK(tail_of(net, 1_split) == layer_span{1_split, 2_split});
  CHECK(code_of([&] { tail_of(net, 3_split); }) == errc::bad_split);
}

}  // namespace

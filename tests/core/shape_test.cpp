#include <dsc/shape.hpp>

#include <algorithm>

#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using dsc::test::code_of;

constexpr std::int64_t huge = std::int64_t{1} << 62;

constexpr bool shapes_count_their_elements() {
  shape const image{3, 224, 224};
  return image.elements() == 150528 && image.rank == 3 && image[0] == 3 && image[2] == 224 && shape{}.elements() == 1 &&
         shape{}.rank == 0 && shape{4, 0, 2}.elements() == 0 &&
         std::ranges::equal(image, std::array<std::int64_t, 3>{3, 224, 224});
}
static_assert(shapes_count_their_elements());

constexpr bool shapes_compare_by_extents() {
  shape grown{2};
  grown.push_back(3);
  return grown == shape{2, 3} && shape{2, 3} != shape{3, 2} && shape{6} != shape{2, 3} && shape{1} != shape{};
}
static_assert(shapes_compare_by_extents());

constexpr bool element_types_have_their_sizes() {
  using enum element_type;
  return size_of(uint8) == bytes{1} && size_of(int8) == bytes{1} && size_of(float16) == bytes{2} &&
         size_of(bfloat16) == bytes{2} && size_of(int32) == bytes{4} && size_of(float32) == bytes{4} &&
         size_of(int64) == bytes{8} && size_of(float64) == bytes{8};
}
static_assert(element_types_have_their_sizes());

constexpr bool specs_have_bytes() {
  return tensor_spec{element_type::float32, {3, 224, 224}}.size() == bytes{602112} &&
         tensor_spec{element_type::uint8, {3, 224, 224}}.size() == bytes{150528} &&
         tensor_spec{element_type::uint8, {2}} != tensor_spec{element_type::int8, {2}};
}
static_assert(specs_have_bytes());

TEST_CASE("a shape counts its elements") { REQUIRE(shapes_count_their_elements()); }
TEST_CASE("shapes compare by their extents") { REQUIRE(shapes_compare_by_extents()); }
TEST_CASE("element types have their sizes") { REQUIRE(element_types_have_their_sizes()); }
TEST_CASE("a tensor's description gives its bytes") { REQUIRE(specs_have_bytes()); }

TEST_CASE("impossible shapes are refused") {
  REQUIRE(code_of([] { shape{1, 2, 3, 4, 5, 6, 7, 8, 9}; }) == errc::bad_tensor);
  REQUIRE(code_of([] { shape{2, -1}; }) == errc::bad_tensor);
  REQUIRE(code_of([] { return shape{huge, 4}.elements(); }) == errc::bad_tensor);
  REQUIRE(code_of([] { return tensor_spec{element_type::float64, {huge}}.size(); }) == errc::bad_tensor);
  REQUIRE(code_of([] { return size_of(static_cast<element_type>(99)); }) == errc::bad_tensor);
  REQUIRE(shape{0, huge, huge}.elements() == 0);
  REQUIRE(shape{huge, 2}.elements() == std::uint64_t{1} << 63);
}

}  // namespace

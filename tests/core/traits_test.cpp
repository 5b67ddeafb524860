#include <dsc/concepts.hpp>

#include <array>
#include <cstring>
#include <string>
#include <vector>

#include <dsc/model/bottlenecks.hpp>

#include <dsc/testing/executable_model.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"

// Types as they come from a library that nobody here may change: no member is called what dsc
// expects.
namespace foreign {

struct op {
  char const* id;
  unsigned long long floats;
};
struct blob {
  std::vector<float> values;
};
struct graph {
  std::array<op, 2> ops{op{"double", 4}, op{"halve", 2}};

  blob execute(blob x, std::size_t from, std::size_t to) const {
    for (std::size_t i = from; i < to; ++i) {
      for (float& v : x.values) v *= 2.0f;
      if (i == 1) x.values.resize(x.values.size() / 2);
    }
    return x;
  }
};

}  // namespace foreign

template <>
struct dsc::layer_traits<foreign::op> {
  static constexpr std::string_view name(foreign::op const& op) { return op.id; }
  static constexpr bytes output_bytes(foreign::op const& op) { return bytes{op.floats * sizeof(float)}; }
};

template <>
struct dsc::tensor_traits<foreign::blob> {
  static tensor_spec spec(foreign::blob const& b) {
    return {element_type::float32, {static_cast<std::int64_t>(b.values.size())}};
  }
  static std::span<std::byte const> data(foreign::blob const& b) { return std::as_bytes(std::span{b.values}); }
  static foreign::blob make(tensor_spec const& spec, std::span<std::byte const> data) {
    return {tensor_traits<std::vector<float>>::make(spec, data)};
  }
};

template <>
struct dsc::model_traits<foreign::graph> {
  using tensor_type = foreign::blob;
  static constexpr bytes input_bytes(foreign::graph const&) { return bytes{4 * sizeof(float)}; }
  static constexpr auto const& layers(foreign::graph const& g) { return g.ops; }
  static foreign::blob forward(foreign::graph const& g, foreign::blob x, layer_span span) {
    return g.execute(std::move(x), span.begin.layers, span.end.layers);
  }
};

namespace {

using namespace dsc;
using dsc::test::code_of;

static_assert(Layer<foreign::op> && !CountedLayer<foreign::op>);
static_assert(Tensor<foreign::blob>);
static_assert(ExecutableModel<foreign::graph> && !CountedModel<foreign::graph>);
static_assert(std::same_as<tensor_type_t<foreign::graph>, foreign::blob>);

constexpr bool foreign_models_have_bottlenecks() {
  foreign::graph const g;
  return layer_count(g) == 2 && layer_name(g, 1) == "halve" && natural_bottlenecks(g) == std::vector{split_point{2}};
}
static_assert(foreign_models_have_bottlenecks());

TEST_CASE("a foreign model joins by its traits") {
  REQUIRE(foreign_models_have_bottlenecks());
  REQUIRE(laws::check_executable_model(foreign::graph{}, foreign::blob{{1, 2, 3, 4}}).empty());
  REQUIRE(laws::check_tensor(foreign::blob{{1, 2}}).empty());
}

template <class Number>
concept HasElementType = requires { element_type_of<Number>; };
static_assert(HasElementType<float> && !HasElementType<bool> && !HasElementType<char const*>);

TEST_CASE("element types stand for numbers") {
  STATIC_REQUIRE((element_type_of<float> == element_type::float32 && element_type_of<double> == element_type::float64));
  STATIC_REQUIRE(
      (element_type_of<std::uint8_t> == element_type::uint8 && element_type_of<std::int8_t> == element_type::int8));
  STATIC_REQUIRE(
      (element_type_of<std::int32_t> == element_type::int32 && element_type_of<std::int64_t> == element_type::int64));
}

TEMPLATE_TEST_CASE("a vector of numbers is a lawful tensor", "", std::uint8_t, std::int8_t, std::int32_t, std::int64_t,
                   float, double) {
  std::vector<TestType> const values{TestType{1}, TestType{2}, TestType{3}};
  REQUIRE(laws::check_tensor(values).empty());
  REQUIRE(laws::check_tensor(std::vector<TestType>{}).empty());
  REQUIRE(tensor_traits<std::vector<TestType>>::spec(values) == tensor_spec{element_type_of<TestType>, {3}});
}

TEST_CASE("a vector refuses bytes of another element type") {
  std::vector<float> const values{1.0f};
  auto const data = tensor_traits<std::vector<float>>::data(values);
  REQUIRE(code_of([&] { tensor_traits<std::vector<double>>::make({element_type::float32, {1}}, data); }) ==
          errc::bad_tensor);
}

}  // namespace

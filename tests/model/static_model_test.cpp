#include <dsc/model/static_model.hpp>

#include <array>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/constant.hpp>

#include <dsc/testing/executable_model.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"
#include "../support/small_cnn.hpp"
#include "../support/static_archetypes.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;

constexpr small_cnn net;
constexpr small_cnn_uint8 camera_net;

static_assert(StaticLayer<smallest> && !CountedStaticLayer<smallest>);
static_assert(!StaticLayer<without_constant_name> && !StaticLayer<from_a_vector> && !StaticLayer<to_a_vector>);
static_assert(!StaticLayer<without_call> && !StaticLayer<with_side_effects> && !StaticLayer<without_copies> &&
              !StaticLayer<int>);

static_assert(CountedStaticLayer<counted> && !CountedStaticLayer<counted_without_macs> &&
              !CountedStaticLayer<counted_without_parameters>);
static_assert(!CountedStaticLayer<counted_in_bare_numbers>);

static_assert(ChainedLayers<smallest> && ChainedLayers<smallest, next>);
static_assert(!ChainedLayers<> && !ChainedLayers<next, smallest> && !ChainedLayers<smallest, next, next> &&
              !ChainedLayers<smallest, int>);

// A static model is a model, and what the algorithms say of it is constant.

static_assert(StaticModel<small_cnn> && CountedModel<small_cnn> && ExecutableModel<small_cnn> &&
              !StaticModel<smallest>);
static_assert(Model<static_model<smallest, next>> && !CountedModel<static_model<smallest, next>>);
static_assert(!CountedModel<static_model<counted, next>> && CountedModel<static_model<counted>>);
static_assert(std::same_as<decltype(static_model{smallest{}, next{}}), static_model<smallest, next>>);
static_assert(ExecutableModel<static_model<smallest>> && Tensor<static_tensor<std::uint8_t, 2, 3>> &&
              Tensor<bounded_tensor<64>>);

static_assert(layer_count(net) == 7 && layer_name(net, 0) == "stem" && layer_name(net, 6) == "classifier");
static_assert(net.input_bytes() == 3072_B && camera_net.input_bytes() == 768_B);
static_assert(layer_at(net, 0).output() == tensor_spec{element_type::float32, {8, 16, 16}} &&
              layer_at(net, 5).output_bytes() == 96_B);
static_assert(layer_at(net, 0).macs() == 55'296 && layer_at(net, 0).parameter_bytes() == 896_B &&
              layer_at(net, 3).macs() == 0);
static_assert(compression_ratio(net, 2_split) == 512.0 / 768.0 &&
              compression_ratio(camera_net, 2_split) == 2048.0 / 768.0);

constexpr auto natural = constant<[] { return natural_bottlenecks(net); }>;
constexpr auto compressive = constant<[] { return compressive_bottlenecks(net); }>;
constexpr auto feature_maps = [](auto const& layer) { return layer.output().shape.rank == 3; };
static_assert(natural == std::array{2_split, 4_split, 5_split, 6_split, 7_split});
static_assert(compressive == std::array{2_split, 4_split, 6_split, 7_split});
static_assert(constant<[] { return compressive_bottlenecks(net, feature_maps); }> == std::array{2_split, 4_split});
static_assert(constant<[] { return compressive_bottlenecks(camera_net); }> == std::array{6_split, 7_split});

// The shapes are constants even where the weights are not.
small_cnn trained_later;
static_assert(constant<[] { return compressive_bottlenecks(trained_later); }> == compressive);

// Parts have exact types.

constexpr auto first_head = head<compressive[0]>(net);
constexpr auto first_tail = tail<compressive[0]>(net);
using h2 = static_tensor<float, 8, 8, 8>;
static_assert(std::same_as<representation_t<small_cnn, 2_split>, h2>);
static_assert(std::same_as<std::invoke_result_t<decltype(first_head), small_cnn::input_type const&>, h2>);
static_assert(std::same_as<std::invoke_result_t<decltype(first_tail), h2 const&>, static_tensor<float, 10>>);
static_assert(
    std::same_as<std::invoke_result_t<decltype(whole(net)), small_cnn::input_type const&>, static_tensor<float, 10>>);
static_assert(std::same_as<decltype(head<2>(net)), decltype(head<2_split>(net))>);
static_assert(first_head.span == head_of(2_split) && first_tail.span == tail_of(2_split, 7) &&
              whole(net).span == head_of(7_split));
static_assert(!std::invocable<decltype(first_tail), small_cnn::input_type const&> &&
              !std::invocable<decltype(first_head), h2 const&>);
static_assert(!std::invocable<decltype(first_head), small_cnn_uint8::input_type const&> &&
              !std::invocable<decltype(first_head), small_cnn::tensor_type const&>);

template <class Model, auto l>
concept Splittable = requires(Model const& model) {
  head<l>(model);
  tail<l>(model);
};
static_assert(Splittable<small_cnn, 0> && Splittable<small_cnn, 7> && Splittable<small_cnn, 7_split>);
static_assert(!Splittable<small_cnn, 8> && !Splittable<small_cnn, -1> && !Splittable<small_cnn, 8_split> &&
              !Splittable<int, 0>);
template <class Model>
concept PartOfATemporary =
    requires { head<1>(Model{}); } || requires { tail<1>(Model{}); } || requires { whole(Model{}); };
static_assert(!PartOfATemporary<small_cnn>, "a part would outlive its model");

// The same bits at every split point.

// No constant: g++ runs constexpr calls of constants while it compiles, asked or not.
std::uint32_t run_time_seed = 1;

template <class Model>
constexpr bool every_split_gives_the_whole(Model const& model, typename Model::input_type const& x) {
  auto const answer = whole(model)(x);
  return [&]<std::size_t... l>(std::index_sequence<l...>) {
    return (... && (tail<l>(model)(head<l>(model)(x)) == answer));
  }(std::make_index_sequence<Model::size + 1>{});
}

TEMPLATE_TEST_CASE("head and tail give the whole at every split point", "", small_cnn, small_cnn_uint8) {
  static constexpr TestType model;
  auto const x = made_up_image<TestType>(run_time_seed);
  auto const other = made_up_image<TestType>(run_time_seed + 1);
  REQUIRE(every_split_gives_the_whole(model, x));
  REQUIRE(every_split_gives_the_whole(model, other));
  REQUIRE(whole(model)(x) != whole(model)(other));
}

// The same layers on an image so small that the compiler can run them.
struct tiny {
  struct conv : test::convolution<static_tensor<float, 1, 3, 3>, 2, 3, 1, 1> {
    static constexpr std::string_view name = "conv";
  };
  struct down : test::depthwise<conv::output_type, 3, 2, 2> {
    static constexpr std::string_view name = "down";
  };
  struct mean : test::global_pool<down::output_type> {
    static constexpr std::string_view name = "mean";
  };
  struct classifier : test::linear<mean::output_type, 2, 3> {
    static constexpr std::string_view name = "classifier";
  };
  using model = static_model<conv, down, mean, classifier>;
};

constexpr bool runs_at_compile_time() {
  tiny::model const model;
  return every_split_gives_the_whole(model, made_up_image<tiny::model>(7)) &&
         whole(model)(made_up_image<tiny::model>(7)) != static_tensor<float, 2>{};
}
static_assert(runs_at_compile_time());

// A convolution checked by hand: the mean of a 3x3 neighbourhood of an image of ones, 0 outside;
// then pooled.
constexpr bool convolves_as_by_hand() {
  test::convolution<static_tensor<float, 1, 4, 4>, 1, 3, 1, 0> conv;
  conv.weights.fill(1.0f);
  conv.bias.fill(-4.5f);
  static_tensor<float, 1, 4, 4> ones;
  ones.values.fill(1.0f);
  static_tensor<float, 1, 4, 4> y;
  conv(ones, y);
  static_tensor<float, 1, 2, 2> pooled;
  test::max_pool<static_tensor<float, 1, 4, 4>, 2>{}(y, pooled);
  static_tensor<float, 1> mean;
  test::global_pool<static_tensor<float, 1, 4, 4>>{}(y, mean);
  return y(0, 0, 0) == 0.0f && y(0, 0, 1) == 1.5f && y(0, 1, 1) == 4.5f && pooled(0, 1, 1) == 4.5f &&
         mean(0) == (8 * 1.5f + 4 * 4.5f) / 16.0f;
}
static_assert(convolves_as_by_hand());

TEST_CASE("static models run at compile time and at run time") {
  REQUIRE(runs_at_compile_time());
  REQUIRE(convolves_as_by_hand());
}

// Run-time spans.

TEMPLATE_TEST_CASE("static models are lawful executable models", "", small_cnn, small_cnn_uint8, tiny::model) {
  static constexpr TestType model;
  REQUIRE(laws::check_executable_model(model, typename TestType::tensor_type{made_up_image<TestType>(run_time_seed)})
              .empty());
}

TEST_CASE("forward gives the bits of the exact parts") {
  auto const x = made_up_image<small_cnn>(run_time_seed);
  small_cnn::tensor_type const any_x{x};
  REQUIRE(net.forward(any_x, head_of(7_split)).as<static_tensor<float, 10>>() == whole(net)(x));
  REQUIRE(net.forward(any_x, head_of(2_split)).as<h2>() == first_head(x));
  REQUIRE(net.forward(any_x, head_of(0_split)) == any_x);
}

TEST_CASE("forward refuses what does not fit") {
  small_cnn::tensor_type const x{made_up_image<small_cnn>(run_time_seed)};
  REQUIRE(code_of([&] { net.forward(x, {1_split, 2_split}); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { net.forward(small_cnn::tensor_type{}, {0_split, 1_split}); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { net.forward(net.forward(x, head_of(3_split)), {2_split, 4_split}); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { net.forward(x, {0_split, 8_split}); }) == errc::bad_split);
  REQUIRE(code_of([&] { net.forward(x, {2_split, 1_split}); }) == errc::bad_split);
  REQUIRE_THROWS_WITH(net.forward(x, {1_split, 2_split}), Catch::Contains("output of layer 'stem'"));
  REQUIRE_THROWS_WITH(net.forward(small_cnn::tensor_type{}, {}), Catch::Contains("the model's input"));
}

// Tensors.

constexpr bool static_tensors_are_row_major() {
  static_tensor<int, 2, 3> t;
  t(1, 0) = 4;
  t(0, 2) = 5;
  static_tensor<double> scalar;
  scalar() = 2.5;
  return t.values == std::array{0, 0, 5, 4, 0, 0} && t.spec == tensor_spec{element_type::int32, {2, 3}} &&
         scalar.elements == 1 && scalar.values[0] == 2.5 && std::as_const(t)(1, 0) == 4 && t == t &&
         t != static_tensor<int, 2, 3>{};
}
static_assert(static_tensors_are_row_major());

TEST_CASE("static tensors are row-major and start as zeros") { REQUIRE(static_tensors_are_row_major()); }

TEST_CASE("static and bounded tensors are lawful tensors") {
  static_tensor<std::int32_t, 2, 2> const square{{1, 2, 3, 4}};
  REQUIRE(laws::check_tensor(square).empty());
  REQUIRE(laws::check_tensor(bounded_tensor<256>{square}).empty());
  REQUIRE(laws::check_tensor(bounded_tensor<16>{square}).empty());
  REQUIRE(laws::check_tensor(bounded_tensor<4>{}).empty());
  REQUIRE(bounded_tensor<256>{square}.as<static_tensor<std::int32_t, 2, 2>>() == square);
  REQUIRE_FALSE(bounded_tensor<256>{square} == bounded_tensor<256>{static_tensor<std::int32_t, 4>{{1, 2, 3, 4}}});
}

TEST_CASE("tensors refuse bytes that do not fit") {
  using four = static_tensor<float, 4>;
  std::array<std::byte, 64> const data{};
  std::span<std::byte const> const all{data};
  REQUIRE(code_of([&] { tensor_traits<four>::make(four::spec, all.first(15)); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { tensor_traits<four>::make({element_type::int32, {4}}, all.first(16)); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { tensor_traits<four>::make({element_type::float32, {2, 2}}, all.first(16)); }) ==
          errc::bad_tensor);
  REQUIRE(code_of([&] { bounded_tensor<32>::make(four::spec, all.first(20)); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { bounded_tensor<32>::make({element_type::float32, {16}}, all); }) == errc::bad_tensor);
  REQUIRE(code_of([&] { bounded_tensor<32>::make(four::spec, all.first(16)).as<static_tensor<float, 2, 2>>(); }) ==
          errc::bad_tensor);
  REQUIRE_FALSE(code_of([&] { bounded_tensor<32>::make(four::spec, all.first(16)); }).has_value());
}

}  // namespace

#include "../support/archetypes.hpp"

#include "../catch.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;

static_assert(Layer<layer_archetype>);
static_assert(!Layer<layer_without_name>);
static_assert(!Layer<layer_with_numbered_name>);
static_assert(!Layer<layer_with_mutable_name>);
static_assert(!Layer<layer_with_passing_name>);
static_assert(!Layer<layer_with_count_for_bytes>);
static_assert(!Layer<layer_without_bytes>);
static_assert(!Layer<layer_with_seconds_for_bytes>);
static_assert(!Layer<int>);

static_assert(CountedLayer<counted_layer_archetype>);
static_assert(!CountedLayer<layer_archetype>);
static_assert(!CountedLayer<counted_layer_without_macs> && Layer<counted_layer_without_macs>);
static_assert(!CountedLayer<counted_layer_without_parameters> && Layer<counted_layer_without_parameters>);
static_assert(!CountedLayer<counted_layer_without_name>);

static_assert(Model<model_archetype> && !CountedModel<model_archetype>);
static_assert(Model<counted_model_archetype> && CountedModel<counted_model_archetype>);
static_assert(!Model<model_without_input>);
static_assert(!Model<model_without_layers>);
static_assert(!Model<model_of_no_range>);
static_assert(!Model<model_of_forward_layers>);
static_assert(!Model<model_of_unsized_layers>);
static_assert(!Model<model_of_other_things>);
static_assert(!Model<model_of_passing_layers>);
static_assert(!Model<layer_archetype>);
static_assert(std::same_as<layer_type_t<model_archetype>, layer_archetype>);

static_assert(LayerSelection<selection_archetype, model_archetype>);
static_assert(!LayerSelection<selection_of_other_things, model_archetype>);
static_assert(!LayerSelection<selection_without_answer, model_archetype>);
static_assert(!LayerSelection<selection_archetype, model_without_layers>);

static_assert(Tensor<tensor_archetype> && Tensor<std::vector<float>> && Tensor<std::vector<std::uint8_t>>);
static_assert(!Tensor<tensor_without_spec>);
static_assert(!Tensor<tensor_without_data>);
static_assert(!Tensor<tensor_of_loose_data>);
static_assert(!Tensor<tensor_without_make>);
static_assert(!Tensor<tensor_that_makes_another>);
static_assert(!Tensor<tensor_without_copies>);
static_assert(!Tensor<float> && !Tensor<std::vector<char const*>>);

static_assert(ExecutableModel<executable_model_archetype>);
static_assert(!ExecutableModel<model_archetype>);
static_assert(!ExecutableModel<executable_model_without_forward>);
static_assert(!ExecutableModel<executable_model_without_tensor>);
static_assert(!ExecutableModel<executable_model_of_no_tensor>);
static_assert(!ExecutableModel<executable_model_of_two_tensors>);
static_assert(!ExecutableModel<executable_model_with_side_effects>);
static_assert(!ExecutableModel<executable_model_without_input>);

static_assert(CostModel<cost_model_archetype>);
static_assert(!CostModel<cost_model_without_time>);
static_assert(!CostModel<cost_model_of_bare_numbers>);
static_assert(!CostModel<cost_model_without_batch>);
static_assert(!CostModel<cost_model_that_changes>);

static_assert(AdditiveCostModel<additive_cost_model_archetype>);
static_assert(!AdditiveCostModel<cost_model_archetype>);
static_assert(!AdditiveCostModel<additive_cost_model_without_time>);
static_assert(!AdditiveCostModel<additive_cost_model_of_bare_numbers>);

static_assert(Channel<channel_archetype>);
static_assert(!Channel<channel_without_time>);
static_assert(!Channel<channel_of_bare_numbers>);
static_assert(!Channel<channel_for_bare_counts>);

static_assert(AffineChannel<affine_channel_archetype>);
static_assert(!AffineChannel<channel_archetype>);
static_assert(!AffineChannel<affine_channel_without_time>);
static_assert(!AffineChannel<affine_channel_without_latency>);
static_assert(!AffineChannel<affine_channel_without_rate>);
static_assert(!AffineChannel<affine_channel_of_bare_rate>);

static_assert(TwoWayChannel<two_way_channel_archetype> && !AffineChannel<two_way_channel_archetype>);
static_assert(!TwoWayChannel<channel_archetype>);
static_assert(!TwoWayChannel<two_way_channel_without_time>);
static_assert(!TwoWayChannel<two_way_channel_of_bare_numbers>);

TEST_CASE("the archetypes run") {
  REQUIRE(executable_model_archetype{}.forward({std::byte{7}}, {}).value == std::byte{7});
  REQUIRE(tensor_archetype::make({}, tensor_archetype{std::byte{9}}.data()).value == std::byte{9});
}

}  // namespace

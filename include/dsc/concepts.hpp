#pragma once

#include <concepts>
#include <iterator>
#include <optional>
#include <string_view>

#include <dsc/shape.hpp>
#include <dsc/traits.hpp>
#include <dsc/units.hpp>

/// What a backend, a cost model or a channel must offer. Laws that no compiler can check stand
/// beside each concept and, as tests that you can run on your own type, in `dsc/testing/`.
namespace dsc {

/// The smallest unit that a model may be cut after.
template <class L>
concept Layer = requires(L const& layer) {
  { layer_traits<L>::name(layer) } -> std::convertible_to<std::string_view>;
  { layer_traits<L>::output_bytes(layer) } -> std::same_as<bytes>;
};

/// A layer whose work is known, so that its time can be modelled.
template <class L>
concept CountedLayer = Layer<L> && requires(L const& layer) {
  { layer_traits<L>::macs(layer) } -> std::convertible_to<std::uint64_t>;
  { layer_traits<L>::parameter_bytes(layer) } -> std::same_as<bytes>;
};

namespace detail {

template <class M>
using layer_of = std::iter_value_t<decltype(std::ranges::begin(model_traits<M>::layers(std::declval<M const&>())))>;

}  // namespace detail

/// Something with an input and a sequence of layers: a random access range with a size, which the
/// model holds (a reference or a view).
template <class M>
concept Model = requires(M const& model) {
  { model_traits<M>::input_bytes(model) } -> std::same_as<bytes>;
  { std::ranges::begin(model_traits<M>::layers(model)) } -> std::random_access_iterator;
  { std::ranges::size(model_traits<M>::layers(model)) } -> std::convertible_to<std::size_t>;
  requires Layer<detail::layer_of<M>>;
};

/// The layer type of a model.
template <Model M>
using layer_type_t = detail::layer_of<M>;

/// A model of counted layers.
template <class M>
concept CountedModel = Model<M> && CountedLayer<layer_type_t<M>>;

/// Picks layers: `true` for those that may be judged or cut after. Numbering stays that of the
/// whole model.
template <class S, class M>
concept LayerSelection = Model<M> && requires(S const& select, layer_type_t<M> const& layer) {
  { select(layer) } -> std::convertible_to<bool>;
};

/// Values with a type, a shape and contiguous bytes. Law: `make(spec(t), data(t))` equals `t` bit
/// for bit.
template <class T>
concept Tensor = std::movable<T> && std::copy_constructible<T> &&
                 requires(T const& tensor, tensor_spec const& spec, std::span<std::byte const> data) {
                   { tensor_traits<T>::spec(tensor) } -> std::same_as<tensor_spec>;
                   { tensor_traits<T>::data(tensor) } -> std::same_as<std::span<std::byte const>>;
                   { tensor_traits<T>::make(spec, data) } -> std::same_as<T>;
                 };

/// A model that can run any span of its layers. Laws: `forward(x, [a,a)) == x`; `forward(forward(x,
/// [a,b)), [b,c)) == forward(x, [a,c))`; `x` is left as it was, and what comes back shares no
/// memory with it: the answer may be sent while the caller uses `x` anew.
template <class M>
concept ExecutableModel = Model<M> && requires(M const& model, tensor_type_t<M> x, layer_span span) {
  requires Tensor<tensor_type_t<M>>;
  { model_traits<M>::forward(model, std::move(x), span) } -> std::same_as<tensor_type_t<M>>;
};

/// An executable model that tells type and shape of its output for a batch, so that an answer of
/// another type or shape can be told from one of its own. Law: `output_spec(B)` is the spec of
/// `forward(x, [0, L))` for every `x` of `B` samples.
template <class M>
concept OutputDescribingModel = ExecutableModel<M> && requires(M const& model, batch_size batch) {
  { model_traits<M>::output_spec(model, batch) } -> std::convertible_to<tensor_spec>;
};

/// An executable model that has a cheap answer at some of its splits, and tells how sure it is: an
/// early exit, by layers that were trained for it. Law: it is of the output's type and shape.
template <class M>
concept ExitingModel = ExecutableModel<M> && requires(M const& model, tensor_type_t<M> const& h, split_point split) {
  { model_traits<M>::early_exit(model, h, split) } -> std::same_as<std::optional<early_answer<tensor_type_t<M>>>>;
};

/// A model that tells type and shape of one sample at every cut: of its input and of each layer's
/// output. Law: their sizes are `input_bytes` and `output_bytes`.
template <class M>
concept SpecifiedModel = Model<M> && requires(M const& model, layer_type_t<M> const& layer) {
  { model_traits<M>::input(model) } -> std::convertible_to<tensor_spec>;
  { layer_traits<layer_type_t<M>>::output(layer) } -> std::convertible_to<tensor_spec>;
};

/// How long a site takes. Laws: `time([a,a), B) == 0`; never negative. Times need not add up
/// (queues, measured tails).
template <class C>
concept CostModel = requires(C const& cost, layer_span span, batch_size batch) {
  { cost.time(span, batch) } -> std::convertible_to<seconds>;
};

/// A cost model whose times add up: `time([a,c)) == time([a,b)) + time([b,c))`, each layer's share
/// being `layer_time`.
template <class C>
concept AdditiveCostModel = CostModel<C> && requires(C const& cost, std::size_t layer, batch_size batch) {
  { cost.layer_time(layer, batch) } -> std::convertible_to<seconds>;
};

/// A cost model that was measured from both ends: `tail_time(l, B)` is that of the layers [l, L) as
/// a tail, which need not be what `time` says of the same layers as a head.
template <class C>
concept TailCostModel = CostModel<C> && requires(C const& cost, split_point split, batch_size batch) {
  { cost.tail_time(split, batch) } -> std::convertible_to<seconds>;
};

/// A cost model that knows how many layers it was made for, so that a planner can refuse that of
/// another model.
template <class C>
concept LayerCountingCost = CostModel<C> && requires(C const& cost) {
  { cost.layer_count() } -> std::same_as<std::size_t>;
};

/// A cost model that knows the network that it was made for: `describes(model)` tells whether the
/// layers of a model have the names and sizes of that one, so that a planner can refuse another.
template <class C, class M>
concept DescribingCost = CostModel<C> && Model<M> && requires(C const& cost, M const& model) {
  { cost.describes(model) } -> std::convertible_to<bool>;
};

/// The link at one moment. Law: `transfer_time` does not fall with bytes. `never` means that
/// nothing gets through.
template <class C>
concept Channel = requires(C const& channel, bytes amount) {
  { channel.transfer_time(amount) } -> std::convertible_to<seconds>;
};

/// A channel with `transfer_time(n) == latency() + n / rate()`: what an exact policy needs.
template <class C>
concept AffineChannel = Channel<C> && requires(C const& channel) {
  { channel.latency() } -> std::convertible_to<seconds>;
  { channel.rate() } -> std::convertible_to<data_rate>;
};

/// A channel that also knows the answer's way back.
template <class C>
concept TwoWayChannel = Channel<C> && requires(C const& channel, bytes answer) {
  { channel.return_time(answer) } -> std::convertible_to<seconds>;
};

}  // namespace dsc

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include <dsc/concepts.hpp>
#include <dsc/error.hpp>

namespace dsc {
namespace detail {

struct layer_count_fn {
  constexpr std::size_t operator()(Model auto const& model) const {
    return static_cast<std::size_t>(
        std::ranges::size(model_traits<std::remove_cvref_t<decltype(model)>>::layers(model)));
  }
};

struct layer_at_fn {
  template <Model M>
  constexpr decltype(auto) operator()(M const& model, std::size_t index) const {
    auto&& layers = model_traits<M>::layers(model);
    auto const first = std::ranges::begin(layers);
    return first[static_cast<std::iter_difference_t<decltype(first)>>(index)];
  }
};

struct layer_name_fn {
  template <Model M>
  constexpr std::string_view operator()(M const& model, std::size_t index) const {
    if (std::size_t const layers = layer_count_fn{}(model); index >= layers)
      throw error{errc::bad_split, "there is no layer " + std::to_string(index) + ", counted from 0, in a model of " +
                                       std::to_string(layers) + "; 'split_name' names what stands before a cut"};
    return layer_traits<layer_type_t<M>>::name(layer_at_fn{}(model, index));
  }
};

struct representation_bytes_fn {
  template <Model M>
  constexpr bytes operator()(M const& model, split_point split) const {
    return split.layers == 0 ? model_traits<M>::input_bytes(model)
                             : layer_traits<layer_type_t<M>>::output_bytes(layer_at_fn{}(model, split.layers - 1));
  }
};

struct representation_spec_fn {
  template <SpecifiedModel M>
  constexpr tensor_spec operator()(M const& model, split_point split) const {
    return split.layers == 0 ? model_traits<M>::input(model)
                             : layer_traits<layer_type_t<M>>::output(layer_at_fn{}(model, split.layers - 1));
  }
};

struct check_split_fn {
  constexpr void operator()(split_point split, std::size_t layers) const {
    if (split.layers > layers)
      throw error{errc::bad_split, "split point " + std::to_string(split.layers) + " is outside the model; it has " +
                                       std::to_string(layers) + " layers, so take one of 0.." + std::to_string(layers)};
  }
};

struct split_name_fn {
  template <Model M>
  constexpr std::string_view operator()(M const& model, split_point split) const {
    check_split_fn{}(split, layer_count_fn{}(model));
    return split.layers == 0 ? std::string_view{"input"} : layer_name_fn{}(model, split.layers - 1);
  }
};

struct check_span_fn {
  constexpr void operator()(layer_span span, std::size_t layers) const {
    check_split_fn{}(span.end, layers);
    if (span.begin > span.end)
      throw error{errc::bad_split, "a layer span must not begin (" + std::to_string(span.begin.layers) +
                                       ") after its end (" + std::to_string(span.end.layers) + ")"};
  }
};

}  // namespace detail

/// `L`, the number of layers of a model.
inline constexpr detail::layer_count_fn layer_count{};
/// Layer `index` (from 0) of a model; the index is not checked.
inline constexpr detail::layer_at_fn layer_at{};
/// The name of layer `index` (from 0) of a model. Throws `bad_split` where there is no such layer.
inline constexpr detail::layer_name_fn layer_name{};
/// The name of a split point of a model: of the layer that the cut follows, "input" at 0. Throws
/// `bad_split` outside 0..L.
inline constexpr detail::split_name_fn split_name{};
/// `|h_l|`: bytes of one sample's intermediate representation at split point `l`; `|x|` at 0. The
/// split is not checked.
inline constexpr detail::representation_bytes_fn representation_bytes{};
/// Type and shape of one sample's intermediate representation at split point `l`; the input's at 0.
/// The split is not checked.
inline constexpr detail::representation_spec_fn representation_spec{};
/// Throws `bad_split` where a split point lies outside 0..layers.
inline constexpr detail::check_split_fn check_split{};
/// Throws `bad_split` where a span lies outside [0, layers) or ends before it begins.
inline constexpr detail::check_span_fn check_span{};

/// The layers [0, l): what the device runs.
constexpr layer_span head_of(split_point split) { return {split_point{0}, split}; }
/// The layers [l, L): what the server runs.
constexpr layer_span tail_of(split_point split, std::size_t layers) { return {split, split_point{layers}}; }
/// The same of a model. Throws `bad_split` outside 0..L.
constexpr layer_span tail_of(Model auto const& model, split_point split) {
  check_split(split, layer_count(model));
  return tail_of(split, layer_count(model));
}

/// The selection of every layer.
struct every_layer {
  constexpr bool operator()(auto const&) const { return true; }
};

/// How many samples some bytes hold. Throws `bad_batch` for none and for a remainder.
constexpr batch_size samples_in(bytes total, bytes per_sample) {
  if (per_sample == bytes{} || total == bytes{} || total.count % per_sample.count != 0)
    throw error{errc::bad_batch, std::to_string(total.count) + " bytes are no whole number of samples of " +
                                     std::to_string(per_sample.count) + " bytes each"};
  return batch_size{total.count / per_sample.count};
}

}  // namespace dsc

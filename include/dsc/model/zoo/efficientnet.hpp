#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <dsc/detail/inline_name.hpp>
#include <dsc/error.hpp>
#include <dsc/shape.hpp>

namespace dsc::zoo {

/// What a layer of an EfficientNet computes.
enum class layer_kind : std::uint8_t { stem, mbconv, fused_mbconv, head_conv, pool, classifier };

/// One layer of an EfficientNet: everything that a backend needs to run it. Every convolution but those of the
/// squeeze-excitation is without bias and is followed by batch normalisation.
class efficientnet_layer {
 public:
  detail::inline_name label;
  layer_kind kind = layer_kind::stem;
  std::int64_t in_channels = 0;
  std::int64_t expanded_channels = 0;  ///< channels inside a block; `in_channels` where the block does not expand
  std::int64_t squeeze_channels = 0;   ///< channels of the squeeze-excitation; 0 without one
  std::int64_t out_channels = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  tensor_spec output_spec;  ///< of one sample
  std::uint64_t mac_count = 0;
  std::uint64_t parameter_count = 0;

  /// The name of torchvision's module, as in `features.3.1`.
  constexpr std::string_view name() const { return label.view(); }
  constexpr tensor_spec const& output() const { return output_spec; }
  constexpr bytes output_bytes() const { return output_spec.size(); }
  /// Convolutions, squeeze-excitation included, and the linear layer; no batch normalisation, no activations.
  constexpr std::uint64_t macs() const { return mac_count; }
  /// Trained parameters as float32; the running statistics of batch normalisation are not counted.
  constexpr bytes parameter_bytes() const { return bytes{4 * parameter_count}; }
  constexpr bool is_block() const { return kind == layer_kind::mbconv || kind == layer_kind::fused_mbconv; }
  constexpr bool expands() const { return expanded_channels != in_channels; }
  /// Whether the block adds its input to its output.
  constexpr bool has_residual() const { return is_block() && stride == 1 && in_channels == out_channels; }
};

/// The selection that the paper counts: blocks, without stem, head convolution, pool and classifier.
inline constexpr auto blocks = [](auto const& layer) -> bool { return layer.is_block(); };

/// An EfficientNet as data.
class efficientnet {
 public:
  static constexpr std::size_t max_layers = 84;

  detail::inline_name label;
  tensor_spec input_spec;  ///< one sample: channels, height, width
  double norm_epsilon = 1e-5;
  std::size_t count = 0;
  std::array<efficientnet_layer, max_layers> rows{};

  constexpr std::string_view name() const { return label.view(); }
  constexpr tensor_spec const& input() const { return input_spec; }
  constexpr bytes input_bytes() const { return input_spec.size(); }
  constexpr std::span<efficientnet_layer const> layers() const { return {rows.data(), count}; }

  /// The same network fed with another element type: uint8 is what a camera sends.
  constexpr efficientnet with_input(element_type element) const {
    efficientnet other = *this;
    other.input_spec.element = element;
    return other;
  }
};

/// One row of a family's table: `repeats` blocks, the first of which has the stride.
struct stage {
  layer_kind kind;
  std::int64_t expansion;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t in_channels;
  std::int64_t out_channels;
  std::int64_t repeats;
};

/// How a family is scaled, and where its members differ. Multipliers are in tenths, so that all arithmetic is exact.
struct scaling {
  std::int64_t resolution;
  std::int64_t width_tenths = 10;
  std::int64_t depth_tenths = 10;
  std::int64_t head_channels = 1280;  ///< before width scaling
  double norm_epsilon = 1e-5;
};

namespace detail {

using dsc::detail::inline_name;

// To the nearest multiple of 8, but never losing more than a tenth of the channels.
constexpr std::int64_t scaled_channels(std::int64_t channels, scaling const& how) {
  std::int64_t const tenths = channels * how.width_tenths;
  std::int64_t rounded = (tenths + 40) / 80 * 8;
  if (rounded < 8) rounded = 8;
  if (rounded * 100 < tenths * 9) rounded += 8;
  return rounded;
}

class builder {
 public:
  constexpr builder(std::string_view name, scaling const& how) : side_{how.resolution} {
    net_.label = inline_name{name};
    net_.input_spec = {element_type::float32, {3, side_, side_}};
    net_.norm_epsilon = how.norm_epsilon;
  }

  constexpr void stem(std::int64_t out) {
    convolution(layer_kind::stem, inline_name{"features.0"}, 3, out, 3, 2);
  }

  constexpr void block(inline_name label, stage const& s) {
    efficientnet_layer row;
    row.label = label;
    row.kind = s.kind;
    row.in_channels = s.in_channels;
    row.expanded_channels = s.in_channels * s.expansion;
    row.out_channels = s.out_channels;
    row.kernel = s.kernel;
    row.stride = s.stride;
    std::int64_t const before = side_ * side_;
    side_ = (side_ + s.stride - 1) / s.stride;
    std::int64_t const after = side_ * side_;
    if (s.kind == layer_kind::fused_mbconv) {
      std::int64_t const wide = row.expands() ? row.expanded_channels : row.out_channels;
      add_convolution(row, row.in_channels * wide * s.kernel * s.kernel, wide, after);
      if (row.expands()) add_convolution(row, wide * row.out_channels, row.out_channels, after);
    } else {
      row.squeeze_channels = s.in_channels / 4 > 1 ? s.in_channels / 4 : 1;
      std::int64_t const wide = row.expanded_channels;
      if (row.expands()) add_convolution(row, row.in_channels * wide, wide, before);
      add_convolution(row, wide * s.kernel * s.kernel, wide, after);
      row.mac_count += static_cast<std::uint64_t>(2 * wide * row.squeeze_channels);
      row.parameter_count += static_cast<std::uint64_t>(2 * wide * row.squeeze_channels + wide + row.squeeze_channels);
      add_convolution(row, wide * row.out_channels, row.out_channels, after);
    }
    push(row, {row.out_channels, side_, side_});
  }

  constexpr efficientnet finish(std::size_t stages, std::int64_t in, std::int64_t head) {
    convolution(layer_kind::head_conv, inline_name{"features."}.then(stages + 1), in, head, 1, 1);
    efficientnet_layer pool;
    pool.label = inline_name{"avgpool"};
    pool.kind = layer_kind::pool;
    pool.in_channels = pool.expanded_channels = pool.out_channels = head;
    push(pool, {head});
    efficientnet_layer linear;
    linear.label = inline_name{"classifier"};
    linear.kind = layer_kind::classifier;
    linear.in_channels = linear.expanded_channels = head;
    linear.out_channels = 1000;
    linear.mac_count = static_cast<std::uint64_t>(head * 1000);
    linear.parameter_count = linear.mac_count + 1000;
    push(linear, {1000});
    return net_;
  }

 private:
  static constexpr void add_convolution(efficientnet_layer& row, std::int64_t weights, std::int64_t out, std::int64_t area) {
    row.mac_count += static_cast<std::uint64_t>(weights * area);
    row.parameter_count += static_cast<std::uint64_t>(weights + 2 * out);
  }

  constexpr void convolution(layer_kind kind, inline_name label, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride) {
    efficientnet_layer row;
    row.label = label;
    row.kind = kind;
    row.in_channels = row.expanded_channels = in;
    row.out_channels = out;
    row.kernel = kernel;
    row.stride = stride;
    side_ = (side_ + stride - 1) / stride;
    add_convolution(row, in * out * kernel * kernel, out, side_ * side_);
    push(row, {out, side_, side_});
  }

  constexpr void push(efficientnet_layer& row, shape const& out) {
    row.output_spec = {element_type::float32, out};
    net_.rows[net_.count++] = row;
  }

  efficientnet net_;
  std::int64_t side_;
};

}  // namespace detail

/// The EfficientNet of a family's table under one scaling. Sources: Tan and Le, "EfficientNet" (ICML 2019) and "EfficientNetV2"
/// (ICML 2021); layer names and layout are those of torchvision.
template <std::size_t Stages>
constexpr efficientnet make_efficientnet(std::string_view name, std::array<stage, Stages> const& table, scaling const& how) {
  detail::builder net{name, how};
  net.stem(detail::scaled_channels(table[0].in_channels, how));
  for (std::size_t i = 0; i < Stages; ++i) {
    stage row = table[i];
    row.in_channels = detail::scaled_channels(row.in_channels, how);
    row.out_channels = detail::scaled_channels(row.out_channels, how);
    std::int64_t const repeats = (row.repeats * how.depth_tenths + 9) / 10;
    for (std::int64_t j = 0; j < repeats; ++j) {
      net.block(detail::inline_name{"features."}.then(i + 1).then(".").then(static_cast<std::size_t>(j)), row);
      row.in_channels = row.out_channels;
      row.stride = 1;
    }
  }
  return net.finish(Stages, detail::scaled_channels(table.back().out_channels, how), detail::scaled_channels(how.head_channels, how));
}

}  // namespace dsc::zoo

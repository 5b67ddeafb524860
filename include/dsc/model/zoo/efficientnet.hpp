#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <dsc/error.hpp>
#include <dsc/shape.hpp>

namespace dsc::zoo {

/// What a layer of an EfficientNet computes.
enum class layer_kind : std::uint8_t { stem, mbconv, fused_mbconv, head_conv, pool, classifier };

/// One layer of an EfficientNet: everything that a backend needs to run it. Every convolution but
/// those of the squeeze-excitation is without bias and is followed by batch normalisation.
class efficientnet_layer {
 public:
  std::string_view label;
  layer_kind kind = layer_kind::stem;
  std::int64_t in_channels = 0;
  std::int64_t expanded_channels = 0;  ///< channels inside a block; `in_channels` where the block does not expand
  std::int64_t squeeze_channels = 0;   ///< channels of the squeeze-excitation; 0 without one
  std::int64_t out_channels = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t in_side = 1;   ///< height and width of what comes in
  std::int64_t out_side = 1;  ///< height and width of what goes out
  element_type element =
      element_type::float32;  ///< of what goes out; a backend that computes in another type sets it in its own rows

  /// The name of torchvision's module, as in `features.3.1`.
  constexpr std::string_view name() const { return label; }
  /// The output of one sample: channels, height and width; channels alone behind the pool.
  constexpr tensor_spec output() const {
    bool const flat = kind == layer_kind::pool || kind == layer_kind::classifier;
    return {element, flat ? shape{out_channels} : shape{out_channels, out_side, out_side}};
  }
  constexpr bytes output_bytes() const {
    return bytes{static_cast<std::uint64_t>(out_channels * out_side * out_side) * size_of(element).count};
  }
  /// Convolutions, squeeze-excitation included, and the linear layer; no batch normalisation, no
  /// activations.
  constexpr std::uint64_t macs() const { return static_cast<std::uint64_t>(work().macs); }
  /// Trained parameters; the running statistics of batch normalisation are not counted.
  constexpr std::uint64_t parameters() const { return static_cast<std::uint64_t>(work().parameters); }
  /// Trained parameters as float32, whatever the element.
  constexpr bytes parameter_bytes() const { return bytes{4 * parameters()}; }
  constexpr bool is_block() const { return kind == layer_kind::mbconv || kind == layer_kind::fused_mbconv; }
  constexpr bool expands() const { return expanded_channels != in_channels; }
  /// Whether the block adds its input to its output.
  constexpr bool has_residual() const { return is_block() && stride == 1 && in_channels == out_channels; }

 private:
  struct tally {
    std::int64_t macs = 0;
    std::int64_t parameters = 0;

    constexpr void convolution(std::int64_t weights, std::int64_t out, std::int64_t side) {
      macs += weights * side * side;
      parameters += weights + 2 * out;
    }
    // A linear map of pooled channels, with bias.
    constexpr void linear(std::int64_t in, std::int64_t out) {
      macs += in * out;
      parameters += in * out + out;
    }
  };

  constexpr tally work() const {
    tally sum;
    std::int64_t const window = kernel * kernel;
    if (kind == layer_kind::stem || kind == layer_kind::head_conv)
      sum.convolution(in_channels * out_channels * window, out_channels, out_side);
    if (kind == layer_kind::classifier) sum.linear(in_channels, out_channels);
    if (kind == layer_kind::fused_mbconv && !expands())
      sum.convolution(in_channels * out_channels * window, out_channels, out_side);
    if (kind == layer_kind::fused_mbconv && expands()) {
      sum.convolution(in_channels * expanded_channels * window, expanded_channels, out_side);
      sum.convolution(expanded_channels * out_channels, out_channels, out_side);
    }
    if (kind == layer_kind::mbconv) {
      if (expands()) sum.convolution(in_channels * expanded_channels, expanded_channels, in_side);
      sum.convolution(expanded_channels * window, expanded_channels, out_side);
      sum.linear(expanded_channels, squeeze_channels);
      sum.linear(squeeze_channels, expanded_channels);
      sum.convolution(expanded_channels * out_channels, out_channels, out_side);
    }
    return sum;
  }
};

/// The selection that the paper counts: blocks, without stem, head convolution, pool and
/// classifier.
inline constexpr auto blocks = [](auto const& layer) -> bool { return layer.is_block(); };

/// An EfficientNet as data: its rows are constants, so that copies are cheap.
class efficientnet {
 public:
  std::string_view label;
  tensor_spec input_spec;  ///< one sample: channels, height, width
  double norm_epsilon = 1e-5;
  std::span<efficientnet_layer const> rows;

  constexpr std::string_view name() const { return label; }
  constexpr tensor_spec const& input() const { return input_spec; }
  constexpr bytes input_bytes() const { return input_spec.size(); }
  constexpr std::span<efficientnet_layer const> layers() const { return rows; }

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

/// How a family is scaled. Multipliers are in tenths, so that all arithmetic is exact.
struct scaling {
  std::int64_t resolution;
  std::int64_t width_tenths = 10;
  std::int64_t depth_tenths = 10;
  std::int64_t head_channels = 1280;  ///< before width scaling
};

namespace detail {

// The name of a block, as in `features.3.12`; made from a pattern, as every step at compile time is
// paid by whoever includes this.
struct block_name {
  std::array<char, 13> text{'f', 'e', 'a', 't', 'u', 'r', 'e', 's', '.', '0', '.', '0', '0'};
  std::size_t length = 12;

  constexpr block_name() = default;
  constexpr block_name(std::size_t stage, std::size_t index) : length{index < 10 ? 12U : 13U} {
    text[9] = static_cast<char>('0' + stage);
    if (index >= 10) text[11] = static_cast<char>('0' + index / 10);
    text[length - 1] = static_cast<char>('0' + index % 10);
  }
  constexpr std::string_view view() const { return {text.data(), length}; }
};

// Names of all blocks, by stage from 1 and place from 0, and of the convolutions before and behind
// them.
inline constexpr std::size_t most_stages = 7, most_repeats = 26;
inline constexpr auto block_names = [] {
  std::array<std::array<block_name, most_repeats>, most_stages + 1> names{};
  for (std::size_t stage = 1; stage <= most_stages; ++stage)
    for (std::size_t index = 0; index < most_repeats; ++index) names[stage][index] = block_name{stage, index};
  return names;
}();
inline constexpr std::array<std::string_view, 10> stage_names{"features.0", "features.1", "features.2", "features.3",
                                                              "features.4", "features.5", "features.6", "features.7",
                                                              "features.8", "features.9"};

// To the nearest multiple of 8, but never losing more than a tenth of the channels.
constexpr std::int64_t scaled_channels(std::int64_t channels, scaling const& factors) {
  std::int64_t const tenths = channels * factors.width_tenths;
  std::int64_t rounded = (tenths + 40) / 80 * 8;
  if (rounded < 8) rounded = 8;
  if (rounded * 100 < tenths * 9) rounded += 8;
  return rounded;
}

constexpr std::int64_t scaled_repeats(std::int64_t repeats, scaling const& factors) {
  return (repeats * factors.depth_tenths + 9) / 10;
}

// The blocks of all stages, and stem, head convolution, pool and classifier.
constexpr std::size_t layers_of(stage const* table, std::size_t stages, scaling const& factors) {
  std::int64_t blocks = 0;
  for (std::size_t i = 0; i < stages; ++i) blocks += scaled_repeats(table[i].repeats, factors);
  return static_cast<std::size_t>(blocks) + 4;
}

// A side behind a convolution whose padding is (k − 1) / 2 all around.
constexpr std::int64_t strided(std::int64_t side, std::int64_t stride) { return (side + stride - 1) / stride; }

// Each row is one expression: every step at compile time is paid by whoever includes this.
template <auto const& Table, scaling How>
constexpr auto build() {
  std::array<efficientnet_layer, layers_of(Table.data(), Table.size(), How)> rows{};
  std::size_t count = 0;
  std::int64_t in = scaled_channels(Table[0].in_channels, How), side = How.resolution;
  rows[count++] = {stage_names[0], layer_kind::stem, 3, 3, 0, in, 3, 2, side, strided(side, 2)};
  side = strided(side, 2);
  for (std::size_t i = 0; i < Table.size(); ++i) {
    stage const& s = Table[i];
    std::int64_t const out = scaled_channels(s.out_channels, How);
    std::int64_t const repeats = scaled_repeats(s.repeats, How);
    std::int64_t stride = s.stride;
    for (std::int64_t j = 0; j < repeats; ++j) {
      std::int64_t const squeeze = s.kind != layer_kind::mbconv ? 0 : in < 8 ? 1 : in / 4;
      std::int64_t const out_side = strided(side, stride);
      rows[count++] = {block_names[i + 1][static_cast<std::size_t>(j)].view(),
                       s.kind,
                       in,
                       in * s.expansion,
                       squeeze,
                       out,
                       s.kernel,
                       stride,
                       side,
                       out_side};
      side = out_side;
      in = out;
      stride = 1;
    }
  }
  std::int64_t const head = scaled_channels(How.head_channels, How);
  rows[count++] = {stage_names[Table.size() + 1], layer_kind::head_conv, in, in, 0, head, 1, 1, side, side};
  rows[count++] = {"avgpool", layer_kind::pool, head, head, 0, head, 1, 1, side, 1};
  rows[count++] = {"classifier", layer_kind::classifier, head, head, 0, 1000, 1, 1, 1, 1};
  return rows;
}

template <auto const& Table, scaling How>
inline constexpr auto rows = build<Table, How>();

}  // namespace detail

/// The EfficientNet of a family's table (an array of at most seven stages) under one scaling.
/// Sources: Tan and Le, "EfficientNet" (ICML 2019) and "EfficientNetV2" (ICML 2021); layer names
/// and layout are those of torchvision.
template <auto const& Table, scaling How>
constexpr efficientnet make_efficientnet(std::string_view name, double norm_epsilon) {
  constexpr auto& rows = detail::rows<Table, How>;
  return {name, {element_type::float32, {3, How.resolution, How.resolution}}, norm_epsilon, {rows.data(), rows.size()}};
}

}  // namespace dsc::zoo

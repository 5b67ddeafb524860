#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include <dsc/shape.hpp>

namespace dsc::zoo {
namespace detail {

// The name of a torchvision module, as in `features.denseblock1.denselayer12`, held in place; at
// most 33 characters.
class module_name {
 public:
  constexpr module_name() = default;
  constexpr module_name(char const* text) { append(text); }
  // A number from 0 to 99 behind a prefix.
  constexpr module_name(std::string_view prefix, std::size_t number) {
    append(prefix);
    append(number);
  }

  constexpr void append(std::string_view more) {
    for (char const letter : more) text_[length_++] = letter;
  }
  constexpr void append(std::size_t number) {
    if (number >= 10) text_[length_++] = static_cast<char>('0' + number / 10);
    text_[length_++] = static_cast<char>('0' + number % 10);
  }
  constexpr std::string_view view() const { return {text_.data(), length_}; }

 private:
  std::array<char, 33> text_{};
  std::size_t length_ = 0;
};

}  // namespace detail

/// One layer of a classic network. Activations and dropout belong to the layer before them.
class classic_layer {
 public:
  detail::module_name label;
  shape extents;  ///< of one sample's output: channels, height and width; channels alone behind a global pool
  std::uint64_t mac_count = 0;
  std::uint64_t parameter_count = 0;
  bool block = false;

  /// The name of torchvision's module, where several form a layer that of the first convolution.
  constexpr std::string_view name() const { return label.view(); }
  constexpr tensor_spec output() const { return {element_type::float32, extents}; }
  constexpr bytes output_bytes() const { return output().size(); }
  /// Convolutions, squeeze-excitation included, and linear layers; no batch normalisation, no
  /// activations, no pooling.
  constexpr std::uint64_t macs() const { return mac_count; }
  /// Trained parameters; the running statistics of batch normalisation are not counted.
  constexpr std::uint64_t parameters() const { return parameter_count; }
  /// Trained parameters as float32.
  constexpr bytes parameter_bytes() const { return bytes{4 * parameter_count}; }
  /// What `zoo::blocks` selects: VGG's convolutions and pools, ResNet's residual blocks,
  /// MobileNet's inverted residuals, DenseNet's dense layers and transitions.
  constexpr bool is_block() const { return block; }
};

/// A classic network as data: its rows are constants, so that copies are cheap.
class classic {
 public:
  std::string_view label;
  tensor_spec input_spec;  ///< one sample: channels, height, width
  std::span<classic_layer const> rows;

  constexpr std::string_view name() const { return label; }
  constexpr tensor_spec const& input() const { return input_spec; }
  constexpr bytes input_bytes() const { return input_spec.size(); }
  constexpr std::span<classic_layer const> layers() const { return rows; }

  /// The same network fed with another element type: uint8 is what a camera sends.
  constexpr classic with_input(element_type element) const {
    classic other = *this;
    other.input_spec.element = element;
    return other;
  }
};

namespace detail {

inline constexpr std::int64_t classic_side = 224, classic_classes = 1000;

// Walks through a network from its input on and counts; `cut` ends a layer.
template <std::size_t Layers>
class classic_builder {
 public:
  std::array<classic_layer, Layers> rows{};

  constexpr std::int64_t channels() const { return channels_; }

  // Square kernel, padded so that the side is divided by the stride and rounded up; without bias.
  constexpr void convolution(std::int64_t out, std::int64_t kernel, std::int64_t stride = 1, std::int64_t groups = 1) {
    shrink(stride);
    count(channels_ / groups * out * kernel * kernel, side_ * side_);
    channels_ = out;
  }
  constexpr void bias() { count(channels_, 0); }
  constexpr void normalisation() { count(2 * channels_, 0); }
  constexpr void shrink(std::int64_t stride) { side_ = (side_ + stride - 1) / stride; }
  // A 1x1 convolution beside the main path, from `in` channels to those at hand.
  constexpr void projection(std::int64_t in) {
    count(in * channels_, side_ * side_);
    normalisation();
  }
  constexpr void squeeze_excitation(std::int64_t squeezed) {
    count(2 * channels_ * squeezed, 1);
    count(channels_ + squeezed, 0);
  }
  constexpr void concatenate(std::int64_t earlier) { channels_ += earlier; }
  constexpr void mean() { flat_ = true; }
  constexpr void linear(std::int64_t out) {
    count(channels_ * (flat_ ? 1 : side_ * side_) * out, 1);
    channels_ = out;
    flat_ = true;
    bias();
  }

  constexpr void cut(module_name const& label, bool block = false) {
    classic_layer& row = rows[count_++];
    row.label = label;
    row.extents = flat_ ? shape{channels_} : shape{channels_, side_, side_};
    row.mac_count = static_cast<std::uint64_t>(macs_);
    row.parameter_count = static_cast<std::uint64_t>(parameters_);
    row.block = block;
    macs_ = parameters_ = 0;
  }

 private:
  constexpr void count(std::int64_t weights, std::int64_t places) {
    macs_ += weights * places;
    parameters_ += weights;
  }

  std::size_t count_ = 0;
  std::int64_t channels_ = 3, side_ = classic_side;
  bool flat_ = false;
  std::int64_t macs_ = 0, parameters_ = 0;
};

constexpr classic make_classic(std::string_view name, std::span<classic_layer const> rows) {
  return {name, {element_type::float32, {3, classic_side, classic_side}}, rows};
}

}  // namespace detail
}  // namespace dsc::zoo

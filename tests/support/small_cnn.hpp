#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include <dsc/model/static_model.hpp>

/// A small real convolutional network: seven layers of seven shapes, written out in plain loops,
/// with made-up but fixed weights. Layers are not inlined: a test that runs every split would
/// otherwise hold hundreds of copies of them.
namespace dsc::test {

/// Numbers in [-1/2, 1/2) that look random and are always the same.
template <std::size_t N>
[[gnu::noinline]] constexpr std::array<float, N> made_up_weights(std::uint32_t seed) {
  std::array<float, N> weights{};
  for (float& weight : weights) {
    seed = seed * 1664525u + 1013904223u;
    weight = static_cast<float>(seed >> 16) / 65536.0f - 0.5f;
  }
  return weights;
}

/// A pixel of a padded image: 0 outside. Indices are counted from the padding's corner.
template <class Image>
constexpr float padded(Image const& x, std::size_t channel, std::size_t row, std::size_t column, std::size_t padding) {
  if (row < padding || column < padding || row - padding >= Image::extents[1] || column - padding >= Image::extents[2])
    return 0.0f;
  return static_cast<float>(x(channel, row - padding, column - padding));
}

/// Convolution with "same" padding and bias, then ReLU. `In` is channels, height, width.
template <StaticTensor In, std::size_t OutChannels, std::size_t Kernel, std::size_t Stride, std::uint32_t Seed>
struct convolution {
  static constexpr std::size_t in_channels = In::extents[0];
  static constexpr std::size_t weight_count = OutChannels * in_channels * Kernel * Kernel;
  using input_type = In;
  using output_type =
      static_tensor<float, OutChannels, (In::extents[1] + Stride - 1) / Stride, (In::extents[2] + Stride - 1) / Stride>;
  static constexpr std::uint64_t macs = weight_count * (output_type::elements / OutChannels);
  static constexpr bytes parameter_bytes{sizeof(float) * (weight_count + OutChannels)};

  std::array<float, weight_count> weights = made_up_weights<weight_count>(Seed);
  std::array<float, OutChannels> bias = made_up_weights<OutChannels>(Seed + 1);

  [[gnu::noinline]] constexpr void operator()(input_type const& x, output_type& y) const {
    for (std::size_t o = 0; o < OutChannels; ++o)
      for (std::size_t i = 0; i < output_type::extents[1]; ++i)
        for (std::size_t j = 0; j < output_type::extents[2]; ++j)
          y(o, i, j) = std::max(0.0f, bias[o] + correlate(x, o, i * Stride, j * Stride));
  }

 private:
  constexpr float correlate(input_type const& x, std::size_t out, std::size_t row, std::size_t column) const {
    float sum = 0.0f;
    std::size_t w = out * in_channels * Kernel * Kernel;
    for (std::size_t c = 0; c < in_channels; ++c)
      for (std::size_t a = 0; a < Kernel; ++a)
        for (std::size_t b = 0; b < Kernel; ++b) sum += weights[w++] * padded(x, c, row + a, column + b, Kernel / 2);
    return sum;
  }
};

/// Depthwise convolution with "same" padding: each channel has a kernel of its own. No activation.
template <StaticTensor In, std::size_t Kernel, std::size_t Stride, std::uint32_t Seed>
struct depthwise {
  static constexpr std::size_t channels = In::extents[0];
  static constexpr std::size_t weight_count = channels * Kernel * Kernel;
  using input_type = In;
  using output_type =
      static_tensor<float, channels, (In::extents[1] + Stride - 1) / Stride, (In::extents[2] + Stride - 1) / Stride>;
  static constexpr std::uint64_t macs = output_type::elements * Kernel * Kernel;
  static constexpr bytes parameter_bytes{sizeof(float) * weight_count};

  std::array<float, weight_count> weights = made_up_weights<weight_count>(Seed);

  [[gnu::noinline]] constexpr void operator()(input_type const& x, output_type& y) const {
    for (std::size_t c = 0; c < channels; ++c)
      for (std::size_t i = 0; i < output_type::extents[1]; ++i)
        for (std::size_t j = 0; j < output_type::extents[2]; ++j) {
          float sum = 0.0f;
          for (std::size_t a = 0; a < Kernel; ++a)
            for (std::size_t b = 0; b < Kernel; ++b)
              sum += weights[(c * Kernel + a) * Kernel + b] * padded(x, c, i * Stride + a, j * Stride + b, Kernel / 2);
          y(c, i, j) = sum;
        }
  }
};

/// The largest of every `Side` x `Side` square.
template <StaticTensor In, std::size_t Side>
struct max_pool {
  using input_type = In;
  using output_type = static_tensor<float, In::extents[0], In::extents[1] / Side, In::extents[2] / Side>;
  static constexpr std::uint64_t macs = 0;
  static constexpr bytes parameter_bytes{};

  [[gnu::noinline]] constexpr void operator()(input_type const& x, output_type& y) const {
    y.values.fill(std::numeric_limits<float>::lowest());
    for (std::size_t c = 0; c < In::extents[0]; ++c)
      for (std::size_t i = 0; i < output_type::extents[1] * Side; ++i)
        for (std::size_t j = 0; j < output_type::extents[2] * Side; ++j)
          y(c, i / Side, j / Side) = std::max(y(c, i / Side, j / Side), static_cast<float>(x(c, i, j)));
  }
};

/// The mean of each channel.
template <StaticTensor In>
struct global_pool {
  using input_type = In;
  using output_type = static_tensor<float, In::extents[0]>;
  static constexpr std::uint64_t macs = 0;
  static constexpr bytes parameter_bytes{};

  [[gnu::noinline]] constexpr void operator()(input_type const& x, output_type& y) const {
    constexpr std::size_t area = In::extents[1] * In::extents[2];
    for (std::size_t i = 0; i < In::elements; ++i)
      y(i / area) += static_cast<float>(x.values[i]) / static_cast<float>(area);
  }
};

/// A fully connected layer with bias.
template <StaticTensor In, std::size_t Out, std::uint32_t Seed>
struct linear {
  using input_type = In;
  using output_type = static_tensor<float, Out>;
  static constexpr std::uint64_t macs = Out * In::elements;
  static constexpr bytes parameter_bytes{sizeof(float) * (Out * In::elements + Out)};

  std::array<float, Out * In::elements> weights = made_up_weights<Out * In::elements>(Seed);
  std::array<float, Out> bias = made_up_weights<Out>(Seed + 1);

  [[gnu::noinline]] constexpr void operator()(input_type const& x, output_type& y) const {
    for (std::size_t o = 0; o < Out; ++o) {
      y(o) = bias[o];
      for (std::size_t i = 0; i < In::elements; ++i)
        y(o) += weights[o * In::elements + i] * static_cast<float>(x.values[i]);
    }
  }
};

/// Input 3x16x16 of `Pixel`: 768 elements. Outputs: 2048, 512, 1024, 256, 384, 24, 10 elements of
/// float.
template <class Pixel>
struct small_cnn_layers {
  using image = static_tensor<Pixel, 3, 16, 16>;
  struct stem : convolution<image, 8, 3, 1, 11> {
    static constexpr std::string_view name = "stem";
  };
  struct spatial : depthwise<typename stem::output_type, 3, 2, 22> {
    static constexpr std::string_view name = "depthwise";
  };
  struct pointwise : convolution<typename spatial::output_type, 16, 1, 1, 33> {
    static constexpr std::string_view name = "pointwise";
  };
  struct pool : max_pool<typename pointwise::output_type, 2> {
    static constexpr std::string_view name = "pool";
  };
  struct wide : convolution<typename pool::output_type, 24, 3, 1, 44> {
    static constexpr std::string_view name = "wide";
  };
  struct mean : global_pool<typename wide::output_type> {
    static constexpr std::string_view name = "mean";
  };
  struct classifier : linear<typename mean::output_type, 10, 55> {
    static constexpr std::string_view name = "classifier";
  };
};

template <class Pixel, class L = small_cnn_layers<Pixel>>
using small_cnn_of = static_model<typename L::stem, typename L::spatial, typename L::pointwise, typename L::pool,
                                  typename L::wide, typename L::mean, typename L::classifier>;

/// The network on float32 pixels.
using small_cnn = small_cnn_of<float>;
/// The network on the bytes of a camera.
using small_cnn_uint8 = small_cnn_of<std::uint8_t>;

/// A made-up input of the network.
template <class Model>
constexpr typename Model::input_type made_up_image(std::uint32_t seed) {
  typename Model::input_type image;
  auto const noise = made_up_weights<Model::input_type::elements>(seed);
  for (std::size_t i = 0; i < noise.size(); ++i)
    image.values[i] = static_cast<typename Model::input_type::value_type>((noise[i] + 0.5f) * 255.0f);
  return image;
}

}  // namespace dsc::test

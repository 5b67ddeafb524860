#pragma once

#include <array>
#include <cstddef>

namespace dsc::cli {

/// How the levels 0..255 of an image become what a network takes in float32: `(level / range −
/// mean) / deviation`, channel by channel.
struct normalization {
  double range = 255.0;
  std::array<double, 3> mean{}, deviation{1.0, 1.0, 1.0};

  float of(double level, std::size_t channel) const {
    return static_cast<float>((level / range - mean.at(channel)) / deviation.at(channel));
  }
};

/// What torchvision's models are trained with.
inline constexpr normalization imagenet{255.0, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}};

/// Levels from 0 to 1, from -1 to 1, and from 0 to 255 as they are.
inline constexpr normalization zero_to_one{}, minus_one_to_one{255.0, {0.5, 0.5, 0.5}, {0.5, 0.5, 0.5}},
    levels_as_they_are{1.0, {}, {1.0, 1.0, 1.0}};

}  // namespace dsc::cli

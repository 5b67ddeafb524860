#pragma once

#include <array>
#include <string>
#include <string_view>

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

/// `imagenet`, `0..1`, `-1..1`, or `none` for the levels as they are. Throws `bad_option`.
normalization normalization_named(std::string_view name);

/// Three numbers of red, green and blue, as in `0.485,0.456,0.406`; one counts for all three.
/// Throws `bad_option`, naming the option.
std::array<double, 3> channel_values(std::string_view text, std::string_view option);

}  // namespace dsc::cli

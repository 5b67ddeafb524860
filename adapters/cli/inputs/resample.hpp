#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace dsc::cli {

/// Levels of 0..255, three channels, row by row, as decoders give them.
struct picture {
  std::size_t width = 0, height = 0;
  std::vector<std::uint8_t> levels;

  std::uint8_t at(std::size_t x, std::size_t y, std::size_t channel) const {
    return levels[(y * width + x) * 3 + channel];
  }
};

/// Turned and mirrored as EXIF's orientation (1..8) asks.
picture upright(picture const& taken, int orientation);

/// Resized to the whole of `width × height`, bilinearly and antialiased: of a smaller result every
/// level is a mean of all those that it covers, as Pillow's and torchvision's are.
picture resized(picture const& from, std::size_t width, std::size_t height);

/// Its middle of `width × height`, which must lie inside.
picture middle_of(picture const& from, std::size_t width, std::size_t height);

/// As torchvision's presets do it: resized, keeping its proportions, so that it just covers
/// `scale` times `width × height`, then cut to the middle. For a square that is: the shorter side
/// becomes `scale` times the square's.
picture cropped(picture const& from, std::size_t width, std::size_t height, double scale);

}  // namespace dsc::cli

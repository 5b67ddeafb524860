#include "inputs/resample.hpp"

#include <algorithm>
#include <cmath>

namespace dsc::cli {
namespace {

constexpr std::size_t channels = 3;

// What one row or column of the result is made of: neighbours of the original, and their weights.
struct window {
  std::size_t first = 0;
  std::vector<double> weights;
};

std::vector<window> windows(std::size_t from, std::size_t to) {
  double const scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(scale, 1.0);
  std::vector<window> all;
  for (std::size_t i = 0; i < to; ++i) {
    double const centre = (static_cast<double>(i) + 0.5) * scale;
    auto const first = static_cast<std::size_t>(std::max(0.0, std::floor(centre - reach + 0.5)));
    auto const end = std::min(from, static_cast<std::size_t>(std::floor(centre + reach + 0.5)));
    window column{.first = first, .weights = {}};
    double sum = 0.0;
    for (std::size_t k = first; k < end; ++k) {
      column.weights.push_back(std::max(0.0, 1.0 - std::abs(static_cast<double>(k) + 0.5 - centre) / reach));
      sum += column.weights.back();
    }
    for (double& weight : column.weights) weight /= sum;
    all.push_back(std::move(column));
  }
  return all;
}

std::uint8_t level_of(double value) {
  return static_cast<std::uint8_t>(std::clamp(std::floor(value + 0.5), 0.0, 255.0));
}

picture resized_across(picture const& from, std::size_t width) {
  picture result{width, from.height, {}};
  result.levels.reserve(width * from.height * channels);
  std::vector<window> const columns = windows(from.width, width);
  for (std::size_t y = 0; y < from.height; ++y)
    for (window const& column : columns)
      for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0.0;
        for (std::size_t k = 0; k < column.weights.size(); ++k)
          sum += column.weights[k] * from.at(column.first + k, y, c);
        result.levels.push_back(level_of(sum));
      }
  return result;
}

picture resized_down(picture const& from, std::size_t height) {
  picture result{from.width, height, {}};
  result.levels.reserve(from.width * height * channels);
  for (window const& row : windows(from.height, height))
    for (std::size_t x = 0; x < from.width; ++x)
      for (std::size_t c = 0; c < channels; ++c) {
        double sum = 0.0;
        for (std::size_t k = 0; k < row.weights.size(); ++k) sum += row.weights[k] * from.at(x, row.first + k, c);
        result.levels.push_back(level_of(sum));
      }
  return result;
}

// A picture of levels that `place(x, y)` finds in another.
picture rearranged(picture const& from, std::size_t width, std::size_t height, auto const& place) {
  picture result{width, height, {}};
  result.levels.reserve(width * height * channels);
  for (std::size_t y = 0; y < height; ++y)
    for (std::size_t x = 0; x < width; ++x) {
      auto const [at_x, at_y] = place(x, y);
      for (std::size_t c = 0; c < channels; ++c) result.levels.push_back(from.at(at_x, at_y, c));
    }
  return result;
}

}  // namespace

picture upright(picture const& taken, int orientation) {
  if (orientation <= 1) return taken;
  std::size_t const right = taken.width - 1, bottom = taken.height - 1;
  bool const on_its_side = orientation >= 5;
  // From 5 on rows and columns change places; which ends are swapped besides is in this table.
  bool const mirror_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  bool const mirror_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  return rearranged(taken, on_its_side ? taken.height : taken.width, on_its_side ? taken.width : taken.height,
                    [&](std::size_t x, std::size_t y) {
                      std::size_t const from_x = on_its_side ? y : x, from_y = on_its_side ? x : y;
                      return std::pair{mirror_x ? right - from_x : from_x, mirror_y ? bottom - from_y : from_y};
                    });
}

picture resized(picture const& from, std::size_t width, std::size_t height) {
  picture const across = width == from.width ? from : resized_across(from, width);
  return height == across.height ? across : resized_down(across, height);
}

picture middle_of(picture const& from, std::size_t width, std::size_t height) {
  auto const half = [](std::size_t rest) {
    return static_cast<std::size_t>(std::nearbyint(static_cast<double>(rest) / 2.0));  // torchvision's rounding
  };
  std::size_t const left = half(from.width - width), top = half(from.height - height);
  return rearranged(from, width, height, [&](std::size_t x, std::size_t y) { return std::pair{left + x, top + y}; });
}

picture cropped(picture const& from, std::size_t width, std::size_t height, double scale) {
  auto const at_least = [scale](std::size_t side) {
    return std::max(side, static_cast<std::size_t>(std::lround(scale * static_cast<double>(side))));
  };
  std::size_t const needed_width = at_least(width), needed_height = at_least(height);
  // The side that needs the larger factor gets just what it needs; the other one is more than
  // enough.
  bool const by_width = needed_width * from.height >= needed_height * from.width;
  std::size_t const made_width = by_width ? needed_width : needed_height * from.width / from.height;
  std::size_t const made_height = by_width ? needed_width * from.height / from.width : needed_height;
  return middle_of(resized(from, made_width, made_height), width, height);
}

}  // namespace dsc::cli

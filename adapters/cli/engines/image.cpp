#include "engines/image.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <memory>

#include <stb/stb_image.h>

#include <dsc/error.hpp>

namespace dsc::cli {
namespace {

constexpr std::size_t channels = 3;

// What torchvision's presets normalise with.
constexpr std::array mean{0.485, 0.456, 0.406}, deviation{0.229, 0.224, 0.225};

struct pixels {
  std::unique_ptr<stbi_uc, void (*)(void*)> values{nullptr, stbi_image_free};
  std::size_t width = 0;
  std::size_t height = 0;

  double at(std::size_t x, std::size_t y, std::size_t channel) const {
    return values.get()[(y * width + x) * channels + channel];
  }
};

// Feeds the decoder, and notices when it asks for more than there is: it would make up the rest of
// a truncated JPEG.
struct source {
  std::ifstream stream;
  bool ran_out = false;

  static int read(void* self, char* to, int size) {
    auto& mine = *static_cast<source*>(self);
    mine.stream.read(to, size);
    auto const got = static_cast<int>(mine.stream.gcount());
    if (got == 0) mine.ran_out = true;
    return got;
  }
  static void skip(void* self, int size) {
    auto& mine = *static_cast<source*>(self);
    mine.stream.clear();
    mine.stream.seekg(size, std::ios::cur);
  }
  static int ended(void* self) {
    return static_cast<source*>(self)->stream.peek() == std::ifstream::traits_type::eof() ? 1 : 0;
  }
};

pixels decode(std::string const& file) {
  source from{std::ifstream{file, std::ios::binary}};
  if (!from.stream) throw error{errc::cannot_read, "cannot read the image '" + file + "'"};
  stbi_io_callbacks const how{source::read, source::skip, source::ended};
  int width = 0, height = 0, had = 0;
  pixels image;
  image.values.reset(stbi_load_from_callbacks(&how, &from, &width, &height, &had, static_cast<int>(channels)));
  if (image.values == nullptr)
    throw error{errc::bad_image, "'" + file + "' is no image that can be decoded: " + stbi_failure_reason()};
  if (from.ran_out) throw error{errc::bad_image, "the image '" + file + "' is truncated"};
  image.width = static_cast<std::size_t>(width);
  image.height = static_cast<std::size_t>(height);
  return image;
}

// Where a row or column of the result lies in the image: between two of its own.
struct between {
  std::size_t low, high;
  double weight;
};

between place(std::size_t i, std::size_t of, std::size_t size) {
  double const last = static_cast<double>(size) - 1.0;
  double const centre = (static_cast<double>(i) + 0.5) * static_cast<double>(size) / static_cast<double>(of) - 0.5;
  double const inside = std::clamp(centre, 0.0, last);
  double const low = std::floor(inside);
  return {static_cast<std::size_t>(low), static_cast<std::size_t>(std::min(low + 1.0, last)), inside - low};
}

double bilinear(pixels const& image, between const& x, between const& y, std::size_t channel) {
  auto const row = [&](std::size_t at_y) {
    return std::lerp(image.at(x.low, at_y, channel), image.at(x.high, at_y, channel), x.weight);
  };
  return std::lerp(row(y.low), row(y.high), y.weight);
}

template <class Number>
void put(std::vector<std::byte>& sample, Number value) {
  std::size_t const end = sample.size();
  sample.resize(end + sizeof value);
  std::memcpy(sample.data() + end, &value, sizeof value);
}

}  // namespace

std::vector<std::byte> load_image(std::string const& file, tensor_spec const& sample) {
  if (sample.shape.rank != 3 || sample.shape[0] != static_cast<std::int64_t>(channels))
    throw error{errc::bad_option,
                "images are for models that take 3 channels, height and width; leave --image out for made-up input"};
  pixels const image = decode(file);
  auto const height = static_cast<std::size_t>(sample.shape[1]), width = static_cast<std::size_t>(sample.shape[2]);
  std::vector<std::byte> values;
  values.reserve(sample.size().count);
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x) {
        double const level = bilinear(image, place(x, width, image.width), place(y, height, image.height), c);
        if (sample.element == element_type::uint8)
          put(values, static_cast<std::uint8_t>(std::lround(level)));
        else
          put(values, static_cast<float>((level / 255.0 - mean[c]) / deviation[c]));
      }
  return values;
}

}  // namespace dsc::cli

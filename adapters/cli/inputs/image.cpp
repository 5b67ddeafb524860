#include "inputs/image.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include <fmt/format.h>
#include <stb/stb_image.h>

#include <dsc/error.hpp>
#include <dsc/io/file.hpp>

#include "console/errors.hpp"
#include "inputs/exif.hpp"
#include "inputs/resample.hpp"

namespace dsc::cli {
namespace {

constexpr std::size_t channels = 3;
constexpr std::size_t most_pixels = std::size_t{1} << 26U;

// Feeds the decoder, and notices when it asks for more than there is: it would make up the rest of
// a truncated JPEG.
struct source {
  std::string_view rest;
  bool ran_out = false;

  static int read(void* self, char* to, int size) {
    auto& mine = *static_cast<source*>(self);
    std::size_t const count = std::min(mine.rest.size(), static_cast<std::size_t>(size));
    std::memcpy(to, mine.rest.data(), count);
    mine.rest.remove_prefix(count);
    if (count == 0) mine.ran_out = true;
    return static_cast<int>(count);
  }
  static void skip(void* self, int size) {
    auto& mine = *static_cast<source*>(self);
    if (size > 0) mine.rest.remove_prefix(std::min(mine.rest.size(), static_cast<std::size_t>(size)));
  }
  static int ended(void* self) { return static_cast<source*>(self)->rest.empty() ? 1 : 0; }
};

constexpr stbi_io_callbacks from_source{source::read, source::skip, source::ended};

[[noreturn]] void refuse(std::string const& file, std::string const& why) {
  throw error{cli_errc::bad_image,
              "'" + file + "' is no image that can be decoded: " + why + "; give a PNG, JPEG, BMP, GIF or PNM file"};
}

// By the header alone: before anything is allocated for the pixels.
void check_size(std::string const& file, std::string_view text) {
  source from{text};
  int width = 0, height = 0, had = 0;
  if (stbi_info_from_callbacks(&from_source, &from, &width, &height, &had) == 0) refuse(file, stbi_failure_reason());
  if (width < 1 || height < 1) refuse(file, fmt::format("it is {} by {} pixels", width, height));
  if (static_cast<std::size_t>(width) * static_cast<std::size_t>(height) > most_pixels)
    throw error{cli_errc::bad_image,
                fmt::format("the image '{}' is {} by {} pixels, and at most {} are taken; make it smaller", file, width,
                            height, most_pixels)};
}

// Cut to its middle, a picture is resized as a whole; one that is almost a line would become huge.
void check_proportions(std::string const& file, picture const& decoded) {
  constexpr std::size_t largest = 64;
  if (decoded.width > largest * decoded.height || decoded.height > largest * decoded.width)
    throw error{cli_errc::bad_image, fmt::format("the image '{}' is {} by {} pixels, too narrow to cut the middle out; "
                                                 "--stretch takes all of it",
                                                 file, decoded.width, decoded.height)};
}

picture decode(std::string const& file) {
  std::string const text = read_file(file);
  check_size(file, text);
  source from{text};
  int width = 0, height = 0, had = 0;
  std::unique_ptr<stbi_uc, void (*)(void*)> const levels{
      stbi_load_from_callbacks(&from_source, &from, &width, &height, &had, static_cast<int>(channels)),
      stbi_image_free};
  if (levels == nullptr) refuse(file, stbi_failure_reason());
  if (width < 1 || height < 1) refuse(file, "it has no pixels");
  if (from.ran_out) throw error{cli_errc::bad_image, "the image '" + file + "' is truncated; get it again"};
  auto const w = static_cast<std::size_t>(width), h = static_cast<std::size_t>(height);
  return upright({w, h, {levels.get(), levels.get() + w * h * channels}}, exif_orientation(text));
}

template <class Number>
void put(std::vector<std::byte>& sample, Number value) {
  std::size_t const end = sample.size();
  sample.resize(end + sizeof value);
  std::memcpy(sample.data() + end, &value, sizeof value);
}

}  // namespace

std::vector<std::byte> load_image(std::string const& file, tensor_spec const& sample, image_options const& options) {
  if (sample.shape.rank != 3 || sample.shape[0] != static_cast<std::int64_t>(channels))
    throw error{cli_errc::bad_option,
                "images are for models that take 3 channels, height and width; leave --image out for made-up input"};
  auto const height = static_cast<std::size_t>(sample.shape[1]), width = static_cast<std::size_t>(sample.shape[2]);
  picture const decoded = decode(file);
  if (!options.stretch) check_proportions(file, decoded);
  picture const fitted =
      options.stretch ? resized(decoded, width, height) : cropped(decoded, width, height, usual_resize_of_crop);
  normalization const normalized = options.normalize.value_or(imagenet);
  std::vector<std::byte> values;
  values.reserve(sample.size().count);
  for (std::size_t c = 0; c < channels; ++c)
    for (std::size_t y = 0; y < height; ++y)
      for (std::size_t x = 0; x < width; ++x)
        if (sample.element == element_type::uint8)
          put(values, fitted.at(x, y, c));
        else
          put(values, normalized.of(fitted.at(x, y, c), c));
  return values;
}

}  // namespace dsc::cli

#include "inputs/exif.hpp"

#include <cstddef>
#include <cstdint>

namespace dsc::cli {
namespace {

// Whole numbers in either order of bytes; 0 past the end.
struct numbers {
  std::string_view text;
  bool little = false;

  std::uint32_t at(std::size_t place, std::size_t size) const {
    if (place > text.size() || text.size() - place < size) return 0;
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i)
      value = value << 8U | static_cast<unsigned char>(text[place + (little ? size - 1 - i : i)]);
    return value;
  }
};

// The first directory of a TIFF holds it under tag 0x0112.
int orientation_in_tiff(std::string_view tiff) {
  numbers const in{tiff, tiff.starts_with("II")};
  if (in.at(2, 2) != 42) return 1;
  std::size_t const directory = in.at(4, 4);
  std::size_t const entries = in.at(directory, 2);
  for (std::size_t i = 0; i < entries; ++i) {
    std::size_t const entry = directory + 2 + 12 * i;
    if (entry + 12 > tiff.size()) return 1;
    if (in.at(entry, 2) != 0x0112U) continue;
    std::uint32_t const orientation = in.at(entry + 8, 2);
    return orientation >= 1 && orientation <= 8 ? static_cast<int>(orientation) : 1;
  }
  return 1;
}

}  // namespace

int exif_orientation(std::string_view jpeg) {
  using namespace std::string_view_literals;
  constexpr std::string_view exif = "Exif\0\0"sv;
  numbers const in{jpeg};
  if (in.at(0, 2) != 0xFFD8U) return 1;
  // Segments: two bytes of marker, two of length, which counts itself. Behind 0xFFDA pixels begin.
  for (std::size_t place = 2; place + 4 <= jpeg.size();) {
    std::uint32_t const marker = in.at(place, 2);
    std::size_t const length = in.at(place + 2, 2);
    if (marker < 0xFF01U || marker == 0xFFDAU || length < 2) return 1;
    std::string_view const content = jpeg.substr(place + 4, length - 2);
    if (marker == 0xFFE1U && content.starts_with(exif)) return orientation_in_tiff(content.substr(exif.size()));
    place += 2 + length;
  }
  return 1;
}

}  // namespace dsc::cli

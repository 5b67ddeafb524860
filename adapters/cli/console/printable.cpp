#include "console/printable.hpp"

#include <cstddef>

#include <fmt/format.h>

namespace dsc::cli {
namespace {

unsigned byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
}

// How many bytes the UTF-8 character at the front takes; 0 where there is none.
std::size_t length_of_character(std::string_view text) {
  unsigned const first = byte_at(text, 0), second = byte_at(text, 1);
  std::size_t const length = first < 0x80U                      ? 1
                             : first >= 0xC2U && first <= 0xDFU ? 2
                             : (first & 0xF0U) == 0xE0U         ? 3
                             : first >= 0xF0U && first <= 0xF4U ? 4
                                                                : 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte_at(text, i) & 0xC0U) != 0x80U) return 0;
  // Written longer than needed, a half of a pair, or past the last character.
  bool const wrong = (first == 0xE0U && second < 0xA0U) || (first == 0xEDU && second > 0x9FU) ||
                     (first == 0xF0U && second < 0x90U) || (first == 0xF4U && second > 0x8FU);
  return wrong ? 0 : length;
}

std::string escaped(std::string_view text, bool lines) {
  std::string shown;
  while (!text.empty()) {
    std::size_t const length = length_of_character(text);
    unsigned const first = byte_at(text, 0), second = byte_at(text, 1);
    bool const c1 = length == 2 && first == 0xC2U && second < 0xA0U;  // U+0080 to U+009F steer terminals, too
    if (lines && first == '\n')
      shown += '\n';
    else if (first == '\n' || first == '\r' || first == '\t')
      shown += first == '\n' ? "\\n" : first == '\r' ? "\\r" : "\\t";
    else if (c1)
      shown += fmt::format("\\u{:04x}", second);
    else if (length == 0 || first < 0x20U || first == 0x7FU)
      shown += fmt::format("\\x{:02x}", first);
    else
      shown += text.substr(0, length);
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return shown;
}

}  // namespace

std::string printable(std::string_view text) { return escaped(text, false); }
std::string printable_lines(std::string_view text) { return escaped(text, true); }

}  // namespace dsc::cli

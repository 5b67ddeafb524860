#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace dsc::detail {

/// A short string that lives inside its owner, so that data with names can be a compile-time constant.
struct inline_name {
  std::array<char, 24> text{};
  std::size_t length = 0;

  constexpr inline_name() = default;
  constexpr explicit inline_name(std::string_view name) { *this = then(name); }

  constexpr std::string_view view() const { return {text.data(), length}; }

  /// This name with `more` behind it; too long a one does not compile, as names are compile-time data.
  constexpr inline_name then(std::string_view more) const {
    inline_name longer = *this;
    for (char const c : more) longer.text.at(longer.length++) = c;
    return longer;
  }
  constexpr inline_name then(std::size_t number) const {
    inline_name const tens = number >= 10 ? then(number / 10) : *this;
    return tens.then(std::string_view{&"0123456789"[number % 10], 1});
  }
};

}  // namespace dsc::detail

#pragma once

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iosfwd>
#include <span>
#include <string>
#include <string_view>

#include <dsc/units.hpp>

/// Quantities as text for people: three significant digits and the unit in which they read best.
namespace dsc {
namespace detail {

// `x` in fixed notation with three significant digits at least, no trailing zeros.
inline std::string three_digits(double x) {
  double const size = std::abs(x);
  int const decimals = size >= 99.95 ? 0 : size >= 9.995 ? 1 : size >= 0.9995 ? 2 : 3;
  std::array<char, 400> buffer;
  auto const end =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), x, std::chars_format::fixed, decimals).ptr;
  std::string text{buffer.data(), end};
  if (decimals > 0) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text;
}

// `x` times the unit that leaves it below 1000, units being a thousand apart; the last one where
// none does.
inline std::string in_units(double x, std::span<std::string_view const> units) {
  std::size_t unit = 0;
  for (; unit + 1 < units.size() && std::abs(x) >= 999.5; ++unit) x /= 1000.0;
  return three_digits(x) + " " + std::string{units[unit]};
}

}  // namespace detail

/// As in "602 kB", in powers of 1000.
inline std::string to_string(bytes amount) {
  static constexpr std::array<std::string_view, 7> units{"B", "kB", "MB", "GB", "TB", "PB", "EB"};
  return detail::in_units(static_cast<double>(amount.count), units);
}

/// As in "11.3 MB/s", in powers of 1000; "unlimited" for a rate without limit.
inline std::string to_string(data_rate rate) {
  static constexpr std::array<std::string_view, 5> units{"B/s", "kB/s", "MB/s", "GB/s", "TB/s"};
  return rate == unlimited ? "unlimited" : detail::in_units(rate.bytes_per_second, units);
}

/// As in "12.4 ms", from ns to s; "never" for a time that never comes. Call it as `dsc::to_string`:
/// the type is of `std::chrono`.
inline std::string to_string(seconds time) {
  static constexpr std::array<std::string_view, 4> units{"ns", "us", "ms", "s"};
  if (time == never) return "never";
  return time == seconds{} ? "0 s" : detail::in_units(time.count() * 1e9, units);
}

/// As in "8 samples".
inline std::string to_string(batch_size batch) {
  return std::to_string(batch.count) + (batch.count == 1 ? " sample" : " samples");
}

/// As in "split 5".
inline std::string to_string(split_point split) { return "split " + std::to_string(split.layers); }

/// Writes `to_string` of a quantity. Times have none: their type belongs to `std::chrono`.
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, bytes amount) {
  return out << to_string(amount);
}
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, data_rate rate) {
  return out << to_string(rate);
}
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, batch_size batch) {
  return out << to_string(batch);
}
template <class Traits>
std::basic_ostream<char, Traits>& operator<<(std::basic_ostream<char, Traits>& out, split_point split) {
  return out << to_string(split);
}

}  // namespace dsc

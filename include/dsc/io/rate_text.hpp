#pragma once

#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <dsc/detail/check.hpp>
#include <dsc/units.hpp>

/// Data rates as people write them: `40Mbit`, `40 Mbit/s`, `5MB/s`, `300kB/s`.
namespace dsc {
namespace detail {

inline std::string_view without_blanks(std::string_view text) {
  std::string_view const blank = " \t";
  std::size_t const from = std::min(text.find_first_not_of(blank), text.size());
  return text.substr(from, text.find_last_not_of(blank) + 1 - from);
}

inline std::string in_lower_case(std::string_view text) {
  std::string lower{text};
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// Takes the ending off where it is there, in any case; whether it was.
inline bool take_ending(std::string_view& text, std::string_view ending) {
  if (text.size() < ending.size() || in_lower_case(text.substr(text.size() - ending.size())) != ending) return false;
  text.remove_suffix(ending.size());
  return true;
}

struct named_factor {
  std::string_view name;
  double factor;
};

// Bytes of what a unit counts: taken off its end; nothing where that is neither bits nor bytes.
inline std::optional<double> take_bits_or_bytes(std::string_view& text) {
  constexpr std::array words{named_factor{"bits", 0.125}, named_factor{"bit", 0.125}, named_factor{"bytes", 1.0},
                             named_factor{"byte", 1.0}};
  for (auto const& [name, factor] : words)
    if (take_ending(text, name)) return factor;
  if (!text.ends_with('b') && !text.ends_with('B')) return std::nullopt;
  double const factor = text.ends_with('b') ? 0.125 : 1.0;  // the one letter whose case counts
  text.remove_suffix(1);
  return factor;
}

inline std::optional<double> prefix_named(std::string_view text) {
  constexpr std::array prefixes{named_factor{"", 1.0},         named_factor{"k", 1e3},
                                named_factor{"kilo", 1e3},     named_factor{"m", 1e6},
                                named_factor{"mega", 1e6},     named_factor{"g", 1e9},
                                named_factor{"giga", 1e9},     named_factor{"ki", 1024.0},
                                named_factor{"mi", 1048576.0}, named_factor{"gi", 1073741824.0}};
  std::string const lower = in_lower_case(text);
  for (auto const& [name, factor] : prefixes)
    if (lower == name) return factor;
  return std::nullopt;
}

}  // namespace detail

/// The rate that is one of a unit: of bits or bytes, with k, M, G, Ki, Mi or Gi before them and
/// `/s`, `ps` or `_per_second` behind, as in `Mbit/s`, `mbps`, `kB/s`, `megabytes_per_second`. A
/// lone `b` is a bit and a lone `B` a byte. Nothing for another text, and for `MBPS`, which people
/// mean in both ways. What is per second may be left out where `bare` says so, as in `40Mbit`.
inline std::optional<data_rate> rate_unit(std::string_view text, bool bare = false) {
  bool per_second = text.ends_with("ps");
  if (per_second) text.remove_suffix(2);
  for (std::string_view const ending : {"/second", "/sec", "/s", "_per_second", " per second", "_per_sec", "_sec"})
    per_second = per_second || detail::take_ending(text, ending);
  if (!per_second && !bare) return std::nullopt;
  std::optional<double> const counted = detail::take_bits_or_bytes(text);
  std::optional<double> const prefix = counted ? detail::prefix_named(text) : std::nullopt;
  return prefix ? std::optional{data_rate{*prefix * *counted}} : std::nullopt;
}

/// A number and its unit, `5MB/s` or `40 Mbit`; a number alone counts `alone`. Nothing for what is
/// no finite number of 0 or more, or has a unit that is none.
inline std::optional<data_rate> parse_rate(std::string_view text, data_rate alone = megabytes_per_second(1.0)) {
  text = detail::without_blanks(text);
  double number = 0.0;
  auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc{}) return std::nullopt;
  std::string_view const unit = detail::without_blanks(text.substr(static_cast<std::size_t>(end - text.data())));
  std::optional<data_rate> const scale = unit.empty() ? std::optional{alone} : rate_unit(unit, true);
  if (!scale || number < 0.0) return std::nullopt;
  double const rate = number * scale->bytes_per_second;
  return detail::is_finite(rate) ? std::optional{data_rate{rate}} : std::nullopt;
}

}  // namespace dsc

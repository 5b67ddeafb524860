#pragma once

#include <array>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string_view>
#include <system_error>

#include <dsc/detail/check.hpp>

namespace dsc::detail {

/// Seconds that a date and a time of day are behind 1970, as `2016-08-01 10:00:03.5` or
/// `2019.12.14_10.16.30`; nothing for another text. No time zone is looked at: only differences
/// count.
inline std::optional<double> date_in(std::string_view text) {
  std::array<int, 6> parts{};  // year, month, day, hour, minute, second
  for (std::size_t i = 0; i < parts.size(); ++i) {
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), parts[i]);
    if (failure != std::errc{} || parts[i] < 0) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i + 1 == parts.size()) break;
    if (text.empty() || std::string_view{"-/._ T:"}.find(text.front()) == std::string_view::npos) return std::nullopt;
    text.remove_prefix(1);
  }
  double fraction = 0.0;
  if (text.starts_with('.')) {
    auto const [end, failure] = std::from_chars(text.data(), text.data() + text.size(), fraction);
    if (failure != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  if (text.starts_with('Z')) text.remove_prefix(1);
  std::chrono::year_month_day const day{std::chrono::year{parts[0]},
                                        std::chrono::month{static_cast<unsigned>(parts[1])},
                                        std::chrono::day{static_cast<unsigned>(parts[2])}};
  if (!text.empty() || !day.ok() || parts[3] > 23 || parts[4] > 59 || parts[5] > 60) return std::nullopt;
  auto const days = std::chrono::sys_days{day}.time_since_epoch().count();
  return static_cast<double>(days) * 86400.0 + parts[3] * 3600.0 + parts[4] * 60.0 + parts[5] + fraction;
}

/// A time of a trace: a finite number of 0 or more, or a date and a time of day.
inline std::optional<double> time_in(std::string_view cell) {
  double value = 0.0;
  auto const [end, failure] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (failure != std::errc{} || end != cell.data() + cell.size()) return date_in(cell);
  return is_finite(value) && value >= 0.0 ? std::optional{value} : std::nullopt;
}

}  // namespace dsc::detail

#include "lists.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <fmt/format.h>

#include <dsc/error.hpp>

#include "console/errors.hpp"

namespace dsc::paper {
namespace {

constexpr double most_values = 1e6, largest_batch = 1 << 20, largest_rate = 1e9;

[[noreturn]] void refuse(std::string_view option, std::string_view entry, std::string_view reason) {
  throw error{cli::cli_errc::bad_option, fmt::format("{} '{}': {}", option, entry, reason)};
}

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t end = 0; end != std::string_view::npos;) {
    end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
  }
  return parts;
}

double number_in(std::string_view text, std::string_view option, double largest) {
  double value = 0.0;
  auto const [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (status != std::errc{} || end != text.data() + text.size() || !(value > 0.0 && value <= largest))
    refuse(option, text, fmt::format("no number above 0 and up to {}", largest));
  return value;
}

// FROM, FROM:TO or FROM:TO:STEP; a step that falls on the end but for rounding counts as falling on
// it.
void add_range(std::vector<double>& values, std::string_view range, std::string_view option, double largest) {
  std::vector<std::string_view> const ends = parts_of(range, ':');
  if (ends.size() > 3) refuse(option, range, "a range is FROM:TO or FROM:TO:STEP");
  double const from = number_in(ends[0], option, largest),
               to = ends.size() > 1 ? number_in(ends[1], option, largest) : from,
               step = ends.size() > 2 ? number_in(ends[2], option, largest) : 1.0;
  if (to < from) refuse(option, range, "the range ends before it begins");
  double const steps = std::floor((to - from) / step + 1e-9);
  if (steps + static_cast<double>(values.size()) > most_values) refuse(option, range, "more than a million values");
  for (std::size_t i = 0; i <= static_cast<std::size_t>(steps); ++i)
    values.push_back(std::min(to, from + static_cast<double>(i) * step));
  if (to - values.back() > step * 1e-9) values.push_back(to);
}

std::vector<double> numbers_in(std::string_view list, std::string_view option, double largest) {
  std::vector<double> values;
  for (std::string_view const range : parts_of(list, ',')) add_range(values, range, option, largest);
  std::ranges::sort(values);
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

}  // namespace

std::vector<std::string> names_in(std::string_view list, std::string_view option) {
  std::vector<std::string> names;
  for (std::string_view const name : parts_of(list, ',')) {
    if (name.empty()) refuse(option, list, "an entry is empty; separate names by single commas");
    if (std::ranges::find(names, name) != names.end()) refuse(option, list, fmt::format("names {} twice", name));
    names.emplace_back(name);
  }
  return names;
}

std::vector<batch_size> batches_in(std::string_view list, std::string_view option) {
  std::vector<batch_size> batches;
  for (double const value : numbers_in(list, option, largest_batch)) {
    if (value != std::floor(value)) refuse(option, list, "batch sizes are whole numbers");
    batches.push_back(batch_size{static_cast<std::uint64_t>(value)});
  }
  return batches;
}

std::vector<data_rate> rates_in(std::string_view list, std::string_view option) {
  std::vector<data_rate> rates;
  for (double const value : numbers_in(list, option, largest_rate)) rates.push_back(megabytes_per_second(value));
  return rates;
}

}  // namespace dsc::paper

#include "options/lists.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

#include <dsc/io/rate_text.hpp>

#include "options/numbers.hpp"

namespace dsc::cli {
namespace {

constexpr std::size_t most_values = 1'000'000;

std::vector<std::string_view> parts_of(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    std::size_t const end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

double number_in(std::string_view text, std::string_view option) {
  std::optional<double> const number = parse_number(text);
  if (!number)
    refuse(option, text, "is no finite number; give numbers, lists such as 1,2,4 or ranges such as 1:8 and 1:100:5");
  if (*number <= 0.0) refuse(option, text, "must be above 0");
  return *number;
}

// The values of one range, both ends included; a step that falls on the end but for rounding counts
// as falling on it.
void add_range(std::vector<double>& values, double from, double to, double step, std::string_view option,
               std::string_view text) {
  if (to < from) refuse(option, text, "ends before it begins");
  double const steps = std::floor((to - from) / step + 1e-9);
  if (steps + static_cast<double>(values.size()) > static_cast<double>(most_values))
    refuse(option, text, "has more than a million values");
  for (std::size_t i = 0; i <= static_cast<std::size_t>(steps); ++i)
    values.push_back(std::min(to, from + static_cast<double>(i) * step));
  if (to - values.back() <= step * 1e-9)
    values.back() = to;
  else
    values.push_back(to);
}

// What stands behind the number of a rate.
std::string_view unit_of(std::string_view text) {
  double number = 0.0;
  char const* const end = std::from_chars(text.data(), text.data() + text.size(), number).ptr;
  return text.substr(static_cast<std::size_t>(end - text.data()));
}

std::vector<double> numbers_in(std::string_view text, std::string_view option) {
  std::vector<double> values;
  for (std::string_view const item : parts_of(text, ',')) {
    std::vector<std::string_view> const ends = parts_of(item, ':');
    if (ends.size() > 3) refuse(option, item, "is no range; those are FROM:TO or FROM:TO:STEP");
    double const from = number_in(ends[0], option);
    if (ends.size() == 1)
      values.push_back(from);
    else
      add_range(values, from, number_in(ends[1], option), ends.size() == 3 ? number_in(ends[2], option) : 1.0, option,
                item);
  }
  return values;
}

// Digits alone.
std::optional<std::size_t> count_of_layers(std::string_view text) {
  std::size_t layers = 0;
  auto const [end, status] = std::from_chars(text.data(), text.data() + text.size(), layers);
  return status == std::errc{} && end == text.data() + text.size() ? std::optional{layers} : std::nullopt;
}

strategy_choice strategy_in(std::string_view word, std::string_view option) {
  constexpr std::string_view fixed = "static:", of_plan = "policy:";
  if (word == "dynamic") return {.kind = strategy_kind::dynamic};
  if (word == "local") return {.kind = strategy_kind::local};
  if (word == "offload") return {.kind = strategy_kind::offload};
  if (word.starts_with(fixed)) {
    std::optional<std::size_t> const layers = count_of_layers(word.substr(fixed.size()));
    if (!layers) refuse(option, word, "needs a split point, as in static:5");
    return {.kind = strategy_kind::fixed, .split = split_point{*layers}};
  }
  if (word.starts_with(of_plan)) {
    if (word == of_plan) refuse(option, word, "needs the file of a plan, as in policy:plan.json");
    return {.kind = strategy_kind::policy, .policy_file = std::string{word.substr(of_plan.size())}};
  }
  refuse(option, word,
         word == "all" ? "stands for all strategies; give it alone, not in a list"
                       : "is none of dynamic, local, offload, static:L, policy:FILE and all");
}

}  // namespace

std::vector<batch_size> batches_in(std::string_view text, std::string_view option) {
  constexpr double largest = 1 << 20;
  std::vector<batch_size> batches;
  for (double const value : numbers_in(text, option)) {
    if (value != std::floor(value) || value > largest)
      refuse(option, text, "is no list of batch sizes, which are whole numbers of at most 1048576");
    batches.push_back(batch_size{static_cast<std::uint64_t>(value)});
  }
  return batches;
}

std::vector<batch_size> sorted_batches_in(std::string_view text, std::string_view option) {
  std::vector<batch_size> batches = batches_in(text, option);
  std::ranges::sort(batches);
  batches.erase(std::ranges::unique(batches).begin(), batches.end());
  return batches;
}

data_rate rate_in(std::string_view text, std::string_view option) {
  constexpr data_rate smallest{1.0}, largest{1e15};
  std::optional<data_rate> const rate = parse_rate(text);
  if (!rate && !parse_number(text))
    refuse(option, text,
           "is not one rate; give a number of MB/s, or one with its unit, as in 40Mbit, 5MB/s or 300kB/s");
  if (!rate || *rate < smallest || *rate > largest) refuse(option, text, "is no rate from 1 B/s to 1000000000 MB/s");
  return *rate;
}

data_rate rate_unit_in(std::string_view text, std::string_view option) {
  std::optional<data_rate> const unit = rate_unit(text, true);
  if (!unit) refuse(option, text, "is not the unit of a rate, such as Mbit/s, kbit/s, MB/s or B/s");
  return *unit;
}

std::vector<data_rate> rates_in(std::string_view text, std::string_view option) {
  std::vector<double> values;
  for (std::string_view const item : parts_of(text, ',')) {
    std::vector<std::string_view> const ends = parts_of(item, ':');
    if (ends.size() > 3) refuse(option, item, "is no range; those are FROM:TO or FROM:TO:STEP");
    std::string_view const unit = unit_of(ends.back());
    auto const rate = [&](std::string_view number) {
      std::string const whole = std::string{number} + (unit_of(number).empty() ? std::string{unit} : "");
      return rate_in(whole, option).bytes_per_second;
    };
    std::string const usual_step = std::string{"1"} + std::string{unit};
    if (ends.size() == 1)
      values.push_back(rate(ends[0]));
    else
      add_range(values, rate(ends[0]), rate(ends[1]), rate(ends.size() == 3 ? ends[2] : std::string_view{usual_step}),
                option, item);
  }
  std::vector<data_rate> rates;
  for (double const value : values) rates.emplace_back(value);
  return rates;
}

std::vector<data_rate> rates_or_outages_in(std::string_view text, std::string_view option) {
  std::vector<data_rate> rates;
  for (std::string_view const item : parts_of(text, ',')) {
    if (parse_number(item) == 0.0) {
      rates.push_back(data_rate{0.0});
    } else {
      std::vector<data_rate> const more = rates_in(item, option);
      rates.insert(rates.end(), more.begin(), more.end());
    }
  }
  return rates;
}

shape shape_in(std::string_view text, std::string_view option) {
  constexpr std::int64_t largest = 1 << 30;
  std::vector<std::string_view> const parts = parts_of(text, 'x');
  if (parts.size() >= shape::max_rank) refuse(option, text, "has more extents than the seven that one sample may have");
  shape extents;
  for (std::string_view const part : parts) {
    std::int64_t extent = 0;
    auto const [end, status] = std::from_chars(part.data(), part.data() + part.size(), extent);
    if (status != std::errc{} || end != part.data() + part.size() || extent < 1 || extent > largest)
      refuse(option, text, "is not the shape of one sample, without the batch, as in 3x224x224");
    extents.push_back(extent);
  }
  return extents;
}

std::array<double, 3> channel_values_in(std::string_view text, std::string_view option) {
  std::vector<std::string_view> const parts = parts_of(text, ',');
  std::array<double, 3> values{};
  if (parts.size() != 1 && parts.size() != values.size())
    refuse(option, text, "is not one number, nor one for red, green and blue each, as in 0.485,0.456,0.406");
  for (std::size_t i = 0; i < values.size(); ++i) {
    std::optional<double> const number = parse_number(parts[parts.size() == 1 ? 0 : i]);
    if (!number) refuse(option, text, "is not a finite number for red, green and blue each, as in 0.485,0.456,0.406");
    values.at(i) = *number;
  }
  return values;
}

std::vector<strategy_choice> strategies_in(std::string_view text, std::string_view option) {
  if (text == "all") return {};
  std::vector<strategy_choice> choices;
  for (std::string_view const word : parts_of(text, ',')) choices.push_back(strategy_in(word, option));
  return choices;
}

std::variant<split_filter, std::vector<split_point>> splits_in(std::string_view text, std::string_view option) {
  for (auto const& [name, filter] : {std::pair{"undominated", undominated},
                                     {"compressive", compressive},
                                     {"natural", natural},
                                     {"all", every_split}})
    if (text == name) return filter;
  std::vector<split_point> splits;
  for (std::string_view const item : parts_of(text, ',')) {
    std::vector<std::string_view> const ends = parts_of(item, ':');
    std::optional<std::size_t> const first = count_of_layers(ends.front()), last = count_of_layers(ends.back());
    if (!first || !last || ends.size() > 2 || *last < *first || *last - *first >= most_values)
      refuse(option, text,
             "is none of undominated, compressive, natural and all, and no list of split points, as 0,3,5 or 3:7");
    for (std::size_t l = *first; l <= *last; ++l) splits.push_back(split_point{l});
  }
  std::ranges::sort(splits);
  splits.erase(std::ranges::unique(splits).begin(), splits.end());
  return splits;
}

std::vector<std::string> addresses_in(std::string_view text) {
  std::vector<std::string> addresses;
  std::error_code ignored;
  if (std::filesystem::exists(text, ignored)) return {};
  for (std::string_view const part : parts_of(text, ',')) {
    std::size_t const colon = part.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || !count_of_layers(part.substr(colon + 1))) return {};
    addresses.emplace_back(part);
  }
  return addresses;
}

std::variant<split_point, std::string> split_in(std::string_view text, std::string_view) {
  if (std::optional<std::size_t> const layers = count_of_layers(text)) return split_point{*layers};
  return std::string{text};
}

}  // namespace dsc::cli

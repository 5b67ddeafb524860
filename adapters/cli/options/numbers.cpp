#include "options/numbers.hpp"

#include <charconv>
#include <cmath>
#include <limits>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include <dsc/error.hpp>

#include "console/errors.hpp"

namespace dsc::cli {
namespace {

// A number from `least` to `most`; `range` says which those are.
double number_within(std::string_view text, std::string_view option, double least, double most,
                     std::string const& range) {
  std::optional<double> const number = parse_number(text);
  if (!number || *number < least || *number > most) refuse(option, text, range);
  return *number;
}

}  // namespace

void refuse(std::string_view option, std::string_view text, std::string_view predicate) {
  constexpr std::size_t most = 60;
  throw error{cli_errc::bad_option,
              fmt::format("{} '{}{}' {}", option, text.substr(0, most), text.size() > most ? "..." : "", predicate)};
}

void refuse_empty(std::string_view option) {
  throw error{cli_errc::bad_option,
              fmt::format("{} was given an empty value; give one, or leave the option out", option)};
}

std::optional<double> parse_number(std::string_view text) {
  double number = 0.0;
  char const* const end_of_text = text.data() + text.size();
  auto const [end, status] = std::from_chars(text.data(), end_of_text, number);
  return status == std::errc{} && end == end_of_text && std::isfinite(number) ? std::optional{number} : std::nullopt;
}

std::uint64_t whole_number_in(std::string_view text, std::string_view option, std::uint64_t least, std::uint64_t most) {
  std::uint64_t number = 0;
  char const* const end_of_text = text.data() + text.size();
  auto const [end, status] = std::from_chars(text.data(), end_of_text, number);
  if (status == std::errc{} && end == end_of_text && number >= least && number <= most) return number;
  bool const bounded = most < std::numeric_limits<int>::max();
  refuse(option, text,
         bounded ? fmt::format("must be a whole number from {} to {}", least, most)
                 : fmt::format("must be a whole number of {} or more{}", least,
                               status == std::errc::result_out_of_range || number > most ? ", and is too large" : ""));
}

seconds ms_in(std::string_view text, std::string_view option) {
  return seconds{number_within(text, option, 0.0, largest_ms,
                               fmt::format("must be a number of milliseconds from 0 to {:.0f}", largest_ms)) /
                 1e3};
}

seconds seconds_in(std::string_view text, std::string_view option, seconds most) {
  return seconds{number_within(text, option, 0.0, most.count(),
                               fmt::format("must be a number of seconds from 0 to {:.0f}", most.count()))};
}

double percent_in(std::string_view text, std::string_view option) {
  return number_within(text, option, 0.0, largest_percent,
                       fmt::format("must be a percentage from 0 to {:.0f}", largest_percent)) /
         100.0;
}

double factor_in(std::string_view text, std::string_view option, double least, std::string_view hint) {
  return number_within(text, option, least, largest_factor,
                       fmt::format("must be a factor from {} to {:.0f}; {}", least, largest_factor, hint));
}

}  // namespace dsc::cli

#include "options/quantities.hpp"

#include <cmath>

#include <fmt/format.h>

#include <dsc/error.hpp>

#include "console/errors.hpp"

namespace dsc::cli {
namespace {

// Three significant digits or more, without an exponent.
std::string brief(double x) {
  if (x == 0.0) return "0";
  double const size = std::fabs(x);
  return size < 1.0      ? fmt::format("{:.3f}", x)
         : size < 10.0   ? fmt::format("{:.2f}", x)
         : size < 1000.0 ? fmt::format("{:.1f}", x)
                         : fmt::format("{:.0f}", x);
}

}  // namespace

std::string in_ms(seconds time) { return time == never ? "never" : brief(1e3 * time.count()); }
std::string in_MBps(data_rate rate) { return rate == unlimited ? "unlimited" : brief(rate.bytes_per_second / 1e6); }
std::string in_percent(double percent) { return fmt::format("{:.1f} %", percent); }

std::string grouped(std::uint64_t count) {
  std::string digits = std::to_string(count);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, 1, ',');
  return digits;
}

std::string extents(shape const& of) { return fmt::format("{}", fmt::join(of, "x")); }

seconds ms_of(double milliseconds, std::string const& option) {
  if (!(milliseconds >= 0.0 && milliseconds <= largest_ms))
    throw error{cli_errc::bad_option,
                fmt::format("{} must be a number of milliseconds from 0 to {:.0f}", option, largest_ms)};
  return seconds{milliseconds / 1e3};
}

void check_factor(double factor, double least, std::string_view option, std::string_view why) {
  if (!(factor >= least && factor <= largest_factor))
    throw error{cli_errc::bad_option,
                fmt::format("{} must be a factor from {} to {:.0f}; {}", option, least, largest_factor, why)};
}

}  // namespace dsc::cli

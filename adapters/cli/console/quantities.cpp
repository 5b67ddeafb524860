#include "console/quantities.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

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

std::string batch_list(std::span<batch_size const> batches) {
  constexpr std::size_t most = 12;
  std::string text;
  for (batch_size const batch : batches.first(std::min(batches.size(), most)))
    text += fmt::format("{}{}", text.empty() ? "" : ", ", batch.count);
  return batches.size() <= most ? text : fmt::format("{} and {} more", text, batches.size() - most);
}

}  // namespace dsc::cli

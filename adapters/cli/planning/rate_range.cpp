#include "planning/rate_range.hpp"

#include <algorithm>
#include <cmath>

namespace dsc::cli {
namespace {

constexpr std::size_t count = 100;
// Beyond, rounding alone tells two equal sites apart.
constexpr data_rate highest_switching_rate{1e12};

// Both to one digit, towards the outside.
double rounded_down(double x) {
  double const unit = std::pow(10.0, std::floor(std::log10(x) + 1e-9));
  return std::floor(x / unit + 1e-9) * unit;
}
double rounded_up(double x) {
  double const unit = std::pow(10.0, std::floor(std::log10(x) + 1e-9));
  return std::ceil(x / unit - 1e-9) * unit;
}

// To three digits, to be read.
double brief(double x) {
  double const unit = std::pow(10.0, std::floor(std::log10(x)) - 2.0);
  return unit >= 1.0 ? std::round(x / unit) * unit : std::round(x * std::round(1.0 / unit)) / std::round(1.0 / unit);
}

}  // namespace

std::vector<data_rate> rates_around(std::span<batch_policy const> policies) {
  double low = HUGE_VAL, high = 0.0;
  for (batch_policy const& policy : policies)
    for (rate_piece const& piece : policy.pieces)
      if (data_rate const rate = piece.from_rate; rate > data_rate{} && rate <= highest_switching_rate) {
        low = std::min(low, rate.bytes_per_second);
        high = std::max(high, rate.bytes_per_second);
      }
  double const from = high == 0.0 ? 1e6 : rounded_down(std::max(low / 10.0, 1e-3)),
               to = high == 0.0 ? 127e6 : rounded_up(std::max(high * 10.0, 1e-1));
  std::vector<data_rate> rates{data_rate{from}};
  for (std::size_t i = 1; i + 1 < count; ++i)
    rates.push_back(
        data_rate{brief(from * std::pow(to / from, static_cast<double>(i) / static_cast<double>(count - 1)))});
  rates.push_back(data_rate{to});
  return rates;
}

}  // namespace dsc::cli

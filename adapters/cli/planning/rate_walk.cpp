#include "planning/rate_walk.hpp"

#include <algorithm>
#include <cmath>

#include <dsc/emulation/random.hpp>

namespace dsc::cli {
namespace {

// What the walk is made of; the figures are those of drives and walks through 5G cells, roughly.
constexpr double step = 0.45, pull = 0.12, bound = 1.8;        // of the rate's natural logarithm, per second
constexpr double chance_of_dip = 0.03, chance_of_peak = 0.04;  // per second
constexpr double longest = 4.0;                                // of a dip or peak, in seconds
constexpr double share_of_outages = 0.4, depth_of_dip = 0.08, height_of_peak = 2.5;

// A factor that holds for a few seconds: 1 most of the time.
class event {
 public:
  double next(splitmix64& random) {
    if (left_ > 0) {
      --left_;
      return factor_;
    }
    double const luck = random.uniform();
    if (luck >= chance_of_dip + chance_of_peak) return 1.0;
    left_ = static_cast<int>(random.uniform(0.0, longest));
    double const kind = random.uniform();
    factor_ = luck >= chance_of_dip ? height_of_peak : kind < share_of_outages ? 0.0 : depth_of_dip;
    return factor_;
  }

 private:
  int left_ = 0;
  double factor_ = 1.0;
};

}  // namespace

std::vector<rate_sample> rate_walk(std::size_t seconds_long, data_rate mean, std::uint64_t seed) {
  splitmix64 random{seed};
  event now;
  std::vector<double> rates;
  double logarithm = 0.0, sum = 0.0;
  for (std::size_t i = 0; i < seconds_long; ++i) {
    logarithm = std::clamp(logarithm + step * random.normal() - pull * logarithm, -bound, bound);
    double const factor = i == 0 ? 1.0 : now.next(random);
    rates.push_back(factor * std::exp(logarithm));
    sum += rates.back();
  }
  double const scale = mean.bytes_per_second * static_cast<double>(seconds_long) / sum;
  std::vector<rate_sample> samples;
  for (std::size_t i = 0; i < seconds_long; ++i)
    samples.push_back({seconds{static_cast<double>(i)}, data_rate{1e3 * std::round(rates[i] * scale / 1e3)}});
  return samples;
}

}  // namespace dsc::cli

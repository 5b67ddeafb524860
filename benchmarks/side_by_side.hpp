#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <vector>

#include <dsc/measure/median.hpp>

// What comparing two things in turn takes, on a machine whose speed drifts.
namespace dsc::benchmarks {

template <class Action>
double seconds_of(Action const& action) {
  auto const start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The median and, by order statistics, its 95 % confidence interval.
struct median_interval {
  double median, low, high;

  explicit median_interval(std::vector<double> values) {
    std::ranges::sort(values);
    median = dsc::median(values);
    auto const n = values.size();
    auto const reach = static_cast<std::size_t>(std::ceil(0.98 * std::sqrt(static_cast<double>(n))));
    low = values[n / 2 - std::min(n / 2, reach)];
    high = values[std::min(n - 1, n / 2 + reach)];
  }
};

}  // namespace dsc::benchmarks

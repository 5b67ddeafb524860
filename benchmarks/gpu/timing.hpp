#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

namespace gpu {

/// Seconds that `action` takes, the device's queue included.
template <class Action>
double seconds_of(Action const& action, std::function<void()> const& synchronize) {
  if (synchronize) synchronize();
  auto const start = std::chrono::steady_clock::now();
  action();
  if (synchronize) synchronize();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// `values` is not empty.
inline double median(std::vector<double> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// The median of `repeats` times, after three runs that do not count.
template <class Action>
double median_seconds(Action const& action, std::size_t repeats, std::function<void()> const& synchronize) {
  std::vector<double> times;
  for (std::size_t i = 0; i < repeats + 3; ++i)
    if (double const time = seconds_of(action, synchronize); i >= 3) times.push_back(time);
  return median(times);
}

/// The median of `b / a`, run in turn, after three turns that do not count.
template <class A, class B>
double median_ratio(A const& a, B const& b, std::size_t repeats, std::function<void()> const& synchronize) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < repeats + 3; ++i) {
    double const first = seconds_of(a, synchronize), second = seconds_of(b, synchronize);
    if (i >= 3) ratios.push_back(second / first);
  }
  return median(ratios);
}

}  // namespace gpu

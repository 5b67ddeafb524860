#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <vector>

#include <dsc/measure/median.hpp>

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

/// The median of `repeats` times, after three runs that do not count.
template <class Action>
double median_seconds(Action const& action, std::size_t repeats, std::function<void()> const& synchronize) {
  std::vector<double> times;
  for (std::size_t i = 0; i < repeats + 3; ++i)
    if (double const time = seconds_of(action, synchronize); i >= 3) times.push_back(time);
  return dsc::median(times);
}

/// The median of `b / a`, run in turn, after three turns that do not count.
template <class A, class B>
double median_ratio(A const& a, B const& b, std::size_t repeats, std::function<void()> const& synchronize) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < repeats + 3; ++i) {
    double const first = seconds_of(a, synchronize), second = seconds_of(b, synchronize);
    if (i >= 3) ratios.push_back(second / first);
  }
  return dsc::median(ratios);
}

}  // namespace gpu

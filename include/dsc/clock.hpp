#pragma once

#include <chrono>

#include <dsc/detail/order.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// The clock of everything that runs.
using run_clock = std::chrono::steady_clock;
using time_point = run_clock::time_point;

/// A span of time from now on, as a moment; times too long for the clock end at its last moment.
constexpr time_point deadline_after(time_point from, seconds time) {
  using ticks = run_clock::duration;
  std::chrono::duration<double, ticks::period> const wait = time;
  if (!(wait.count() < 0x1p62)) return time_point::max();
  ticks const added{static_cast<ticks::rep>(detail::larger(wait.count(), -0x1p62))};
  bool const past_the_end = from > time_point{} && added > time_point::max() - from;
  return past_the_end ? time_point::max() : from + added;
}

}  // namespace dsc

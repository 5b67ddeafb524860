#pragma once

#include <concepts>
#include <functional>
#include <utility>
#include <vector>

#include <dsc/units.hpp>

namespace dsc {

/// Takes the times of what is done, or queued on a device, one after the other: `start()`, then
/// `lap()` after every piece, then `read()`, which waits until the last piece is done. After it the
/// watch may start again.
///
/// Laws: `read()` gives one time per lap, each from the start to the end of its piece; they are not
/// negative and never fall.
template <class W>
concept Stopwatch = requires(W& watch) {
  watch.start();
  watch.lap();
  { watch.read() } -> std::convertible_to<std::vector<seconds>>;
};

/// Reads a clock of the CPU at every lap, after waiting for the device by `synchronize` where there
/// is one with a queue. What waiting costs counts as the lap's.
template <class Clock>
class clock_stopwatch {
 public:
  explicit clock_stopwatch(std::function<void()> synchronize = {}) : synchronize_{std::move(synchronize)} {}

  void start() {
    laps_.clear();
    if (synchronize_) synchronize_();
    start_ = Clock::now();
  }
  void lap() {
    if (synchronize_) synchronize_();
    laps_.push_back(Clock::now() - start_);
  }
  std::vector<seconds> read() { return std::move(laps_); }

 private:
  std::function<void()> synchronize_;
  typename Clock::time_point start_{};
  std::vector<seconds> laps_;
};

}  // namespace dsc

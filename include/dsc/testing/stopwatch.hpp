#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <dsc/measure/stopwatch.hpp>

#include <dsc/testing/tensor.hpp>

namespace dsc::laws {

/// After `start()`, `laps` times `work()` and `lap()`: `read()` gives as many times, none negative,
/// none below the one before it; and again on the next round.
struct check_stopwatch_fn {
  template <Stopwatch W, class Work>
  violations operator()(W& watch, std::size_t laps, Work work) const {
    violations broken;
    for (std::string const round : {"first", "second"}) {
      watch.start();
      for (std::size_t i = 0; i < laps; ++i) {
        work();
        watch.lap();
      }
      std::vector<seconds> const times = watch.read();
      if (times.size() != laps)
        broken.push_back("stopwatch: the " + round + " round has another number of times than laps");
      for (std::size_t i = 0; i < times.size(); ++i)
        if (times[i] < (i == 0 ? seconds{} : times[i - 1]))
          broken.push_back("stopwatch: a time of the " + round + " round falls or is negative");
    }
    return broken;
  }
};
inline constexpr check_stopwatch_fn check_stopwatch{};

}  // namespace dsc::laws

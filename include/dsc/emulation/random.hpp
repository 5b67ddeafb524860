#pragma once

#include <cstdint>

namespace dsc {

/// SplitMix64: the same numbers from the same seed on every platform. Source: Steele, Lea, Flood,
/// "Fast splittable pseudorandom number generators" (OOPSLA 2014).
class splitmix64 {
 public:
  explicit constexpr splitmix64(std::uint64_t seed) : state_{seed} {}

  constexpr std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15U);
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
    return z ^ (z >> 31U);
  }

  /// In [0, 1).
  constexpr double uniform() { return static_cast<double>(next() >> 11U) * 0x1p-53; }
  constexpr double uniform(double from, double to) { return from + (to - from) * uniform(); }
  /// About normal, mean 0 and variance 1, within ±3.5: a sum of uniform numbers, so that no library
  /// function decides its last digit.
  constexpr double normal() {
    double sum = 0.0;
    for (int i = 0; i < 4; ++i) sum += uniform();
    return (sum - 2.0) * 1.7320508075688772;
  }

 private:
  std::uint64_t state_;
};

}  // namespace dsc

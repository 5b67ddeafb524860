#pragma once

#include <chrono>
#include <thread>

namespace dsc::detail {

/// Sleeps, and spins through the last stretch, which a sleep would overshoot.
inline void wait_precisely_until(std::chrono::steady_clock::time_point when) {
  constexpr std::chrono::microseconds overshoot{200};
  if (auto const now = std::chrono::steady_clock::now(); when - now > overshoot)
    std::this_thread::sleep_until(when - overshoot);
  while (std::chrono::steady_clock::now() < when) {
  }
}

}  // namespace dsc::detail

#pragma once

#include <chrono>
#include <thread>

namespace dsc::detail {

/// What a sleep may take longer than it was told.
inline constexpr std::chrono::microseconds wait_overshoot{200};

/// Sleeps, and spins through the last stretch, which a sleep would overshoot.
inline void wait_precisely_until(std::chrono::steady_clock::time_point when) {
  if (auto const now = std::chrono::steady_clock::now(); when - now > wait_overshoot)
    std::this_thread::sleep_until(when - wait_overshoot);
  while (std::chrono::steady_clock::now() < when) {
  }
}

}  // namespace dsc::detail

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <dsc/concepts.hpp>

namespace dsc::laws {

using violations = std::vector<std::string>;

namespace detail {

// A time over ascending amounts: never negative, never falling. `never` is a time too.
template <class Time>
void check_rising(std::span<bytes const> amounts, char const* name, Time time_of, violations& broken) {
  double longest = 0.0;
  for (bytes const amount : amounts) {
    double const time = seconds{time_of(amount)}.count();
    std::string const question = "channel: " + std::string{name} + "(" + std::to_string(amount.count) + " B)";
    if (!(time >= 0.0)) broken.push_back(question + " is negative or not a number");
    if (time < longest) broken.push_back(question + " is shorter than that of fewer bytes");
    longest = std::max(longest, time);
  }
}

}  // namespace detail

/// Over these amounts, ascending: `transfer_time` is never negative, is a number (or `never`) and
/// does not fall with bytes.
struct check_channel_fn {
  violations operator()(Channel auto const& channel, std::span<bytes const> amounts) const {
    violations broken;
    detail::check_rising(amounts, "transfer_time", [&](bytes n) { return channel.transfer_time(n); }, broken);
    return broken;
  }
};
inline constexpr check_channel_fn check_channel{};

/// The laws of a channel; latency and rate are not negative; `transfer_time(n) == latency() + n /
/// rate()` to `tolerance` (relative).
struct check_affine_channel_fn {
  violations operator()(AffineChannel auto const& channel, std::span<bytes const> amounts,
                        double tolerance = 1e-12) const {
    violations broken = check_channel(channel, amounts);
    seconds const latency = channel.latency();
    data_rate const rate = channel.rate();
    if (!(latency >= seconds{0.0})) broken.push_back("channel: latency is negative or not a number");
    if (!(rate.bytes_per_second >= 0.0)) broken.push_back("channel: rate is negative or not a number");
    for (bytes const amount : amounts) {
      double const line = (latency + amount / rate).count();
      double const time = seconds{channel.transfer_time(amount)}.count();
      if (time != line && !(std::abs(time - line) <= tolerance * std::max(std::abs(time), std::abs(line))))
        broken.push_back("channel: transfer_time(" + std::to_string(amount.count) +
                         " B) is not latency() + n / rate()");
    }
    return broken;
  }
};
inline constexpr check_affine_channel_fn check_affine_channel{};

/// The laws of a channel; over the same amounts `return_time` is never negative and does not fall
/// with bytes.
struct check_two_way_channel_fn {
  violations operator()(TwoWayChannel auto const& channel, std::span<bytes const> amounts) const {
    violations broken = check_channel(channel, amounts);
    detail::check_rising(amounts, "return_time", [&](bytes n) { return channel.return_time(n); }, broken);
    return broken;
  }
};
inline constexpr check_two_way_channel_fn check_two_way_channel{};

}  // namespace dsc::laws

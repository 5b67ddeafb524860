#pragma once

#include <cstdint>

#include <dsc/channel/link_estimator.hpp>
#include <dsc/cost/calibration.hpp>
#include <dsc/decide/hysteresis.hpp>
#include <dsc/decide/load_estimator.hpp>

namespace dsc {

/// What an `adaptive_controller` may spend to learn while requests do not tell it, and how long it
/// leaves a route alone that failed.
struct exploration_options {
  double probe_share = 0.01;  ///< bytes of probes over those that requests send, or would by offloading
  bytes first_allowance{std::uint64_t{64} * 1024};  ///< what may be probed before any request was sent
  bytes echo_size{64};                              ///< of the probe that only sees whether the route is alive
  seconds echo_interval{0.5};                       ///< between two of these, while the route is down or stale
  seconds untold_interval{5.0};  ///< between probes of the rate where the server does not report its times
  bytes least_probe{std::uint64_t{4} * 1024};      ///< of the probes that see the rate
  bytes largest_probe{std::uint64_t{256} * 1024};  ///< of the same
  double time_share = 0.03;       ///< of the time of all requests that may be lost by requests which explore
  seconds memory{30.0};           ///< of that time, in time of requests
  seconds longest_silence{60.0};  ///< after so long without a transfer a request looks, whatever it may cost
  data_rate first_rate =
      megabytes_per_second(4.0);  ///< taken for true by the first request, where no probe came before
  seconds first_backoff{0.25};    ///< a route that failed is left alone so long
  seconds longest_backoff{2.0};   ///< twice as long after every further failure, but no longer than this

  /// Throws `bad_quantity` for what means nothing.
  constexpr void check() const {
    detail::require_not_negative(probe_share, "the share of bytes for probes");
    detail::require_not_negative(time_share, "the share of time for requests that explore");
    detail::require_positive(longest_silence.count(), "the longest silence of a route");
    detail::require_positive(memory.count(), "the memory of what exploring cost");
    detail::require_positive(untold_interval.count(), "the interval of probes where a server reports nothing");
    detail::require_positive(echo_interval.count(), "the interval of echoes");
    detail::require_positive(first_rate.bytes_per_second, "the rate that the first request assumes");
    detail::require_positive(first_backoff.count(), "the first back-off of a route");
    detail::require_positive(longest_backoff.count(), "the longest back-off of a route");
    if (least_probe == bytes{} || largest_probe < least_probe)
      throw error{errc::bad_quantity,
                  "the least probe of the rate must be above 0 bytes and no larger than the largest"};
  }
};

/// Every constant of an `adaptive_controller`.
struct adaptive_options {
  dsc::hysteresis hysteresis{.min_gain = 0.03, .min_dwell = seconds{0.0}};
  seconds cooldown{0.5};    ///< a choice that was left is not taken up again so soon
  double clear_gain = 0.1;  ///< unless it saves at least this share; that ends a dwell too
  link_estimator_options link{};
  load_estimator_options load{};
  calibration_options device{};
  calibration_options server{};
  exploration_options exploration{};

  /// Throws `bad_quantity` for what means nothing.
  constexpr void check() const {
    detail::require_not_negative(hysteresis.min_gain, "the least gain of an adaptive controller");
    detail::require_not_negative(hysteresis.min_dwell, "the least dwell of an adaptive controller");
    detail::require_not_negative(cooldown, "the cooldown of an adaptive controller");
    detail::require_not_negative(clear_gain, "the clear gain of an adaptive controller");
    link.check();
    load.check();
    device.check();
    server.check();
    exploration.check();
  }
};

}  // namespace dsc

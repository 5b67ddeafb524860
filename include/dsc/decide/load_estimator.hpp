#pragma once

#include <optional>

#include <dsc/clock.hpp>
#include <dsc/cost/loaded.hpp>
#include <dsc/detail/elementary.hpp>
#include <dsc/detail/order.hpp>

namespace dsc {

/// What a `load_estimator` assumes.
struct load_estimator_options {
  double rise = 0.5;             ///< share of the way to a larger queue or slowdown that one request goes
  double fall = 0.2;             ///< the same to a smaller one
  double least_slowdown = 1.25;  ///< below this it is noise, and counts as none
  seconds half_life{3.0};        ///< of the load while nobody asks the server

  /// Throws `bad_quantity` for what means nothing.
  constexpr void check() const {
    if (!(rise > 0.0 && rise <= 1.0 && fall > 0.0 && fall <= 1.0))
      throw error{errc::bad_quantity, "the rise and fall of a load estimator are shares above 0 and at most 1"};
    if (!(least_slowdown >= 1.0))
      throw error{errc::bad_quantity, "the least slowdown of a load estimator must be 1 or more"};
    detail::require_positive(half_life.count(), "the half-life of a load estimate");
  }
};

/// Estimates how busy a server is: what requests wait before their first layer (other clients), and
/// how many times as long as usual its layers take (a slower server) are kept apart. Rises fast,
/// falls slowly, and is forgotten while nothing is heard. Moments are passed: it asks no clock.
class load_estimator {
 public:
  /// Throws `bad_quantity` for options that mean nothing.
  constexpr explicit load_estimator(load_estimator_options const& options = {}) : options_{options} {
    options_.check();
  }

  /// One request: how long it waited, and its tail's time over what the tail usually takes here.
  constexpr void observe(seconds queue, double slowdown, time_point now) {
    double const kept = share_left(now);
    queue_ *= kept;
    slowdown_ *= kept;
    if (queue >= seconds{} && queue < never) queue_ = moved(queue_, queue.count());
    if (slowdown > 0.0 && detail::is_finite(slowdown)) slowdown_ = moved(slowdown_, detail::logarithm(slowdown));
    if (slowdown_ < 0.0) slowdown_ = 0.0;
    seen_ = now;
  }

  constexpr server_load load(time_point now) const {
    double const kept = share_left(now);
    double const slowdown = detail::exponential(slowdown_ * kept);
    return {.slowdown = slowdown < options_.least_slowdown ? 1.0 : slowdown, .queueing_delay = seconds{queue_ * kept}};
  }

 private:
  constexpr double moved(double from, double to) const {
    return from + (to > from ? options_.rise : options_.fall) * (to - from);
  }

  constexpr double share_left(time_point now) const {
    if (!seen_) return 1.0;
    double const silent = seconds{now - *seen_} / options_.half_life;
    return silent > 0.0 ? detail::exponential(-0.6931471805599453 * silent) : 1.0;
  }

  load_estimator_options options_;
  double queue_ = 0.0;     // seconds
  double slowdown_ = 0.0;  // its logarithm
  std::optional<time_point> seen_;
};

}  // namespace dsc

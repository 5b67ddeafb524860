#pragma once

#include <optional>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/clock.hpp>
#include <dsc/detail/elementary.hpp>
#include <dsc/detail/order.hpp>

namespace dsc {

/// What a `link_estimator` assumes.
struct link_estimator_options {
  double decay = 0.8;             ///< an observation's weight is this many times less with every later one
  seconds memory{5.0};            ///< and has fallen to 1/e after so long
  double prior_weight = 0.1;      ///< of what the latency was taken for before, against one observation's 1
  double echo_weight = 1.0;       ///< of an echo's latency, against the same
  double latency_gain = 0.2;      ///< how much of the way to what transfers of several sizes say it goes with each
  double latency_drift = 0.02;    ///< the same where an echo told it
  double surprise = 0.25;         ///< after two errors in a row of more than this share, the same way, begin anew
  seconds stale_after{2.0};       ///< without an observation
  seconds bound_doubles{0.5};     ///< how long until the rate that a wait allows has doubled
  double initial_window = 14480;  ///< bytes that TCP sends at once on a new connection

  /// Throws `bad_quantity` for what means nothing.
  constexpr void check() const {
    if (!(decay > 0.0 && decay <= 1.0))
      throw error{errc::bad_quantity, "the decay of a link estimator must be above 0 and at most 1"};
    detail::require_positive(memory.count(), "the memory of a link estimator");
    detail::require_positive(prior_weight, "the prior's weight of a link estimator");
    detail::require_positive(echo_weight, "the echo's weight of a link estimator");
    detail::require_not_negative(latency_gain, "the gain of the latency of a link estimator");
    detail::require_not_negative(latency_drift, "the latency's drift of a link estimator");
    detail::require_positive(surprise, "the surprise of a link estimator");
    detail::require_positive(stale_after.count(), "the age at which a link estimate is stale");
    detail::require_positive(bound_doubles.count(), "the time in which a bound doubles");
    detail::require_positive(initial_window, "the initial window of a connection");
  }
};

/// Estimates rate and latency of one direction of a link from the transfers over it: `time =
/// latency + bytes / rate`, a regression of time on bytes in which an observation weighs `1 /
/// time²`, so that errors count relative to the time, and less with every later one. The latency is
/// held weakly at what it was taken for before (an echo's time, or 0), so that transfers of one
/// size tell the rate and leave it alone. Moments are passed: it asks no clock.
class link_estimator {
 public:
  /// Throws `bad_quantity` for options that mean nothing.
  constexpr explicit link_estimator(link_estimator_options const& options = {}) : options_{options} {
    options_.check();
  }

  /// A transfer that ended: how long so many bytes took. `cold`: over a new connection, which TCP
  /// begins slowly; what that costs is taken off. Times that are not above 0 are none.
  constexpr void observe_transfer(bytes amount, seconds time, time_point now, bool cold = false) {
    if (!(time > seconds{}) || time == never) return;
    observation next{static_cast<double>(amount.count), time.count(), 1.0};
    if (cold) next = warmed(next);
    take(next, false, now);
  }

  /// A message of hardly any bytes came back: that is the latency, and says that the link is alive.
  constexpr void observe_echo(seconds time) {
    if (!(time > seconds{}) || time == never) return;
    double const t = time.count();
    // One late echo may have waited for a link that was down: it raises the latency by little.
    if (!latency_known_ || t < latency_prior_)
      latency_prior_ = t;
    else
      latency_prior_ += detail::smaller(0.3 * (t - latency_prior_), 0.5 * latency_prior_ + 1e-3);
    latency_known_ = true;
    // After one wait for nothing the link may have been down and be up again, as it was. After more
    // it is alive but slow, which an echo cannot tell.
    if (waits_ <= 1) bound_ = {};
    if (rate_known_)
      fit();
    else
      line_.latency = latency_prior_;
  }

  /// So much of the echoes' time was not of this direction.
  constexpr void shorten(seconds time) {
    if (!latency_known_) return;
    latency_prior_ = detail::larger(0.1 * latency_prior_, latency_prior_ - time.count());
    line_.latency = latency_prior_;
    if (rate_known_) fit();
  }

  /// A transfer that did not end while it was waited for. Bytes that the other side is known to
  /// have tell the rate; with none, the transfer takes longer than the wait, which holds the rate
  /// down for a while. It is never taken for a transfer.
  constexpr void observe_wait(bytes sent, bytes confirmed, seconds confirmed_within, seconds waited, time_point now) {
    if (confirmed > bytes{} && confirmed_within > seconds{}) {
      // What was given up was no noise.
      take({static_cast<double>(confirmed.count), confirmed_within.count(), 1.0}, true, now);
      if (confirmed < sent) hold_down(sent, waited, now);
      return;
    }
    ++waits_;
    hold_down(sent, waited, now);
  }

  /// The link as it is taken to be; nothing before the first transfer.
  constexpr std::optional<fixed_rate> estimate(time_point now) const {
    data_rate const most = bound(now);
    if (!rate_known_) {
      if (most == unlimited) return std::nullopt;
      return fixed_rate{most, {.latency = seconds{line_.latency}}};
    }
    return fixed_rate{
        detail::smaller(data_rate{line_.per_byte > 0.0 ? 1.0 / line_.per_byte : unlimited.bytes_per_second}, most),
        {.latency = seconds{line_.latency}}};
  }

  /// Whether rate and latency can be told apart: an echo was seen, or transfers of several sizes.
  constexpr bool separable() const {
    double const spread = sums_.w * sums_.xx - sums_.x * sums_.x;
    return latency_known_ || spread > 0.1 * sums_.w * sums_.xx;
  }

  /// The latency as it is taken to be; 0 before anything was seen.
  constexpr seconds latency() const { return seconds{line_.latency}; }

  /// Since the last transfer; `never` where there was none.
  constexpr seconds age(time_point now) const { return seen_ ? seconds{now - *seen_} : never; }
  constexpr bool stale(time_point now) const { return age(now) > options_.stale_after; }

 private:
  struct observation {
    double bytes = 0.0;
    double time = 0.0;
    double trust = 1.0;
  };

  // Of the weights, and of their products with bytes and times.
  struct sums {
    double w = 0.0, x = 0.0, xx = 0.0, t = 0.0, xt = 0.0;

    constexpr sums times(double share) const { return {w * share, x * share, xx * share, t * share, xt * share}; }
    constexpr void add(observation const& seen) {
      double const weight = seen.trust / (seen.time * seen.time);
      w += weight;
      x += weight * seen.bytes;
      xx += weight * seen.bytes * seen.bytes;
      t += weight * seen.time;
      xt += weight * seen.bytes * seen.time;
    }
  };

  struct line {
    double latency = 0.0;
    double per_byte = 0.0;

    constexpr double at(double amount) const { return latency + amount * per_byte; }
  };

  struct rate_bound {
    data_rate rate = unlimited;
    time_point since{};
  };

  // `sure`: a large error is a change of the link at once, not after the second.
  constexpr void take(observation const& next, bool sure, time_point now) {
    bound_ = {};
    waits_ = 0;
    fade(now);
    bool const changed = rate_known_ && surprises(next);
    if (changed)
      restart();
    else if (sure && surprise_ != 0.0)
      sums_ = {};
    else
      sums_ = sums_.times(options_.decay);
    sums_.add(next);
    last_ = next;
    seen_ = now;
    rate_known_ = true;
    fit();
  }

  constexpr void fade(time_point now) {
    if (!seen_) return;
    double const silent = seconds{now - *seen_} / options_.memory;
    if (silent > 0.0) sums_ = sums_.times(detail::exponential(-silent));
  }

  // Whether the link has changed: two errors in a row, the same way, larger than noise, both
  // against what was predicted before the first one.
  constexpr bool surprises(observation const& next) {
    line const expected = surprise_ != 0.0 ? before_ : line_;
    double const error = next.time / expected.at(next.bytes) - 1.0;
    bool const large = error > options_.surprise || error < -options_.surprise;
    bool const again = large && surprise_ != 0.0 && (surprise_ > 0.0) == (error > 0.0);
    surprise_ = large && !again ? error : 0.0;
    if (large && !again) before_ = expected;
    return again;
  }

  // Only the last observation is of the link as it is now.
  constexpr void restart() {
    sums_ = {};
    sums_.add(last_);
  }

  // The least squares with latency >= 0 and the latency's prior. An echo tells it as well as a
  // transfer does, and better where the rate changes: that is no reason to believe another latency.
  constexpr void fit() {
    double const scale = detail::larger(latency_prior_, latency_known_ ? 0.05 * last_.time : last_.time);
    double const hold = (latency_known_ ? options_.echo_weight : options_.prior_weight) / (scale * scale);
    double const w = sums_.w + hold, t = sums_.t + hold * latency_prior_;
    double const spread = w * sums_.xx - sums_.x * sums_.x;
    double latency = spread > 0.0 ? (t * sums_.xx - sums_.x * sums_.xt) / spread : latency_prior_;
    auto const per_byte = [&] { return sums_.xx > 0.0 ? (sums_.xt - latency * sums_.x) / sums_.xx : 0.0; };
    if (!(latency >= 0.0)) latency = 0.0;
    // Where more bytes took less time the latency cannot be that large; some of a time is its
    // bytes'.
    if (!(per_byte() > 0.0)) latency = detail::smaller(latency, latency_prior_);
    double const least = last_.bytes > 0.0 ? 0.05 * last_.time / last_.bytes : 0.0;
    line_ = {latency, detail::larger(least, per_byte())};
    if (!latency_known_)
      latency_prior_ += separable() ? options_.latency_gain * (latency - latency_prior_) : 0.0;
    else
      latency_prior_ += options_.latency_drift * (latency - latency_prior_);
  }

  // What the same transfer would have taken over a connection in use: TCP doubles what it sends per
  // round trip until the link is full, which costs `RTT (log2(min(bytes, rate RTT) / 14480) −
  // 0.5)`.
  constexpr observation warmed(observation cold) const {
    double const round = line_.latency;
    double warm = cold.time;
    for (int i = 0; i < 30 && round > 0.0 && cold.bytes > 0.0; ++i) {
      double const rest = detail::larger(warm - round, 0.05 * cold.time);
      double const per_byte = rate_known_ && line_.per_byte > 0.0 ? line_.per_byte : rest / cold.bytes;
      double const filled = detail::smaller(cold.bytes, round / per_byte);
      double const doublings = detail::logarithm(filled / options_.initial_window) / 0.6931471805599453 - 0.5;
      warm = detail::larger(cold.time - detail::larger(0.0, round * doublings), 0.2 * cold.time);
    }
    return {cold.bytes, warm, 0.3};
  }

  constexpr void hold_down(bytes sent, seconds waited, time_point now) {
    double const on_the_wire = waited.count() - line_.latency;
    if (!(on_the_wire > 0.0) || sent == bytes{}) return;
    data_rate const most{static_cast<double>(sent.count) / on_the_wire};
    if (most < bound(now)) bound_ = {most, now};
  }

  // The force of a bound fades: it is about the past.
  constexpr data_rate bound(time_point now) const {
    if (bound_.rate == unlimited) return unlimited;
    double const doublings = seconds{now - bound_.since} / options_.bound_doubles;
    return data_rate{bound_.rate.bytes_per_second *
                     detail::exponential(0.6931471805599453 * detail::larger(0.0, doublings))};
  }

  link_estimator_options options_;
  sums sums_;
  observation last_{};
  double surprise_ = 0.0;
  line line_, before_;
  double latency_prior_ = 0.0;
  bool rate_known_ = false, latency_known_ = false;
  std::optional<time_point> seen_;
  rate_bound bound_;
  int waits_ = 0;
};

}  // namespace dsc

#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/detail/order.hpp>

namespace dsc {

/// From `at` on (seconds since the trace's start) the channel has this rate.
struct rate_sample {
  seconds at{};
  data_rate rate;

  friend constexpr bool operator==(rate_sample const&, rate_sample const&) = default;
};

/// What happens when time runs past a trace's end: the last rate stays, the trace starts over, or
/// that is an error.
enum class trace_end { hold, loop, fail };

class trace_channel;

/// A data rate that changes over time, piecewise constant. A sample holds until the next one; the
/// last holds as long as the one before it (one second where there is just one), and there the
/// trace ends.
class rate_trace {
 public:
  /// Steps below this are none that a clock could tell apart.
  static constexpr seconds shortest_step{1e-9};
  /// A rate below this is an outage, and is to be written as 0.
  static constexpr data_rate lowest_rate{1e-6};

  /// Throws `bad_trace` for no samples, a first one that is not at 0, times that do not increase by
  /// `shortest_step`, and rates that are negative, not a number, or above 0 and below
  /// `lowest_rate`.
  constexpr explicit rate_trace(std::vector<rate_sample> samples, trace_end end = trace_end::hold,
                                link_parameters const& parameters = {})
      : samples_{std::move(samples)}, end_{end}, link_{parameters} {
    check();
    link_.check();
    std::size_t const n = samples_.size();
    length_ = samples_.back().at + (n > 1 ? samples_[n - 1].at - samples_[n - 2].at : seconds{1.0});
    for (std::size_t i = 0; i < n; ++i)
      bytes_per_round_ += samples_[i].rate.bytes_per_second * (stop_of(i) - samples_[i].at).count();
  }

  constexpr std::vector<rate_sample> const& samples() const { return samples_; }
  constexpr seconds length() const { return length_; }
  constexpr trace_end end() const { return end_; }
  constexpr link_parameters const& parameters() const { return link_; }

  /// The rate at a moment. Throws `trace_ended` past the end of a trace that neither holds nor
  /// loops, `bad_quantity` before 0.
  constexpr data_rate rate_at(seconds t) const { return samples_[index_at(place(t))].rate; }

  /// When the rate may change next after `t`; `never` once the last rate holds for good.
  constexpr seconds next_change(seconds t) const {
    seconds const in_round = place(t);
    if (end_ != trace_end::loop && in_round >= samples_.back().at) return end_ == trace_end::hold ? never : length_;
    return t - in_round + stop_of(index_at(in_round));
  }

  /// When the last of `amount` bytes has been sent by a sender that begins at `start`, latency not
  /// counted: the moment at which the integral of the rate reaches the amount. `never` where it
  /// does not; throws `trace_ended` as `rate_at` does. Looks at each sample three times at most,
  /// however long that takes.
  constexpr seconds finish(seconds start, bytes amount) const {
    auto left = static_cast<double>(amount.count);
    seconds t = start;
    if (sent_in_round(place(start), t, left)) return t;
    if (end_ == trace_end::hold || bytes_per_round_ <= 0.0) return never;
    if (left > bytes_per_round_) {
      double const rounds = whole(left / bytes_per_round_ - 1e-9);
      left = detail::larger(0.0, left - rounds * bytes_per_round_);
      t += rounds * length_;
    }
    if (!sent_in_round(seconds{}, t, left)) sent_in_round(seconds{}, t, left);
    return t;
  }

  /// The integral of the rate: how many bytes a busy link carries from `from` to `to`, fractions
  /// included. Throws `trace_ended` as `rate_at` does.
  constexpr double carried(seconds from, seconds to) const {
    if (!(from < to)) return 0.0;
    seconds rest = to - from;
    double sum = carried_in_round(place(from), rest);
    if (!(rest > seconds{})) return sum;
    if (end_ == trace_end::fail) ended();
    double const rounds = whole(rest / length_);
    rest = detail::not_below_zero(rest - rounds * length_);
    if (rounds > 0.0) sum += rounds * bytes_per_round_;
    return sum + carried_in_round(seconds{}, rest);
  }

  /// The channel as it is at moment `t`: its `rate()` is that of the moment, its transfers live
  /// through the changes to come.
  constexpr trace_channel at(seconds t) const;

 private:
  constexpr void check() const {
    if (samples_.empty()) throw error{errc::bad_trace, "a rate trace needs at least one sample"};
    if (samples_.front().at != seconds{}) throw error{errc::bad_trace, "a rate trace must begin at 0 seconds"};
    for (std::size_t i = 0; i < samples_.size(); ++i) {
      auto const [at, rate] = samples_[i];
      if (!detail::is_finite(at.count()) || (i > 0 && at <= samples_[i - 1].at))
        bad_sample(i, "is not later than the one before; sort the samples by time");
      if (i > 0 && at - samples_[i - 1].at < shortest_step)
        bad_sample(i, "is less than a nanosecond later than the one before");
      if (!(rate.bytes_per_second >= 0.0)) bad_sample(i, "has a rate that is negative or not a number");
      if (rate > data_rate{0.0} && rate < lowest_rate)
        bad_sample(i, "has a rate below 10^-6 bytes per second; write 0, an outage");
    }
  }

  [[noreturn]] static void bad_sample(std::size_t index, char const* why) {
    throw error{errc::bad_trace, "sample " + std::to_string(index) + " of the rate trace " + why};
  }

  // Numbers that large are whole already.
  static constexpr double whole(double x) { return x < 0x1p53 ? static_cast<double>(static_cast<std::int64_t>(x)) : x; }

  // Sends from a moment of a round on, at most to the round's end, or without end where the last
  // rate holds. Tells whether all of `left` was sent; moves `t` and `left` on.
  constexpr bool sent_in_round(seconds at, seconds& t, double& left) const {
    seconds const round = t - at;
    for (std::size_t i = index_at(at); i < samples_.size(); ++i) {
      double const rate = samples_[i].rate.bytes_per_second;
      bool const for_good = end_ == trace_end::hold && i + 1 == samples_.size();
      if (rate > 0.0 && (for_good || t + seconds{left / rate} <= round + stop_of(i))) {
        t += seconds{left / rate};
        return true;
      }
      if (for_good) return false;
      left = detail::larger(0.0, left - rate * detail::not_below_zero(round + stop_of(i) - t).count());
      t = detail::larger(t, round + stop_of(i));
    }
    if (end_ == trace_end::fail) ended();
    return false;
  }

  // What is carried from a moment of a round on, at most to the round's end; takes that time off
  // `rest`.
  constexpr double carried_in_round(seconds at, seconds& rest) const {
    double sum = 0.0;
    for (std::size_t i = index_at(at); i < samples_.size() && rest > seconds{}; ++i) {
      bool const for_good = end_ == trace_end::hold && i + 1 == samples_.size();
      seconds const time = for_good ? rest : detail::smaller(rest, stop_of(i) - at);
      if (time > seconds{}) sum += samples_[i].rate.bytes_per_second * time.count();
      rest -= time;
      at = stop_of(i);
    }
    return sum;
  }

  constexpr seconds stop_of(std::size_t i) const { return i + 1 < samples_.size() ? samples_[i + 1].at : length_; }

  // The moment within one round of the trace that stands for t.
  constexpr seconds place(seconds t) const {
    if (!(t >= seconds{}) || !detail::is_finite(t.count()))
      throw error{errc::bad_quantity, "a trace has rates from 0 seconds on, at finite times"};
    if (t < length_) return t;
    switch (end_) {
      case trace_end::hold:
        return samples_.back().at;
      case trace_end::loop:
        return detail::smaller(detail::not_below_zero(t - whole(t / length_) * length_), length_);
      case trace_end::fail:
        break;
    }
    ended();
  }

  [[noreturn]] void ended() const {
    throw error{errc::trace_ended, "the rate trace ends after " + std::to_string(length_.count()) +
                                       " s; let it hold or loop, or give a longer one"};
  }

  constexpr std::size_t index_at(seconds in_round) const {
    std::size_t at = 0, after = samples_.size();
    while (after - at > 1) {
      std::size_t const middle = at + (after - at) / 2;
      (samples_[middle].at <= in_round ? at : after) = middle;
    }
    return at;
  }

  std::vector<rate_sample> samples_;
  trace_end end_;
  link_parameters link_;
  seconds length_{};
  double bytes_per_round_ = 0.0;
};

/// One moment of a trace, as a channel. It refers to the trace, which must outlive it.
class trace_channel {
 public:
  constexpr trace_channel(rate_trace const& trace, seconds at) : trace_{&trace}, at_{at} {}

  constexpr data_rate rate() const { return trace_->rate_at(at_); }
  /// Latency, and the time in which the integral of the rate reaches the amount.
  constexpr seconds transfer_time(bytes amount) const {
    return trace_->parameters().latency + (trace_->finish(at_, amount) - at_);
  }
  constexpr seconds return_time(bytes answer) const { return trace_->parameters().return_time(answer); }

 private:
  rate_trace const* trace_;
  seconds at_;
};

constexpr trace_channel rate_trace::at(seconds t) const { return {*this, t}; }

}  // namespace dsc

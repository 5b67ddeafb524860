#pragma once

#include <dsc/concepts.hpp>
#include <dsc/detail/check.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// What a link costs beside `bytes / rate`: the same at every data rate.
struct link_parameters {
  seconds latency{};                  ///< from the first byte sent to the first byte received
  seconds return_latency{};           ///< the same on the answer's way back
  data_rate return_rate = unlimited;  ///< of the answer's way back

  /// How long the answer is under way.
  constexpr seconds return_time(bytes answer) const { return return_latency + answer / return_rate; }

  /// Throws `bad_quantity` for negative or non-finite latencies and for rates that are none.
  constexpr void check() const {
    detail::require_not_negative(latency, "the link's latency");
    detail::require_not_negative(return_latency, "the latency of the way back");
    detail::require_rate(return_rate, "the rate of the way back");
  }
};

/// A channel whose rate does not change: `transfer_time(n) = latency + n / rate`.
class fixed_rate {
 public:
  /// Throws `bad_quantity` for a rate that is negative or not a number. At rate 0 nothing gets
  /// through.
  constexpr explicit fixed_rate(data_rate rate, link_parameters const& parameters = {})
      : rate_{detail::require_rate(rate, "the data rate")}, link_{parameters} {
    link_.check();
  }

  constexpr data_rate rate() const { return rate_; }
  constexpr seconds latency() const { return link_.latency; }
  constexpr link_parameters const& parameters() const { return link_; }
  constexpr seconds transfer_time(bytes amount) const { return link_.latency + amount / rate_; }
  constexpr seconds return_time(bytes answer) const { return link_.return_time(answer); }

 private:
  data_rate rate_;
  link_parameters link_;
};

/// The channel when there is none, or when its rate is unknown: nothing gets through.
struct no_channel {
  constexpr data_rate rate() const { return data_rate{0.0}; }
  constexpr seconds latency() const { return seconds{}; }
  constexpr seconds transfer_time(bytes) const { return never; }
};

}  // namespace dsc

#pragma once

#include <cstddef>

#include <dsc/decide/adaptive_options.hpp>

namespace dsc {

/// The books of a decider that learns: what probes may still send, and what requests that look may
/// still cost more time than others. What is long ago counts no more: else an hour without an
/// outage would pay for a bad one.
class exploration_budget {
 public:
  constexpr explicit exploration_budget(exploration_options const& rules)
      : rules_{rules}, allowance_{static_cast<double>(rules.first_allowance.count)} {}

  /// A request was done: what it took, what it took more than it would have locally where it was
  /// sent to look or in vain, and what it sent, or would have by offloading.
  constexpr void book(seconds total, seconds lost, bytes sent) {
    double const kept = detail::exponential(-(total / rules_.memory));
    spent_ = kept * spent_ + total;
    lost_ = kept * lost_ + lost;
    double const most = 2.0 * static_cast<double>(rules_.largest_probe.count);
    allowance_ = detail::smaller(most, allowance_ + rules_.probe_share * static_cast<double>(sent.count));
    ++requests_;
  }
  constexpr void book_probe(bytes size) {
    allowance_ = detail::larger(0.0, allowance_ - static_cast<double>(size.count));
  }

  /// Bytes that may be sent as probes now.
  constexpr double allowance() const { return allowance_; }
  /// Whether a request may be risked that takes so much longer than it need.
  constexpr bool affords(seconds risk) const { return lost_ + risk <= rules_.time_share * spent_; }
  /// How many requests were booked.
  constexpr std::size_t requests() const { return requests_; }

 private:
  exploration_options rules_;
  double allowance_;  // bytes
  seconds spent_{}, lost_{};
  std::size_t requests_ = 0;
};

}  // namespace dsc

#pragma once

#include <dsc/cost/loaded.hpp>
#include <dsc/plan/choice.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// Where the time of one batch goes. On a server under load, `tail` is the loaded server's time and
/// `queue` the wait before it.
struct latency_breakdown {
  seconds head{};         ///< the layers [0, l) on the device
  seconds transfer{};     ///< the link's latency and `B |h_l| / r`
  seconds queue{};        ///< waiting at the server
  seconds tail{};         ///< the layers [l, L) at the server
  seconds return_time{};  ///< the answer's way back
  /// From the call to the answer. The sum of the parts unless told otherwise, as where parts
  /// overlap; parts that are changed later do not change it.
  seconds end_to_end = head + tail + queue + return_time + transfer;

  friend constexpr bool operator==(latency_breakdown const&, latency_breakdown const&) = default;
  /// `T(l; B, r)`: what is held as `end_to_end`.
  constexpr seconds total() const { return end_to_end; }
};

/// What was decided for a state, and what it is predicted to take. A plan is a choice with its
/// latency, so `plan.split` is the choice's.
struct plan : choice {
  latency_breakdown latency;

  friend constexpr bool operator==(plan const&, plan const&) = default;
};

/// What a decision depends on.
struct state {
  batch_size batch;
  data_rate rate;
  server_load load;

  friend constexpr bool operator==(state const&, state const&) = default;
};

}  // namespace dsc

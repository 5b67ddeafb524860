#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include <dsc/clock.hpp>
#include <dsc/plan/plan.hpp>

namespace dsc {

/// What was decided, and from what.
struct decision {
  dsc::plan plan;
  std::optional<data_rate> rate;  ///< nothing where it was unknown
  server_load load;
  std::string warning{};  ///< what was wrong with a source that was asked; empty where nothing was
  std::string reason{};   ///< why this plan and no other, in a few words; empty where a decider does not say
};

/// What was predicted for one batch and what happened. Observed times come from clocks alone, never
/// from the prediction.
struct inference_record {
  batch_size batch;
  decision decided;  ///< the plan with its prediction, and the rate and load it was made from
  /// Of the answer that was taken. `transfer` is the time on the wire alone, apart from queue and
  /// tail: both ways where the transport cannot tell `return_time`. Where the session finished by
  /// itself there was no transfer: `tail` is the device's time then, and the wait is `waited`.
  latency_breakdown observed;
  seconds total{};  ///< from the call to the answer
  /// For nothing: from sending until the device began to finish by itself, where its answer was
  /// taken.
  seconds waited{};
  seconds hedged{};                         ///< the device's work on the tail in vain: the server's answer came first
  seconds deadline = never;                 ///< what the caller gave it, from the call on
  bytes sent;                               ///< what was given to the transport, answered or not; nothing at `l = L`
  bytes confirmed;                          ///< of those, what the other side is known to have: all where it answered
  seconds confirmed_within{};               ///< how long after sending that was known
  bytes received;                           ///< of the server's answer
  bool cold = false;                        ///< the first transfer of a connection, which TCP begins slowly
  time_point ended{};                       ///< when the answer was there
  bool outpaced = false;                    ///< the device was done first, and nothing had failed
  std::optional<double> exit_confidence{};  ///< of the model's early answer, where that was given
  std::string fallback{};                   ///< why the session finished by itself; empty where it did not have to
  std::string warning{};                    ///< what a transport or decider did that it should not have, harmlessly

  seconds predicted() const { return decided.plan.latency.total(); }
  bool fell_back() const { return !fallback.empty(); }
  bool in_time() const { return total <= deadline; }
};

/// Bytes that are sent for nothing but to learn how the link is.
struct probe {
  std::size_t route = 0;
  bytes size;
};

/// What became of a probe.
struct probe_record {
  probe sent;
  bool answered = false;
  seconds time{};  ///< from sending to the answer, or to when it was given up
  bool cold = false;
  time_point ended{};
};

}  // namespace dsc

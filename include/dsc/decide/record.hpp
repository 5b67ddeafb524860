#pragma once

#include <optional>
#include <string>

#include <dsc/plan/plan.hpp>

namespace dsc {

/// What was decided, and from what.
struct decision {
  dsc::plan plan;
  std::optional<data_rate> rate;  ///< nothing where it was unknown
  server_load load;
  std::string warning{};  ///< what was wrong with a source that was asked; empty where nothing was
};

/// What was predicted for one batch and what happened. Observed times come from clocks alone, never
/// from the prediction.
struct inference_record {
  batch_size batch;
  decision decided;  ///< the plan with its prediction, and the rate and load it was made from
  /// Where the session finished by itself: `transfer` is the wait for nothing, `tail` the device's.
  latency_breakdown observed;
  seconds total{};        ///< from the call to the answer
  bytes sent;             ///< what was given to the transport, answered or not; nothing at `l = L`
  std::string fallback;   ///< why the session finished by itself; empty where it did not have to
  std::string warning{};  ///< what a transport or decider did that it should not have, harmlessly

  seconds predicted() const { return decided.plan.latency.total(); }
  bool fell_back() const { return !fallback.empty(); }
};

}  // namespace dsc

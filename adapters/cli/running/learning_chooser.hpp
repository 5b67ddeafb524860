#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include <dsc/decide/adaptive_controller.hpp>

#include "running/experiment.hpp"

namespace dsc::cli {

/// The decider of one strategy over a real network, which knows of link and servers only what this
/// strategy's own requests showed. A strategy with a fixed split chooses the server alone.
class learning_chooser {
 public:
  /// The planner has the splits that the strategy may choose.
  learning_chooser(experiment const& setup, strategy const& strategy, profile_planner const& planner);

  void use_routes(std::size_t count) { learner_.use_routes(count); }
  decision decide(batch_size batch);
  void observe(inference_record const& record) { learner_.observe(record); }
  std::optional<probe> wanted_probe(time_point now);
  void observe(probe_record const& record) { learner_.observe(record); }

 private:
  adaptive_controller<profile_planner> learner_;
  std::shared_ptr<plan_document const> policy_;
  bool probes_;  // not where it only ever runs locally
};

}  // namespace dsc::cli

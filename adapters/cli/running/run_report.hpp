#pragma once

#include <optional>
#include <string>
#include <vector>

#include <dsc/io/run_document.hpp>

#include "options/options.hpp"
#include "running/class_scores.hpp"
#include "running/experiment.hpp"

/// What a run comes to: nothing here is computed from a prediction but the error of the prediction.
namespace dsc::cli {

/// One strategy over all requests.
struct strategy_summary : run_summary {
  dsc::cli::strategy strategy;
  bool identical_answers = true;  ///< bit for bit those of the first strategy
};

/// Gathers outcomes, which come request by request, in any order of strategies; keeps answers no
/// longer than they are compared.
class run_report {
 public:
  /// The experiment must outlive it.
  run_report(run_options const& options, experiment const& plan);

  void add(outcome&& result);

  std::vector<strategy_summary> summaries() const;
  /// Over all requests of all strategies.
  std::optional<double> prediction_error() const { return dsc::prediction_error(run_); }
  /// The run so far. Its top classes are those of the first sample of the first request, none where
  /// answers are no rows of float32 scores; its images are in the order of the first strategy.
  run_document const& document() const { return run_; }

 private:
  void compare_answers();
  void classify(outcome const& result);
  void add_image(std::vector<class_score> const& best);

  experiment const* plan_;
  run_document run_;
  std::vector<std::vector<std::byte>> answers_;  // of each strategy to the request under way
  std::size_t answered_ = 0;
};

}  // namespace dsc::cli

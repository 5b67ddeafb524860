#pragma once

#include <string>
#include <vector>

#include "running/class_scores.hpp"
#include "running/experiment.hpp"

/// What a run comes to: nothing here is computed from a prediction but the error of the prediction.
namespace dsc::cli {

/// What the model takes an image for.
struct image_classes {
  std::size_t image = 0;          ///< of the experiment's
  std::vector<class_score> best;  ///< best first
};

/// One strategy over all requests.
struct strategy_summary {
  dsc::cli::strategy strategy;
  seconds mean{};
  seconds median{};
  std::optional<double>
      gain_percent;  ///< of dynamic over it, `100/N · Σ (T − T_dyn) / T`; nothing where dynamic did not run
  std::optional<double> gain_noise;  ///< the gain's standard error in percent, from what differs where nothing should;
                                     ///< nothing where that cannot be told
  bool same_splits = false;          ///< whether dynamic split computing did the same at every request
  std::optional<double>
      prediction_error;  ///< median of `|predicted − observed| / observed`; nothing where nothing could be predicted
  std::size_t fallbacks = 0;      ///< requests that the device had to finish by itself
  bool identical_answers = true;  ///< bit for bit those of the first strategy
};

/// Gathers outcomes, which come request by request, in any order of strategies; keeps answers no
/// longer than they are compared.
class run_report {
 public:
  /// The experiment must outlive it.
  explicit run_report(experiment const& plan);

  void add(outcome&& one);

  std::vector<outcome> const& outcomes() const { return outcomes_; }
  std::vector<strategy> const& strategies() const { return plan_->strategies; }
  std::vector<strategy_summary> summaries() const;
  /// Over all requests of all strategies.
  std::optional<double> prediction_error() const;
  /// The classes with the highest scores for the first sample of the first request, best first;
  /// none where answers are no rows of float32 scores.
  std::vector<std::size_t> const& top_classes() const { return top_classes_; }
  /// The same of every image that was run, with probabilities, in the order of the first strategy.
  std::vector<image_classes> const& images() const { return images_; }

 private:
  void compare_answers();
  void classify(outcome const& one);

  experiment const* plan_;
  std::vector<outcome> outcomes_;
  std::vector<std::vector<std::byte>> answers_;  // of each strategy to the request under way
  std::size_t answered_ = 0;
  std::vector<bool> identical_;
  std::vector<std::size_t> top_classes_;
  std::vector<image_classes> images_;
};

}  // namespace dsc::cli

#include "running/learning_chooser.hpp"

#include <dsc/model/layers.hpp>

namespace dsc::cli {
namespace {

adaptive_options options_of(experiment const& setup) {
  adaptive_options options;
  hysteresis const usual;
  bool const is_asked_for = setup.rules.min_gain != usual.min_gain || setup.rules.min_dwell != usual.min_dwell;
  if (is_asked_for) options.hysteresis = setup.rules;
  return options;
}

}  // namespace

learning_chooser::learning_chooser(experiment const& setup, strategy const& strategy, profile_planner const& planner)
    : learner_{planner, options_of(setup)},
      policy_{strategy.policy},
      probes_{!strategy.split || *strategy.split < split_point{layer_count(setup.model)}} {}

decision learning_chooser::decide(batch_size batch) {
  if (!policy_) return learner_.decide(batch);
  std::optional<fixed_rate> const link = learner_.link(0);
  server_load const load = learner_.load(0);
  data_rate const rate = link ? link->rate() : learner_.options().exploration.first_rate;
  split_point const split = split_at(*policy_, batch, rate);
  return {learner_.planner().predict(split, batch, link.value_or(fixed_rate{rate}), load), rate, load};
}

std::optional<probe> learning_chooser::wanted_probe(time_point now) {
  return probes_ ? learner_.wanted_probe(now) : std::nullopt;
}

}  // namespace dsc::cli

#include "running/chooser.hpp"

namespace dsc::cli {

chooser::chooser(experiment const& setup, strategy const& strategy, request_conditions const& now)
    : dynamic_{setup.planner,
               rate_now{&now},
               load_now{&now},
               {.hysteresis = setup.rules, .link = setup.trace.parameters()}},
      split_{strategy.split},
      policy_{strategy.policy},
      parameters_{setup.trace.parameters()},
      now_{&now} {}

decision chooser::decide(batch_size batch) {
  if (!split_ && !policy_) return dynamic_.decide(batch, deadline_after(time_point{}, now_->time));
  split_point const split = split_ ? *split_ : split_at(*policy_, batch, now_->rate);
  return {dynamic_.planner().predict(split, batch, fixed_rate{now_->rate, parameters_}, now_->load), now_->rate,
          now_->load};
}

}  // namespace dsc::cli

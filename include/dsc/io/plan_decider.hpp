#pragma once

#include <optional>
#include <utility>

#include <dsc/decide/controller.hpp>
#include <dsc/io/plan_json.hpp>

namespace dsc {

/// Decides by the switching rates of a plan's file, whoever wrote them, and never by anything else:
/// an own policy beside `controller`. The planner only predicts what the split will take. An
/// unknown rate counts as 0.
template <class Planner, RateSource Rate, LoadSource Load = idle_server>
class plan_decider {
 public:
  /// Throws `bad_split` for a plan of another number of layers.
  plan_decider(plan_document plans, Planner planner, Rate rate, Load load = {})
      : plans_{std::move(plans)}, planner_{std::move(planner)}, rate_{std::move(rate)}, load_{std::move(load)} {
    if (plans_.layers != planner_.layers())
      throw error{errc::bad_split, "the plan of '" + plans_.model + "' is of " + std::to_string(plans_.layers) +
                                       " layers, but the planner's model has " + std::to_string(planner_.layers())};
  }

  /// Throws what `split_at` and the planner throw.
  decision decide(batch_size batch) {
    std::optional<data_rate> const rate = rate_();
    server_load const load = load_();
    data_rate const known = rate.value_or(data_rate{0.0});
    return {planner_.predict(split_at(plans_, batch, known), batch, fixed_rate{known, plans_.link}, load), rate, load};
  }

 private:
  plan_document plans_;
  Planner planner_;
  Rate rate_;
  Load load_;
};

}  // namespace dsc

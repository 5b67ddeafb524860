#pragma once

#include <concepts>
#include <optional>
#include <utility>
#include <vector>

#include <dsc/plan/planner.hpp>
#include <dsc/run/transport.hpp>

namespace dsc {

/// Tells the channel's data rate as it is now; nothing where it is unknown.
template <class R>
concept RateSource = requires(R& source) {
  { source() } -> std::convertible_to<std::optional<data_rate>>;
};

/// Tells how busy the server is now.
template <class L>
concept LoadSource = requires(L& source) {
  { source() } -> std::convertible_to<server_load>;
};

/// The load source of a server that has nothing else to do.
struct idle_server {
  server_load operator()() const { return {}; }
};

/// When to leave the split in use for a better one. Both 0: always the optimum.
struct hysteresis {
  double min_gain = 0.05;  ///< switch for a predicted gain of at least this share of the latency in use
  seconds min_dwell{
      0.5};  ///< and not before the split has been in use this long, unless staying costs more than a dwell
};

/// What was decided, and from what.
struct decision {
  dsc::plan plan;
  std::optional<data_rate> rate;
  server_load load;
};

/// Decides the split of every request; `controller` is one, a fixed split another.
template <class D>
concept Decider = requires(D& decider, batch_size batch) {
  { decider.decide(batch) } -> std::same_as<decision>;
};

/// Chooses the plan of every request: the planner's best for the rate and load of the moment, with
/// hysteresis. Each batch size keeps the split in use of its own. Not for two threads at once.
template <class Planner, RateSource Rate, LoadSource Load = idle_server>
class controller {
 public:
  /// Throws `bad_quantity` for a margin or dwell that is negative and for a link that means
  /// nothing.
  explicit controller(Planner planner, Rate rate, Load load = {}, hysteresis const& rules = {},
                      link_parameters const& parameters = {})
      : planner_{std::move(planner)},
        rate_{std::move(rate)},
        load_{std::move(load)},
        rules_{rules},
        parameters_{parameters} {
    detail::require_not_negative(rules.min_gain, "the margin of a controller");
    detail::require_not_negative(rules.min_dwell, "the dwell of a controller");
    parameters.check();
  }

  Planner const& planner() const { return planner_; }

  /// The plan to run a batch by. Throws what the planner throws.
  decision decide(batch_size batch, time_point now = run_clock::now()) {
    std::optional<data_rate> const rate = rate_();
    server_load const load = load_();
    fixed_rate const channel{rate.value_or(data_rate{0.0}), parameters_};
    plan const best = planner_.best(batch, channel, load);
    use& mine = in_use(batch, best.split, now);
    if (best.split == mine.split) return {best, rate, load};
    plan const stay = planner_.predict(mine.split, batch, channel, load);
    if (!worth_it(best, stay, now - mine.since)) return {stay, rate, load};
    mine.split = best.split;
    mine.since = now;
    return {best, rate, load};
  }

 private:
  struct use {
    batch_size batch;
    split_point split;
    time_point since;
  };

  use& in_use(batch_size batch, split_point first, time_point now) {
    for (use& one : uses_)
      if (one.batch == batch) return one;
    return uses_.emplace_back(use{batch, first, now});
  }

  bool worth_it(plan const& best, plan const& stay, seconds in_use_for) const {
    if (stay.latency.total() == never) return true;
    seconds const saved = stay.latency.total() - best.latency.total();
    return saved >= rules_.min_gain * stay.latency.total() &&
           (in_use_for >= rules_.min_dwell || saved > rules_.min_dwell);
  }

  Planner planner_;
  Rate rate_;
  Load load_;
  hysteresis rules_;
  link_parameters parameters_;
  std::vector<use> uses_;
};

}  // namespace dsc

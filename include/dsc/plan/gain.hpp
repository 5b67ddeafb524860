#pragma once

#include <concepts>
#include <optional>
#include <vector>

#include <dsc/plan/planner.hpp>

namespace dsc {

/// One static split over a run of states, and how dynamic split computing compares with it.
struct static_strategy {
  split_point split;
  seconds mean_latency{};     ///< `never` where a state had no channel
  double gain_percent = 0.0;  ///< `100/N · Σ (T_s − T_dyn) / T_s`; a state in which the strategy never ends counts 100
  double share = 0.0;         ///< of the states in which dynamic split computing takes this split, 0..1
};

/// Dynamic split computing, or a policy of the user's in its place, against every static split over
/// N states.
class gain_report {
 public:
  std::size_t states = 0;
  seconds mean_latency{};                   ///< of dynamic split computing, or of the user's policy
  std::vector<static_strategy> strategies;  ///< one per split point 0..L, ascending
  split_point best_static;                  ///< `argmin_l Σ T_l` over the planner's candidates, ties to the smallest

  /// Throws `bad_split` outside 0..L.
  constexpr static_strategy const& against(split_point split) const {
    check_split(split, strategies.size() - 1);
    return strategies[split.layers];
  }
  constexpr static_strategy const& against_full_offloading() const { return strategies.front(); }
  constexpr static_strategy const& against_no_offloading() const { return strategies.back(); }
  constexpr static_strategy const& against_best_static() const { return against(best_static); }
};

/// Any range of states: a container, a view, a generator.
template <class R>
concept StateRange = requires(R& states) {
  { *std::ranges::begin(states) } -> std::convertible_to<state>;
  std::ranges::end(states);
};

/// Anybody's policy: what to choose in a state, as a split point or as anything that is a `choice`.
template <class P>
concept StatePolicy = requires(P& policy, state const& now) {
  { policy(now) } -> std::convertible_to<split_point>;
} || requires(P& policy, state const& now) {
  { policy(now) } -> std::convertible_to<choice>;
};

namespace detail {

constexpr split_point chosen_split(split_point split) { return split; }
constexpr split_point chosen_split(choice const& chosen) { return chosen.split; }

struct gains_fn {
  template <CostModel D, CostModel S, StateRange States>
  constexpr gain_report operator()(planner<D, S> const& planner, States&& states,
                                   link_parameters const& parameters = {}) const {
    return report_of(planner, states, parameters, best_of);
  }

  template <CostModel D, CostModel S, StateRange States, StatePolicy P>
  constexpr gain_report operator()(planner<D, S> const& planner, States&& states, P&& policy,
                                   link_parameters const& parameters = {}) const {
    auto const asked = [&](state const& now, std::vector<latency_line> const& lines, auto const&) {
      split_point const split = chosen_split(policy(now));
      check_split(split, lines.size() - 1);
      return split;
    };
    return report_of(planner, states, parameters, asked);
  }

 private:
  template <CostModel D, CostModel S, class States, class Choose>
  static constexpr gain_report report_of(planner<D, S> const& planner, States&& states,
                                         link_parameters const& parameters, Choose const& choose) {
    std::size_t const count = planner.layers() + 1;
    std::vector<split_point> every(count);
    for (std::size_t l = 0; l < count; ++l) every[l] = split_point{l};

    gain_report report;
    report.strategies.resize(count);
    std::optional<state> seen;
    std::vector<latency_line> lines;
    std::vector<split_point> allowed;
    for (state const now : states) {
      if (!seen || seen->batch != now.batch || seen->load != now.load) {
        lines = planner.lines(every, now.batch, parameters, now.load);
        allowed = planner.splits(now.batch, now.load);
        seen = now;
      }
      detail::require_rate(now.rate, "the data rate of a state");
      add(report, lines, choose(now, lines, allowed), now.rate);
    }
    finish(report, planner.splits());
    return report;
  }

  static constexpr split_point best_of(state const& now, std::vector<latency_line> const& lines,
                                       std::vector<split_point> const& allowed) {
    split_point chosen;
    seconds least = never;
    for (split_point const split : allowed) {
      seconds const time = lines[split.layers].at(now.rate);
      if (!(time < least)) continue;
      least = time;
      chosen = split;
    }
    if (least == never)
      throw error{errc::no_plan,
                  "a state has no channel and no offloading is not allowed; leave it out, or allow the largest split"};
    return chosen;
  }

  static constexpr void add(gain_report& report, std::vector<latency_line> const& lines, split_point chosen,
                            data_rate rate) {
    seconds const mine = lines[chosen.layers].at(rate);
    ++report.states;
    report.mean_latency += mine;
    report.strategies[chosen.layers].share += 1.0;
    for (std::size_t l = 0; l < lines.size(); ++l) {
      seconds const time = lines[l].at(rate);
      report.strategies[l].mean_latency += time;
      if (time > seconds{} && !(time == never && mine == never))
        report.strategies[l].gain_percent += 100.0 * (1.0 - mine / time);
    }
  }

  static constexpr void finish(gain_report& report, std::span<split_point const> candidates) {
    if (report.states == 0) throw error{errc::bad_quantity, "gains need at least one state"};
    double const n = static_cast<double>(report.states);
    report.mean_latency /= n;
    for (std::size_t l = 0; l < report.strategies.size(); ++l) {
      static_strategy& mine = report.strategies[l];
      mine.split = split_point{l};
      mine.mean_latency /= n;
      mine.gain_percent /= n;
      mine.share /= n;
    }
    report.best_static = candidates.front();
    for (split_point const split : candidates)
      if (report.against(split).mean_latency < report.against_best_static().mean_latency) report.best_static = split;
  }
};

}  // namespace detail

/// Gains and shares over any range of states: `(planner, states, link = {})` of dynamic split
/// computing, `(planner, states, policy, link = {})` of a `StatePolicy` in its place. Throws
/// `bad_quantity` for no states and for rates that are none, `no_plan` where a state cannot be
/// served dynamically, `bad_split` where a policy chooses none of 0..L. A policy that never ends in
/// some state has a mean of `never`.
inline constexpr detail::gains_fn gains{};

}  // namespace dsc

#include "planning/plan_report.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <dsc/io/format.hpp>
#include <dsc/model/bottlenecks.hpp>

#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "console/table.hpp"
#include "planning/planning.hpp"

namespace dsc::cli {
namespace {

using enum table::align;

std::string rates_of(rate_piece const& piece) {
  bool const from_nothing = piece.from_rate == data_rate{}, to_anything = piece.to_rate == unlimited;
  if (from_nothing && to_anything) return "at every rate";
  if (from_nothing) return fmt::format("below {}", to_string(piece.to_rate));
  if (to_anything) return fmt::format("from {}", to_string(piece.from_rate));
  return fmt::format("{} to {}", to_string(piece.from_rate), to_string(piece.to_rate));
}

std::string switching_rates(plan_document const& plans, profile const& network) {
  std::string text;
  for (batch_policy const& policy : plans.policies) {
    table rows{{{"", left}, {"", left}}};
    for (rate_piece const& piece : policy.pieces) rows.add({rates_of(piece), describe(piece.split, network)});
    text += fmt::format("batch {}:{}", policy.batch.count, rows.text(2));
  }
  return text;
}

// What the cut comes after, as a table has it.
std::string place_of(split_point split, profile const& network) {
  return split.layers == 0 ? "the input" : std::string{split_name(network, split)};
}

std::string states_table(plan_document const& plans, profile const& network) {
  table rows{{{"batch"},
              {"rate"},
              {"l"},
              {"cut after", left},
              {"total ms"},
              {"head"},
              {"transfer"},
              {"queue"},
              {"tail"},
              {"way back"}}};
  for (planned_state const& state : plans.states) {
    latency_breakdown const& t = state.plan.latency;
    rows.add({std::to_string(state.batch.count), to_string(state.rate), std::to_string(state.plan.split.layers),
              place_of(state.plan.split, network), in_ms(t.total()), in_ms(t.head), in_ms(t.transfer), in_ms(t.queue),
              in_ms(t.tail), in_ms(t.return_time)});
  }
  return fmt::format("\n{}", rows.text());
}

std::string name_of(static_strategy const& strategy, plan_document const& plans) {
  if (strategy.split.layers == plans.layers) return "local";
  return strategy.split.layers == 0 ? "full offloading" : fmt::format("static split {}", strategy.split.layers);
}

// Everything that dynamic split computing takes, the compressive bottlenecks, and the two ends, as
// far as they are allowed.
bool is_shown(static_strategy const& strategy, plan_document const& plans, profile const& network,
              candidate_options const& limits) {
  if (!limits.allow(strategy.split)) return false;
  bool const end = strategy.split.layers == 0 || strategy.split.layers == plans.layers;
  return end || strategy.share > 0.0 || strategy.split == plans.gains->best_static ||
         std::ranges::binary_search(compressive_bottlenecks(network), strategy.split);
}

std::string gains_table(plan_document const& plans, profile const& network, candidate_options const& limits) {
  gain_report const& gains = *plans.gains;
  table rows{{{"strategy", left}, {"cut after", left}, {"mean ms"}, {"gain of dynamic"}, {"taken in"}, {"", left}}};
  for (static_strategy const& strategy : gains.strategies) {
    if (!is_shown(strategy, plans, network, limits)) continue;
    rows.add({name_of(strategy, plans), place_of(strategy.split, network), in_ms(strategy.mean_latency),
              in_percent(strategy.gain_percent), in_percent(100.0 * strategy.share),
              strategy.split == gains.best_static ? "the best static split" : ""});
  }
  return fmt::format("\nover {} {} dynamic split computing takes {} ms on average\n{}", gains.states,
                     gains.states == 1 ? "state" : "states", in_ms(gains.mean_latency), rows.text());
}

}  // namespace

std::string plan_report(plan_document const& plans, profile const& network, candidate_options const& limits) {
  std::string text = printable(plans.model) + "\n" + switching_rates(plans, network);
  if (!plans.states.empty()) text += states_table(plans, network);
  if (plans.gains) text += gains_table(plans, network, limits);
  return text;
}

}  // namespace dsc::cli

#include <algorithm>

#include <dsc/plan/gain.hpp>
#include <dsc/views.hpp>

#include "csv.hpp"
#include "engines/zoo.hpp"
#include "experiments.hpp"

namespace dsc::paper {
namespace {

gain_report gains_of(study const& all, any_planner const& planner) {
  return std::visit([&](auto const& one) { return gains(one, views::state_grid(all.batches, all.rates)); }, planner);
}

bool is_real(static_strategy const& strategy, gain_report const& found) {
  return strategy.split.layers > 0 && strategy.split.layers + 1 < found.strategies.size();
}

double real_share(gain_report const& found) {
  double sum = 0.0;
  for (static_strategy const& strategy : found.strategies)
    if (is_real(strategy, found)) sum += strategy.share;
  return sum;
}

// The static splits worth a row: the paper's candidates, or of all splits those that win somewhere.
std::vector<split_point> static_splits(zoo::efficientnet const& model, choice which, gain_report const& found) {
  if (which == choice::paper) return compressive_bottlenecks(model, zoo::blocks);
  std::vector<split_point> winners;
  for (static_strategy const& strategy : found.strategies)
    if (is_real(strategy, found) && strategy.share > 0.0) winners.push_back(strategy.split);
  return winners;
}

// Every combination of sites, input type, candidates and model, with its gains.
void each_gain(study const& all, auto const& visit) {
  for (site_pair const& pair : all.pairs)
    for (element_type const input : input_types)
      for (choice const which : choices)
        for (zoo::efficientnet const& plain : all.models) {
          zoo::efficientnet const model = plain.with_input(input);
          visit(pair, model, which, gains_of(all, planner_for(all, pair, model, which)));
        }
}

std::string gain_table(study const& all) {
  csv table{"model,sites,input_type,candidates,against,split,mean_s,gain_percent,share"};
  each_gain(all, [&](site_pair const& pair, zoo::efficientnet const& model, choice which, gain_report const& found) {
    auto const add = [&](char const* against, static_strategy const& strategy) {
      table.row(model.name(), pair.name, cli::name_of(model.input().element), name_of(which), against,
                strategy.split.layers, strategy.mean_latency.count(), strategy.gain_percent, strategy.share);
    };
    add("local", found.against_no_offloading());
    add("offload", found.against_full_offloading());
    for (split_point const split : static_splits(model, which, found)) add("static", found.against(split));
    add("best_static", found.against_best_static());
  });
  return table.text();
}

std::string summary(study const& all) {
  csv table{"model,sites,input_type,candidates,states,mean_s,real_share,winning_splits"};
  each_gain(all, [&](site_pair const& pair, zoo::efficientnet const& model, choice which, gain_report const& found) {
    auto const wins = [&](static_strategy const& strategy) { return is_real(strategy, found) && strategy.share > 0.0; };
    table.row(model.name(), pair.name, cli::name_of(model.input().element), name_of(which), found.states,
              found.mean_latency.count(), real_share(found), std::ranges::count_if(found.strategies, wins));
  });
  return table.text();
}

std::string sensitivity(study const& all) {
  csv table{"model,input_type,efficiency,launch_us,bandwidth,gain_local,gain_offload,gain_best_static,real_share"};
  for (element_type const input : input_types)
    for (double const efficiency : efficiencies)
      for (double const launch : launches_us)
        for (bool const bandwidth_scales : {false, true})
          for (zoo::efficientnet const& model : all.models) {
            gain_report const found =
                gains_of(all, modelled(model.with_input(input), choice::paper, {efficiency, launch, bandwidth_scales}));
            table.row(model.name(), cli::name_of(input), efficiency, launch, bandwidth_scales ? "scaled" : "same",
                      found.against_no_offloading().gain_percent, found.against_full_offloading().gain_percent,
                      found.against_best_static().gain_percent, real_share(found));
          }
  return table.text();
}

std::string assumption_table(study const& all) {
  csv table{"name,device,server,unit,source"};
  for (assumption const& one : assumptions) table.row(one.name, one.device, one.server, one.unit, one.source);
  table.row("measured device", all.device_slowdown, 1.0, "times the measured server",
            "the paper: 13.45 TFLOP/s against 2.37");
  return table.text();
}

std::string coverage(study const& all) {
  csv table{"model,sites,largest_measured_batch"};
  for (site_pair const& pair : all.pairs)
    for (auto const& [model, server] : pair.servers)
      if (!pair.single_samples) table.row(model, pair.name, pair.largest_measured(model).count);
  return table.text();
}

}  // namespace

std::vector<step> gain_steps(study const& all) {
  std::vector<step> steps{{"assumptions.csv", [&all] { return assumption_table(all); }},
                          {"coverage.csv", [&all] { return coverage(all); }},
                          {"gains.csv", [&all] { return gain_table(all); }},
                          {"summary.csv", [&all] { return summary(all); }}};
  if (std::ranges::any_of(all.pairs, &site_pair::modelled))
    steps.push_back({"sensitivity.csv", [&all] { return sensitivity(all); }});
  return steps;
}

}  // namespace dsc::paper

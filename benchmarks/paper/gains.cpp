#include <algorithm>

#include <dsc/plan/gain.hpp>
#include <dsc/views.hpp>

#include "csv.hpp"
#include "experiments.hpp"

namespace dsc::paper {
namespace {

gain_report gains_of(study const& all, any_planner const& planner) {
  return std::visit([&](auto const& sites) { return gains(sites, views::state_grid(all.batches, all.rates)); },
                    planner);
}

bool is_real(static_strategy const& strategy, gain_report const& report) {
  return strategy.split.layers > 0 && strategy.split.layers + 1 < report.strategies.size();
}

double real_share(gain_report const& report) {
  double sum = 0.0;
  for (static_strategy const& strategy : report.strategies)
    if (is_real(strategy, report)) sum += strategy.share;
  return sum;
}

// The static splits worth a row: the paper's candidates, or of all splits those that win somewhere.
std::vector<split_point> static_splits(zoo::efficientnet const& model, choice which, gain_report const& report) {
  if (which == choice::paper) return compressive_bottlenecks(model, zoo::blocks);
  std::vector<split_point> winners;
  for (static_strategy const& strategy : report.strategies)
    if (is_real(strategy, report) && strategy.share > 0.0) winners.push_back(strategy.split);
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
  each_gain(all, [&](site_pair const& pair, zoo::efficientnet const& model, choice which, gain_report const& report) {
    auto const add = [&](char const* against, static_strategy const& strategy) {
      table.row(model.name(), pair.name, element_name(model.input().element), name_of(which), against,
                strategy.split.layers, strategy.mean_latency.count(), strategy.gain_percent, strategy.share);
    };
    add("local", report.against_no_offloading());
    add("offload", report.against_full_offloading());
    for (split_point const split : static_splits(model, which, report)) add("static", report.against(split));
    add("best_static", report.against_best_static());
  });
  return table.text();
}

std::string summary(study const& all) {
  csv table{"model,sites,input_type,candidates,states,mean_s,real_share,winning_splits"};
  each_gain(all, [&](site_pair const& pair, zoo::efficientnet const& model, choice which, gain_report const& report) {
    auto const wins = [&](static_strategy const& strategy) {
      return is_real(strategy, report) && strategy.share > 0.0;
    };
    table.row(model.name(), pair.name, element_name(model.input().element), name_of(which), report.states,
              report.mean_latency.count(), real_share(report), std::ranges::count_if(report.strategies, wins));
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
            gain_report const report =
                gains_of(all, modelled(model.with_input(input), choice::paper, {efficiency, launch, bandwidth_scales}));
            table.row(model.name(), element_name(input), efficiency, launch, bandwidth_scales ? "scaled" : "same",
                      report.against_no_offloading().gain_percent, report.against_full_offloading().gain_percent,
                      report.against_best_static().gain_percent, real_share(report));
          }
  return table.text();
}

std::string assumption_table(study const& all) {
  csv table{"name,device,server,unit,source"};
  for (assumption const& entry : assumptions)
    table.row(entry.name, entry.device, entry.server, entry.unit, entry.source);
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

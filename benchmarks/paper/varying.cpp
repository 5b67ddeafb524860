#include <algorithm>
#include <memory>

#include <dsc/plan/gain.hpp>

#include "conditions.hpp"
#include "csv.hpp"
#include "experiments.hpp"

namespace dsc::paper {
namespace {

using all_series = std::vector<rate_series>;

std::vector<state> states_of(rate_series const& series, std::vector<server_load> const& loads, batch_size batch) {
  std::vector<state> states;
  for (std::size_t t = 0; t < series.rates.size(); ++t) states.push_back({batch, series.rates[t], loads[t]});
  return states;
}

// The server's time for one whole batch.
seconds whole_time(auto const& planner, batch_size batch) {
  return planner.predict(split_point{0}, batch, fixed_rate{unlimited}).latency.tail;
}

std::vector<split_point> dynamic_splits(auto const& planner, std::vector<state> const& states) {
  std::vector<split_point> taken;
  for (state const& now : states) taken.push_back(planner.best(now).split);
  return taken;
}

void add_rows(csv& table, site_pair const& pair, zoo::efficientnet const& model, auto const& planner,
              rate_series const& series, batch_size batch) {
  seconds const whole = whole_time(planner, batch);
  for (load_kind const kind : load_kinds) {
    std::vector<state> const states = states_of(series, loads_of(kind, series.rates.size(), whole), batch);
    gain_report const report = gains(planner, states);
    std::vector<split_point> const taken = dynamic_splits(planner, states);
    auto const real = [&](split_point split) { return split.layers > 0 && split.layers < planner.layers(); };
    std::size_t switches = 0;
    for (std::size_t i = 1; i < taken.size(); ++i) switches += taken[i] == taken[i - 1] ? 0 : 1;
    table.row(model.name(), pair.name, element_name(model.input().element), series.name,
              series.real ? "real" : "generated", name_of(kind), batch.count, report.states, series.outage_share(),
              report.against_no_offloading().gain_percent, report.against_full_offloading().gain_percent,
              report.best_static.layers, report.against_best_static().gain_percent,
              static_cast<double>(std::ranges::count_if(taken, real)) / static_cast<double>(taken.size()), switches);
  }
}

std::string varying(study const& all, all_series const& series) {
  csv table{
      "model,sites,input_type,trace,trace_kind,load,batch,states,outage_share,gain_local,gain_offload,best_static,gain_"
      "best_static,real_share,switches"};
  for (site_pair const& pair : all.pairs)
    for (element_type const input : input_types)
      for (zoo::efficientnet const& model : all.models)
        std::visit(
            [&](auto const& planner) {
              for (rate_series const& rates : series)
                for (batch_size const batch : all.varying_batches)
                  add_rows(table, pair, model.with_input(input), planner, rates, batch);
            },
            planner_for(all, pair, model.with_input(input), choice::every));
  return table.text();
}

// One model over one trace, second by second: what the timeline shows.
void add_timeline(csv& table, site_pair const& pair, zoo::efficientnet const& model, auto const& planner,
                  rate_series const& series, batch_size batch) {
  std::vector<server_load> const loads = loads_of(load_kind::both, series.rates.size(), whole_time(planner, batch));
  std::vector<state> const states = states_of(series, loads, batch);
  split_point const fixed = gains(planner, states).best_static, end{planner.layers()};
  for (std::size_t t = 0; t < states.size(); ++t) {
    state const& now = states[t];
    plan const best = planner.best(now);
    auto const of = [&](split_point other) {
      return planner.predict(other, now.batch, fixed_rate{now.rate}, now.load).latency.total().count();
    };
    table.row(model.name(), pair.name, element_name(model.input().element), series.name, name_of(load_kind::both),
              batch.count, t, now.rate.bytes_per_second / 1e6, now.load.slowdown, now.load.queueing_delay.count() * 1e3,
              best.split.layers, best.latency.total().count(), of(end), of(split_point{0}), of(fixed));
  }
}

std::string timeline(study const& all, all_series const& series) {
  csv table{
      "model,sites,input_type,trace,load,batch,t,rate_MBps,slowdown,queue_ms,split,dynamic_s,local_s,offload_s,best_"
      "static_s"};
  auto const shown = std::ranges::find(all.models, std::string_view{"efficientnet_b4"}, &zoo::efficientnet::name);
  zoo::efficientnet const& model = shown == all.models.end() ? all.models.front() : *shown;
  for (site_pair const& pair : all.pairs)
    std::visit(
        [&](auto const& planner) {
          add_timeline(table, pair, model, planner, series.front(), all.varying_batches.front());
        },
        planner_for(all, pair, model, choice::every));
  return table.text();
}

}  // namespace

std::vector<step> varying_steps(study const& all, std::vector<std::string> const& traces) {
  auto const series = std::make_shared<all_series const>(rate_series_of(traces));
  return {{"varying.csv", [&all, series] { return varying(all, *series); }},
          {"timeline.csv", [&all, series] { return timeline(all, *series); }}};
}

}  // namespace dsc::paper

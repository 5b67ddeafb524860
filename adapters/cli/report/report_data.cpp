#include "report/report_data.hpp"

#include <algorithm>
#include <filesystem>
#include <span>

#include <fmt/format.h>
#include <range/v3/range/conversion.hpp>

#include <dsc/io/json_text.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/views.hpp>

#include "console/errors.hpp"
#include "engines/zoo.hpp"
#include "planning/planning.hpp"
#include "planning/rate_range.hpp"
#include "report/report_network.hpp"

namespace dsc::cli {
namespace {

using json = ordered_json;

constexpr std::size_t most_states = 100'000, most_batches = 128;

json plain(std::span<split_point const> splits) {
  json list = json::array();
  for (split_point const split : splits) list.push_back(split.layers);
  return list;
}

json network_data(report_network const& network, bool blocks_only) {
  auto const judged = [&](report_layer const& layer) { return !blocks_only || layer.block; };
  json layers = json::array();
  for (report_layer const& layer : network.layers())
    layers.push_back({{"name", layer.name()},
                      {"bytes", layer.output_bytes().count},
                      {"group", layer.group},
                      {"judged", judged(layer)}});
  return {{"input_bytes", network.input.count},
          {"layers", layers},
          {"natural", plain(natural_bottlenecks(network, judged))},
          {"compressive", plain(compressive_bottlenecks(network, judged))},
          {"source", network.source}};
}

// A page is passed on: what stands on it are names of files, not of folders.
std::string shown_name(std::string const& file) { return std::filesystem::path{file}.filename().string(); }

json environment_data(profile_notes const& notes) {
  json list = json::array();
  for (auto const& [key, value] : notes.environment) list.push_back({key, value});
  return list;
}

json times_data(profile const& measured, bool tails) {
  json batches = json::array(), rows = json::array();
  for (batch_times const& at : measured.measured()) {
    json row = json::array();
    for (std::size_t l = 0; l <= measured.layer_count(); ++l)
      row.push_back(tails ? measured.tail_time(split_point{l}, at.batch).count()
                          : measured.time(head_of(split_point{l}), at.batch).count());
    batches.push_back(at.batch.count);
    rows.push_back(std::move(row));
  }
  return {{"batches", batches}, {"seconds", rows}};
}

json site_data(told_by<noted_profile> const& site, bool tails) {
  json data = times_data(site.what.profile, tails);
  data["file"] = shown_name(site.file);
  data["environment"] = environment_data(site.what.notes);
  data["measured_tails"] = tails && !site.what.profile.measured().front().suffix.empty();
  return data;
}

// All whole batch sizes that both profiles cover, thinned out where they are many.
std::vector<batch_size> batches_of(site_profiles const& sites, report_options const& options) {
  if (!options.batches.empty()) return options.batches;
  auto const device = sites.device.what.profile.measured(), server = sites.server.what.profile.measured();
  std::uint64_t const from = std::max(device.front().batch, server.front().batch).count,
                      to = std::min(device.back().batch, server.back().batch).count;
  if (from > to)
    throw error{cli_errc::bad_option,
                "the two profiles cover no batch size in common; say which to report with --batches and --extrapolate"};
  std::uint64_t const all = to - from + 1, count = std::min<std::uint64_t>(all, most_batches);
  std::vector<batch_size> batches;
  for (std::uint64_t i = 0; i < count; ++i)
    batches.emplace_back(count == 1 ? from : from + i * (all - 1) / (count - 1));
  return batches;
}

std::string mode_of(split_filter filter) {
  return filter == compressive ? "compressive" : filter == natural ? "natural" : "undominated";
}

json candidates_data(profile const& device, profile const& server, candidate_options const& limits,
                     profile_planner const& planner) {
  std::string const chosen = mode_of(limits.filter);
  json modes = json::object();
  for (split_filter const filter : {undominated, compressive}) {
    candidate_options other = limits;
    other.filter = filter;
    // A planner of many layers takes its time.
    modes[mode_of(filter)] =
        plain(mode_of(filter) == chosen ? planner.splits() : planner_of(device, server, other).splits());
  }
  modes[chosen] = plain(planner.splits());
  return {{"mode", chosen}, {"modes", modes}};
}

// What the conditions are: as typed, and where nothing was typed, those of the plan if there is
// one.
conditions_options conditions_of(report_inputs const& all, report_options const& options) {
  if (!options.conditions_given && all.plan) return {all.plan->what.link, all.plan->what.load};
  return options.conditions;
}

// What dsc's own planner says of the map: the page compares its arithmetic with it, and shows it.
json sites_data(report_inputs const& all, report_options const& options) {
  profile device = all.sites->device.what.profile, server = all.sites->server.what.profile;
  if (options.extrapolate) device = device.extrapolated(), server = server.extrapolated();
  profile_planner const planner = planner_of(device, server, options.candidates);
  auto const [link, load] = conditions_of(all, options);
  std::vector<batch_size> const batches = batches_of(*all.sites, options);
  plan_document planned{.model = std::string{server.name()}, .layers = planner.layers(), .link = link, .load = load};
  for (batch_size const batch : batches) planned.policies.emplace_back(batch, planner.policy(batch, link, load));
  std::vector<data_rate> const rates = options.rates.empty() ? rates_around(planned.policies) : options.rates;
  if (batches.size() * rates.size() > most_states)
    throw error{cli_errc::bad_option,
                fmt::format("--rates and --batches make a map of {} states, but a page holds at most {}; take fewer",
                            batches.size() * rates.size(), most_states)};

  planned.gains =
      gains(planner, views::state_grid(batches, rates, ranges::views::single(load)) | ranges::to<std::vector>(), link);

  json batch_list = json::array(), rate_list = json::array();
  for (batch_size const batch : batches) batch_list.push_back(batch.count);
  for (data_rate const rate : rates) rate_list.push_back(rate.bytes_per_second);
  return {{"device", site_data(all.sites->device, false)},
          {"server", site_data(all.sites->server, true)},
          {"device_slowdown", all.sites->slowdown ? json(*all.sites->slowdown) : json(nullptr)},
          {"slowdown_is_usual", all.sites->slowdown.has_value() && !options.device_slowdown},
          {"extrapolate", options.extrapolate},
          {"candidates", candidates_data(device, server, options.candidates, planner)},
          {"map", {{"batches", batch_list}, {"rates", rate_list}, {"rates_chosen", options.rates.empty()}}},
          {"planned", json::parse(plan_json(planned))},
          {"warnings", warnings_about(*all.sites, options.extrapolate)}};
}

json number_or_null(std::optional<double> const& number) { return number ? json(*number) : json(nullptr); }

json strategies_data(run_document const& run) {
  json list = json::array();
  for (run_summary const& sums : summaries(run)) {
    run_strategy const& strategy = run.strategies[list.size()];
    list.push_back({{"name", strategy.name},
                    {"split", strategy.split ? json(strategy.split->layers) : json(nullptr)},
                    {"mean", sums.mean.count()},
                    {"median", sums.median.count()},
                    {"gain_percent", number_or_null(sums.gain_percent)},
                    {"prediction_error", number_or_null(sums.prediction_error)},
                    {"fallbacks", sums.fallbacks},
                    {"identical_answers", strategy.identical_answers}});
  }
  return list;
}

json run_data(told_by<run_document> const& source) {
  run_document const& run = source.what;
  json requests = json::array();
  for (auto const& [number, strategy, time, record] : run.requests)
    requests.push_back({{"number", number},
                        {"strategy", strategy},
                        {"time", time.count()},
                        {"batch", record.batch.count},
                        {"rate", finite_or_null(record.decided.rate.value_or(data_rate{}).bytes_per_second)},
                        {"split", record.decided.plan.split.layers},
                        {"predicted", finite_or_null(record.predicted().count())},
                        {"observed", record.total.count()},
                        {"fallback", record.fallback}});
  return {{"file", shown_name(source.file)},
          {"device_slowdown", number_or_null(run.device_slowdown)},
          {"prediction_error", number_or_null(prediction_error(run))},
          {"load", {{"slowdown", run.load.slowdown}, {"queueing_delay", run.load.queueing_delay.count()}}},
          {"strategies", strategies_data(run)},
          {"requests", requests}};
}

}  // namespace

std::string report_title(report_inputs const& all, report_options const& options) {
  return options.title.empty() ? "Dynamic split computing of " + model_name_of(all) : options.title;
}

std::string report_data(report_inputs const& all, report_options const& options) {
  bool const blocks_only = options.candidates.granularity == granularity::blocks;
  std::optional<report_network> const network = network_of(all);
  json runs = json::array();
  for (told_by<run_document> const& run : all.runs) runs.push_back(run_data(run));
  json const data{
      {"title", report_title(all, options)},
      {"model", model_name_of(all)},
      {"granularity", blocks_only ? "blocks" : "layers"},
      {"network", network ? network_data(*network, blocks_only) : json(nullptr)},
      {"sites", all.sites ? sites_data(all, options) : json(nullptr)},
      {"plan", all.plan ? json{{"file", shown_name(all.plan->file)}, {"told", json::parse(plan_json(all.plan->what))}}
                        : json(nullptr)},
      {"runs", runs}};
  return data.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace dsc::cli

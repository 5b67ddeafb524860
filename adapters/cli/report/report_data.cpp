#include "report/report_data.hpp"

#include <algorithm>
#include <filesystem>
#include <span>

#include <fmt/format.h>
#include <range/v3/range/conversion.hpp>

#include <dsc/io/detail/json_text.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/views.hpp>

#include "console/errors.hpp"
#include "engines/zoo.hpp"
#include "planning/planning.hpp"
#include "planning/rate_range.hpp"
#include "report/report_network.hpp"

namespace dsc::cli {
namespace {

using detail::finite_or_null;
using json = nlohmann::ordered_json;

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
    layers.push_back(
        {{"name", layer.label}, {"bytes", layer.output.count}, {"group", layer.group}, {"judged", judged(layer)}});
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
std::vector<batch_size> batches_of(site_profiles const& sites, report_options const& wanted) {
  if (!wanted.batches.empty()) return wanted.batches;
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

json candidates_data(profile const& device, profile const& server, candidate_options const& wanted,
                     profile_planner const& planner) {
  std::string const asked = mode_of(wanted.filter);
  json modes = json::object();
  for (split_filter const filter : {undominated, compressive}) {
    candidate_options limits = wanted;
    limits.filter = filter;
    // A planner of many layers takes its time.
    modes[mode_of(filter)] =
        plain(mode_of(filter) == asked ? planner.splits() : planner_of(device, server, limits).splits());
  }
  modes[asked] = plain(planner.splits());
  return {{"mode", asked}, {"modes", modes}};
}

// What the conditions are: as typed, and where nothing was typed, those of the plan if there is
// one.
conditions_options conditions_of(report_inputs const& all, report_options const& wanted) {
  if (!wanted.conditions_given && all.plan) return {all.plan->what.link, all.plan->what.load};
  return wanted.conditions;
}

// What dsc's own planner says of the map: the page compares its arithmetic with it, and shows it.
json sites_data(report_inputs const& all, report_options const& wanted) {
  profile device = all.sites->device.what.profile, server = all.sites->server.what.profile;
  if (wanted.extrapolate) device = device.extrapolated(), server = server.extrapolated();
  profile_planner const planner = planner_of(device, server, wanted.candidates);
  auto const [link, load] = conditions_of(all, wanted);
  std::vector<batch_size> const batches = batches_of(*all.sites, wanted);
  plan_document planned{.model = std::string{server.name()}, .layers = planner.layers(), .link = link, .load = load};
  for (batch_size const batch : batches) planned.policies.emplace_back(batch, planner.policy(batch, link, load));
  std::vector<data_rate> const rates = wanted.rates.empty() ? rates_around(planned.policies) : wanted.rates;
  if (batches.size() * rates.size() > most_states)
    throw error{cli_errc::bad_option,
                fmt::format("--rates and --batches make a map of {} states; a page holds at most {}",
                            batches.size() * rates.size(), most_states)};

  planned.gains =
      gains(planner, views::state_grid(batches, rates, ranges::views::single(load)) | ranges::to<std::vector>(), link);

  json batch_list = json::array(), rate_list = json::array();
  for (batch_size const batch : batches) batch_list.push_back(batch.count);
  for (data_rate const rate : rates) rate_list.push_back(rate.bytes_per_second);
  return {{"device", site_data(all.sites->device, false)},
          {"server", site_data(all.sites->server, true)},
          {"device_slowdown", all.sites->slowdown ? json(*all.sites->slowdown) : json(nullptr)},
          {"slowdown_is_usual", all.sites->slowdown.has_value() && !wanted.device_slowdown},
          {"extrapolate", wanted.extrapolate},
          {"candidates", candidates_data(device, server, wanted.candidates, planner)},
          {"map", {{"batches", batch_list}, {"rates", rate_list}, {"rates_chosen", wanted.rates.empty()}}},
          {"planned", json::parse(plan_json(planned))},
          {"warnings", warnings_about(*all.sites, wanted.extrapolate)}};
}

json run_data(told_by<parsed_run> const& told) {
  parsed_run const& run = told.what;
  json strategies = json::array(), requests = json::array();
  for (parsed_strategy const& one : run.strategies)
    strategies.push_back({{"name", one.name},
                          {"split", one.split ? json(one.split->layers) : json(nullptr)},
                          {"mean", one.mean.count()},
                          {"median", one.median.count()},
                          {"gain_percent", one.gain_percent ? json(*one.gain_percent) : json(nullptr)},
                          {"prediction_error", one.prediction_error ? json(*one.prediction_error) : json(nullptr)},
                          {"fallbacks", one.fallbacks},
                          {"identical_answers", one.identical_answers}});
  for (parsed_request const& one : run.requests)
    requests.push_back({{"number", one.number},
                        {"strategy", one.strategy},
                        {"time", one.time.count()},
                        {"batch", one.batch.count},
                        {"rate", finite_or_null(one.rate.bytes_per_second)},
                        {"split", one.split.layers},
                        {"predicted", finite_or_null(one.predicted.count())},
                        {"observed", one.observed.count()},
                        {"fallback", one.fallback}});
  return {{"file", shown_name(told.file)},
          {"device_slowdown", run.device_slowdown ? json(*run.device_slowdown) : json(nullptr)},
          {"prediction_error", run.prediction_error ? json(*run.prediction_error) : json(nullptr)},
          {"load", {{"slowdown", run.load.slowdown}, {"queueing_delay", run.load.queueing_delay.count()}}},
          {"strategies", strategies},
          {"requests", requests}};
}

}  // namespace

std::string report_title(report_inputs const& all, report_options const& wanted) {
  return wanted.title.empty() ? "Dynamic split computing of " + model_name_of(all) : wanted.title;
}

std::string report_data(report_inputs const& all, report_options const& wanted) {
  bool const blocks_only = wanted.candidates.granularity == granularity::blocks;
  std::optional<report_network> const network = network_of(all);
  json runs = json::array();
  for (told_by<parsed_run> const& run : all.runs) runs.push_back(run_data(run));
  json const data{
      {"title", report_title(all, wanted)},
      {"model", model_name_of(all)},
      {"granularity", blocks_only ? "blocks" : "layers"},
      {"network", network ? network_data(*network, blocks_only) : json(nullptr)},
      {"sites", all.sites ? sites_data(all, wanted) : json(nullptr)},
      {"plan", all.plan ? json{{"file", shown_name(all.plan->file)}, {"told", json::parse(plan_json(all.plan->what))}}
                        : json(nullptr)},
      {"runs", runs}};
  return data.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace dsc::cli

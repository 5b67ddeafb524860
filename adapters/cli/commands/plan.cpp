#include <algorithm>

#include <range/v3/range/conversion.hpp>

#include <dsc/io/plan_json.hpp>
#include <dsc/io/profile_json.hpp>
#include <dsc/views.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "options/lists.hpp"
#include "planning/plan_report.hpp"
#include "planning/planning.hpp"

namespace dsc::cli {
namespace {

bool has_batch(profile const& measured, batch_size batch) {
  return std::ranges::any_of(measured.measured(), [batch](batch_times const& times) { return times.batch == batch; });
}

std::vector<batch_size> batches_for(plan_options const& wanted, profile const& device, profile const& server) {
  if (!wanted.batches.empty()) return batches_in(wanted.batches, "--batches");
  std::vector<batch_size> common;
  for (batch_times const& times : device.measured())
    if (has_batch(server, times.batch)) common.push_back(times.batch);
  if (common.empty())
    throw error{errc::bad_option,
                "the two profiles have no batch size in common; say which to plan for with --batches"};
  return common;
}

}  // namespace

void plan_splits(plan_options const& wanted) {
  profile device = read_profile(wanted.device), server = read_profile(wanted.server);
  if (wanted.extrapolate) device = device.extrapolated(), server = server.extrapolated();
  profile_planner const planner = planner_of(device, server, wanted.candidates);
  for (std::string const& warning : warnings_about(device, server, wanted.extrapolate)) warn(warning);
  std::vector<batch_size> const batches = batches_for(wanted, device, server);
  std::vector<data_rate> const rates =
      wanted.rates.empty() ? std::vector<data_rate>{} : rates_in(wanted.rates, "--rates");

  plan_document found{.model = std::string{server.name()},
                      .layers = planner.layers(),
                      .link = link_of(wanted.conditions),
                      .load = load_of(wanted.conditions)};
  for (batch_size const batch : batches)
    found.policies.emplace_back(batch, planner.policy(batch, found.link, found.load));
  auto const states = views::state_grid(batches, rates, ranges::views::single(found.load)) | ranges::to<std::vector>();
  for (state const& now : states) found.states.push_back({now.batch, now.rate, planner.best(now, found.link)});
  if (!states.empty()) found.gains = gains(planner, states, found.link);
  if (wanted.json) return say_document(plan_json(found));
  say(plan_report(found, server, wanted.candidates));
}

}  // namespace dsc::cli

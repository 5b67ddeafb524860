#include <algorithm>

#include <fmt/format.h>
#include <range/v3/range/conversion.hpp>

#include <dsc/io/plan_json.hpp>
#include <dsc/views.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "planning/plan_report.hpp"
#include "planning/planning.hpp"
#include "planning/rate_range.hpp"
#include "planning/site_profiles.hpp"

namespace dsc::cli {
namespace {

site_profiles sites_for(plan_options const& options) {
  std::vector<profile_file> files;
  for (std::string const& file : options.files) files.push_back({file, read_noted_profile(file)});
  std::optional<site_profiles> sites =
      sites_of(profiles_of(options.device, options.server, std::move(files)), options.device_slowdown);
  if (!sites)
    throw error{cli_errc::bad_option,
                "a plan needs the profiles of device and server, or the server's alone; 'dsc profile' measures them"};
  if (sites->slowdown && !options.device_slowdown)
    note(
        fmt::format("the device has no profile, so it is planned with as {} times as slow as the server; "
                    "--device-slowdown gives another factor",
                    *sites->slowdown));
  return std::move(*sites);
}

bool was_measured(profile const& measured, batch_size batch) {
  return std::ranges::any_of(measured.measured(), [batch](batch_times const& times) { return times.batch == batch; });
}

// Says where one site was measured at a batch size that the other one can be interpolated at.
void tell_of_other_batches(profile const& device, profile const& server, std::vector<batch_size> const& planned) {
  batch_size const from = std::max(device.measured().front().batch, server.measured().front().batch),
                   to = std::min(device.measured().back().batch, server.measured().back().batch);
  std::vector<std::uint64_t> others, shown;
  for (profile const* const site : {&device, &server})
    for (batch_times const& times : site->measured())
      if (times.batch >= from && times.batch <= to && std::ranges::find(planned, times.batch) == planned.end())
        others.push_back(times.batch.count);
  if (others.empty()) return;
  for (batch_size const batch : planned) shown.push_back(batch.count);
  note(
      fmt::format("planned for batch {}, which both profiles measured; --batches can name all from {} to {}, between "
                  "measured ones by interpolation",
                  fmt::join(shown, ", "), from.count, to.count));
}

std::vector<batch_size> batches_for(plan_options const& options, profile const& device, profile const& server) {
  if (!options.batches.empty()) return options.batches;
  std::vector<batch_size> common;
  for (batch_times const& times : device.measured())
    if (was_measured(server, times.batch)) common.push_back(times.batch);
  if (common.empty())
    throw error{cli_errc::bad_option,
                "the two profiles have no batch size in common; say which to plan for with --batches"};
  tell_of_other_batches(device, server, common);
  return common;
}

std::vector<data_rate> rates_for(plan_options const& options, std::vector<batch_policy> const& policies) {
  return options.rates_around_switching ? rates_around(policies) : options.rates;
}

}  // namespace

void plan_splits(plan_options const& options) {
  site_profiles const sites = sites_for(options);
  profile device = sites.device.what.profile, server = sites.server.what.profile;
  if (options.extrapolate) device = device.extrapolated(), server = server.extrapolated();
  profile_planner const planner = planner_of(device, server, options.candidates);
  for (std::string const& warning : warnings_about(sites, options.extrapolate)) warn(warning);
  std::vector<batch_size> const batches = batches_for(options, device, server);

  plan_document plans{.model = std::string{server.name()},
                      .layers = planner.layers(),
                      .link = options.conditions.link,
                      .load = options.conditions.load};
  for (batch_size const batch : batches)
    plans.policies.emplace_back(batch, planner.policy(batch, plans.link, plans.load));
  std::vector<data_rate> const rates = rates_for(options, plans.policies);
  auto const states = views::state_grid(batches, rates, ranges::views::single(plans.load)) | ranges::to<std::vector>();
  for (state const& now : states) plans.states.push_back({now.batch, now.rate, planner.best(now, plans.link)});
  if (!states.empty()) plans.gains = gains(planner, states, plans.link);
  if (options.json) return say_document(plan_json(plans));
  say(plan_report(plans, server, options.candidates));
}

}  // namespace dsc::cli

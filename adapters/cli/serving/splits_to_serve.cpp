#include "serving/splits_to_serve.hpp"

#include <algorithm>
#include <variant>

#include <fmt/format.h>

#include <dsc/model/layers.hpp>
#include <dsc/plan/candidates.hpp>

#include "console/errors.hpp"
#include "planning/planning.hpp"
#include "planning/site_profiles.hpp"

namespace dsc::cli {
namespace {

void check_listed(std::vector<split_point> const& splits, split_point least, model_description const& model) {
  std::size_t const layers = layer_count(model);
  if (splits.front() < least)
    throw error{errc::bad_split, fmt::format("--splits {} is below --min-split {}; leave one of them out",
                                             splits.front().layers, least.layers)};
  if (splits.back().layers >= layers)
    throw error{errc::bad_split, fmt::format("--splits {}: {} has {} layers, so it has tails at the splits 0..{}",
                                             splits.back().layers, model.name(), layers, layers - 1)};
}

// At one measured batch size at least, no other split is better in both time and bytes.
std::vector<split_point> undominated_splits(model_description const& model, tails_options const& options) {
  std::optional<site_profiles> const sites =
      sites_of(profiles_of(options.device, options.server, {}), options.device_slowdown);
  if (!sites)
    throw error{cli_errc::bad_option,
                "--splits undominated goes by times: give the profiles of --device and --server, or of --server alone, "
                "or take --splits compressive"};
  check_profile_of(model, sites->server.what.profile, sites->server.file);
  profile const& device = sites->device.what.profile;
  profile const& server = sites->server.what.profile;
  profile_planner const planner = planner_of(device, server, {.min_split = options.min_split});
  std::vector<split_point> splits;
  for (batch_times const& times : server.measured()) {
    if (times.batch < device.measured().front().batch || times.batch > device.measured().back().batch) continue;
    for (split_point const split : planner.splits(times.batch)) splits.push_back(split);
  }
  if (splits.empty())
    throw error{cli_errc::bad_option, "the two profiles have no batch size in common; profile both sites at one"};
  std::ranges::sort(splits);
  splits.erase(std::ranges::unique(splits).begin(), splits.end());
  return splits;
}

std::vector<split_point> filtered_splits(model_description const& model, split_filter filter,
                                         tails_options const& options) {
  if (filter == undominated) return undominated_splits(model, options);
  return candidate_splits(model, candidates<>{.filter = filter, .min_split = options.min_split});
}

}  // namespace

std::vector<split_point> splits_to_serve(model_description const& model, tails_options const& options) {
  auto const* const filter = std::get_if<split_filter>(&options.splits);
  bool const by_times = filter != nullptr && *filter == undominated;
  if (!by_times && !(options.device.empty() && options.server.empty() && !options.device_slowdown))
    throw error{cli_errc::bad_option,
                "profiles are for --splits undominated, which goes by their times; leave them out"};
  std::vector<split_point> splits;
  if (filter != nullptr) {
    splits = filtered_splits(model, *filter, options);
    std::erase(splits, split_point{layer_count(model)});
  } else {
    splits = std::get<std::vector<split_point>>(options.splits);
    check_listed(splits, options.min_split, model);
  }
  if (splits.empty())
    throw error{errc::bad_split, fmt::format("no split of {} is left to serve; allow smaller ones than --min-split {}",
                                             model.name(), options.min_split.layers)};
  return splits;
}

}  // namespace dsc::cli

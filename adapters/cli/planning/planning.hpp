#pragma once

#include <string>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/plan/planner.hpp>

#include "console/warnings.hpp"
#include "engines/model_description.hpp"
#include "options/options.hpp"

/// From options and profiles to a planner: what `plan` and `run` have in common.
namespace dsc::cli {

using profile_planner = planner<profile, profile>;

/// Throws `bad_profile`, naming the first difference, where the profiles of device and server are
/// not of the same network.
void check_same_network(profile const& device, profile const& server);

/// As `check_same_network`, for a profile and the model that it should be of; `file` names the
/// profile.
void check_profile_of(model_description const& model, profile const& measured, std::string const& file);

/// Throws `bad_split` and what the planner throws.
profile_planner planner_of(profile const& device, profile const& server, candidate_options const& options);

/// Throws `bad_split` for candidates that make no sense for this model: before anything is
/// measured.
void check_candidates(model_description const& model, candidate_options const& options);

/// What a split means, as in `split after features.3.0 (l = 5)`.
std::string describe(split_point split, profile const& network);

}  // namespace dsc::cli

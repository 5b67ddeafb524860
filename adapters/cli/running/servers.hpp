#pragma once

#include <vector>

#include "options/options.hpp"
#include "running/experiment.hpp"

/// What a run over a real network needs beside an emulated one.
namespace dsc::cli {

/// Connects to the servers of the options; `served` are then the splits that have a tail there.
/// Throws `other_network` where they have another network or other weights, `bad_deployment`, and
/// what connecting throws.
remote_servers connected(run_options const& options, model_description const& model, std::vector<split_point>& served);

/// Of `all` strategies those whose split has a tail at the servers; throws `bad_deployment` for one
/// that has none where they were asked for by name.
std::vector<strategy> served_strategies(std::vector<strategy> list, std::vector<split_point> const& served,
                                        model_description const& model, bool all);

/// A planner for each strategy, with the splits that it may choose: one with a fixed split learns
/// of link and server as the others do, as it has nothing else to choose from.
std::vector<profile_planner> planners_of(profile const& device, profile const& server,
                                         candidate_options const& candidates, std::vector<strategy> const& strategies);

}  // namespace dsc::cli

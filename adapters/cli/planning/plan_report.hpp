#pragma once

#include <string>

#include <dsc/cost/profile.hpp>
#include <dsc/io/plan_json.hpp>

#include "options/options.hpp"

namespace dsc::cli {

/// A plan for people: switching rates, and where there are states, the best split of each, what
/// dynamic split computing gains, and how often each split is taken. `network` gives the layers'
/// names.
std::string plan_report(plan_document const& plans, profile const& network, candidate_options const& limits);

}  // namespace dsc::cli

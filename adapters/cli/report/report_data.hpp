#pragma once

#include <string>

#include "options/options.hpp"
#include "report/report_inputs.hpp"

namespace dsc::cli {

/// Everything that a report's page knows, as JSON: the network, times of both sites, candidates,
/// the planner's own policies and gains, the plan and the runs as they were told, and warnings.
/// Throws what the planner throws, and `bad_option`.
std::string report_data(report_inputs const& all, report_options const& options);

/// The title that was asked for, or one that names the model.
std::string report_title(report_inputs const& all, report_options const& options);

}  // namespace dsc::cli

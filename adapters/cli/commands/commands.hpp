#pragma once

#include "options/options.hpp"

/// The subcommands. Each writes its result to stdout or to the file it was given, and throws
/// `dsc::error` for bad input.
namespace dsc::cli {

void models(models_options const& wanted);
void inspect(inspect_options const& wanted);
void profile_site(profile_options const& wanted);
void plan_splits(plan_options const& wanted);
void run(run_options const& wanted);
void export_parts(export_options const& wanted);
void report(report_options const& wanted);
void make_trace(trace_options const& wanted);

}  // namespace dsc::cli

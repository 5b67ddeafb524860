#pragma once

#include "options/options.hpp"

/// The subcommands. Each writes its result to stdout or to the file it was given, and throws
/// `dsc::error` for bad input.
namespace dsc::cli {

void models(models_options const& options);
void inspect(inspect_options const& options);
void profile_site(profile_options const& options);
void plan_splits(plan_options const& options);
void run(run_options const& options);
void serve(serve_options const& options);
void export_model(export_options const& options);
void report(report_options const& options);
void make_trace(trace_options const& options);

}  // namespace dsc::cli

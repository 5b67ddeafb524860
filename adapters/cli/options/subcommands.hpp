#pragma once

#include <CLI/CLI.hpp>

#include "options/options.hpp"

/// The options of every subcommand: each fills its own, and then runs its command.
namespace dsc::cli {

/// What all subcommands fill; it outlives the parsing.
struct all_options {
  models_options models;
  inspect_options inspect;
  profile_options profile;
  plan_options plan;
  run_options run;
  serve_options serve;
  export_options exported;
  report_options report;
  trace_options trace;
};

void add_subcommands(CLI::App& app, all_options& options);

}  // namespace dsc::cli

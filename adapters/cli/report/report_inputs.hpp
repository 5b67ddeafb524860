#pragma once

#include <optional>
#include <string>
#include <vector>

#include <dsc/io/plan_json.hpp>
#include <dsc/io/run_document.hpp>

#include "options/options.hpp"
#include "planning/site_profiles.hpp"

/// The files that a report is made of.
namespace dsc::cli {

struct report_inputs {
  std::optional<site_profiles> sites;
  std::optional<told_by<plan_document>> plan;
  std::vector<told_by<run_document>> runs;
};

/// What a run of a model of the zoo takes; float32 where it does not say so. Throws `bad_file`.
element_type input_type_of(told_by<run_document> const& run);

/// Reads all files, told apart by their schemas. Throws `bad_option` for too few or too many,
/// `cannot_read`, `bad_file` and `bad_profile` as the readers do, and where two files are of
/// different models.
report_inputs read_inputs(report_options const& options);

}  // namespace dsc::cli

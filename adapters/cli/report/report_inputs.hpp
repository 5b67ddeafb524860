#pragma once

#include <optional>
#include <string>
#include <vector>

#include <dsc/io/plan_json.hpp>
#include <dsc/io/profile_json.hpp>

#include "options/options.hpp"
#include "report/run_parser.hpp"

/// The files that a report is made of.
namespace dsc::cli {

/// What one file tells, and which.
template <class T>
struct told_by {
  std::string file;
  T what;
};

/// Profiles of the two sites. Where the device has no file, it is the server, slower.
struct report_sites {
  told_by<noted_profile> device;
  told_by<noted_profile> server;
  std::optional<double> slowdown;  ///< of the device, where it has no profile of its own
};

struct report_inputs {
  std::optional<report_sites> sites;
  std::optional<told_by<plan_document>> plan;
  std::vector<told_by<parsed_run>> runs;
};

/// Reads all files, told apart by their schemas. Throws `bad_option` for too few or too many,
/// `cannot_read`, `bad_file` and `bad_profile` as the readers do, and where two files are of
/// different models.
report_inputs read_inputs(report_options const& wanted);

}  // namespace dsc::cli

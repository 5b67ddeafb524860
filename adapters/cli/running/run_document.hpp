#pragma once

#include <string>

#include "options/options.hpp"
#include "running/experiment.hpp"
#include "running/run_report.hpp"

namespace dsc::cli {

/// A run as dsc.run/1, the JSON that docs/formats.md describes, with a line break at its end.
std::string run_document(run_options const& wanted, experiment const& plan, run_report const& report);

}  // namespace dsc::cli

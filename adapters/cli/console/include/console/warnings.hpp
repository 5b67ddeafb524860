#pragma once

#include <string>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/plan/cost_warnings.hpp>

namespace dsc::cli {

/// One sentence per kind of warning, with all its batch sizes and the largest difference; `network`
/// gives the layers' names.
std::vector<std::string> sentences_about(std::vector<cost_warning> const& warnings, profile const& network);

/// Whether times beyond the measured batch sizes can be trusted: a sentence where a larger batch
/// took no longer than a smaller one, so that a line through both means nothing; else empty.
std::string warning_about_extrapolation(profile const& measured);

/// What is implausible about the costs of two sites: tail times that rise with depth, a device
/// faster than the server, and where times are extrapolated, what `warning_about_extrapolation`
/// says.
std::vector<std::string> warnings_about(profile const& device, profile const& server, bool extrapolated);

}  // namespace dsc::cli

#pragma once

#include <string>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/plan/doubts.hpp>

namespace dsc::cli {

/// One sentence per kind of doubt, with all its batch sizes and the largest difference; `network` gives the layers' names.
std::vector<std::string> sentences_about(std::vector<cost_doubt> const& doubts, profile const& network);

/// What is implausible about the costs of two sites: tail times that rise with depth, a device faster than the server.
std::vector<std::string> warnings_about(profile const& device, profile const& server);

}  // namespace dsc::cli

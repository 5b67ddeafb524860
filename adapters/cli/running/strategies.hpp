#pragma once

#include <string_view>
#include <vector>

#include "running/experiment.hpp"

namespace dsc::cli {

/// The strategies that a person means by `dynamic`, `local`, `offload`, `static:L`, `policy:FILE`
/// (a plan's), a list of them, or `all`: dynamic, local, full offloading and every compressive
/// bottleneck of the blocks, as far as the smallest and largest allowed split leave them. Throws
/// `bad_option`, `bad_split` and what `read_plan` throws.
std::vector<strategy> strategies_named(std::string_view text, model_description const& model,
                                       candidate_options const& limits);

}  // namespace dsc::cli

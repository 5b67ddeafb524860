#pragma once

#include <span>
#include <vector>

#include "running/experiment.hpp"

namespace dsc::cli {

/// The strategies that a person has chosen; where there is no choice, all: dynamic, local, full
/// offloading and every compressive bottleneck of the blocks, as far as the smallest and largest
/// allowed split leave them. Throws `bad_option`, `bad_split` and what `read_plan` throws.
std::vector<strategy> strategies_of(std::span<strategy_choice const> choices, model_description const& model,
                                    candidate_options const& limits);

}  // namespace dsc::cli

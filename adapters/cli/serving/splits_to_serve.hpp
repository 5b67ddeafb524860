#pragma once

#include <vector>

#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// The split points of the tails that are meant, ascending: never L, behind which nothing is left.
/// Throws `bad_split` for one that the model does not have; `bad_option` for times that are missing
/// or that nothing needs; and what reading a profile throws.
std::vector<split_point> splits_to_serve(model_description const& model, tails_options const& options);

}  // namespace dsc::cli

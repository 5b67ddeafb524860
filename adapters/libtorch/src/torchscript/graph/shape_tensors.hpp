#pragma once

#include "torchscript/graph/jit.hpp"

#include <memory>

namespace dsc::libtorch::detail {

/// Rewrites how a graph makes tensors of sizes alone (masks, positions, initial states), so that
/// they can be made again behind a cut: `x.new_zeros(sizes)` needs no `x`, and a mask that is
/// filled in place is filled by making another. The numbers in them stay the same.
void simplify_shape_tensors(std::shared_ptr<torch::jit::Graph> const& graph);

}  // namespace dsc::libtorch::detail

#pragma once

#include "torchscript/graph/jit.hpp"

namespace dsc::libtorch::detail {

/// Makes LibTorch read files with operators that newer versions have and that can be said by older
/// ones: attention, which it does not know before 2.0.
void know_newer_operators();

/// Replaces those operators in a graph by what they stand for.
void lower_newer_operators(torch::jit::Graph& graph);

}  // namespace dsc::libtorch::detail

#pragma once

#include "torchscript/graph/jit.hpp"

#include <string>

namespace dsc::libtorch::detail {

/// Takes dictionaries with constant keys out of a graph where they only hand values on: who reads
/// an entry gets what was put there last. A dictionary that is the answer stays.
void forward_dictionaries(torch::jit::Graph& graph);

/// Makes one tensor of a graph's answer: that of the name `key` in a dictionary or tuple, or of
/// the index; without a name the only one. Throws `bad_option` for a name that there is not and
/// where one is needed, and `bad_model` for an answer without tensors.
void select_output(torch::jit::Graph& graph, std::string const& key);

}  // namespace dsc::libtorch::detail

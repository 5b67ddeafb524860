#pragma once

#include "torchscript/graph/jit.hpp"

#include <memory>
#include <string>

#include <dsc/libtorch/execution.hpp>

namespace dsc::libtorch::detail {

/// A module's `forward` as one flat graph: a tensor in, a tensor out, weights as constants where
/// and how they are to be computed with, modules told by the nodes' call stacks. The module is left
/// as it was. `answer` picks one of several answers. Throws `bad_model` with the node that stands
/// in the way, and `bad_option` for an answer that there is not.
std::shared_ptr<torch::jit::Graph> flat_graph(torch::jit::Module const& module, std::string const& answer,
                                              execution const& mode);

}  // namespace dsc::libtorch::detail

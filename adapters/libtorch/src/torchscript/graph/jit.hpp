#pragma once

// What is used of TorchScript's compiler, behind aten.hpp as ATen's own headers are.
#include "device/aten.hpp"

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include <string>

namespace dsc::libtorch::detail {

/// Calls `action` for every node of a block and of the blocks within its nodes, in the order in
/// which they run.
template <class Action>
void for_each_node(torch::jit::Block* block, Action const& action) {
  for (torch::jit::Node* const node : block->nodes()) {
    action(node);
    for (torch::jit::Block* const inner : node->blocks()) for_each_node(inner, action);
  }
}

/// Whether a value is a tensor, and no optional one.
bool is_tensor(torch::jit::Value const* value);

/// A node and where it stands in the source, as in `aten::conv2d at models/resnet.py:94`.
std::string place_of(torch::jit::Node const* node);

/// One line of what LibTorch said, whose messages go on for pages: its last line where the
/// interpreter tells of a failure, else the first.
std::string sentence_of(std::exception const& failure);

}  // namespace dsc::libtorch::detail

#pragma once

#include "torchscript/graph/jit.hpp"

#include <cstddef>
#include <limits>
#include <memory>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <torch/csrc/jit/ir/alias_analysis.h>

namespace dsc::libtorch::detail {

/// A place between two nodes of a flat graph that one tensor passes, and with it numbers that
/// follow from the input's shape alone.
struct graph_cut {
  std::size_t nodes_before = 0;
  torch::jit::Value* tensor = nullptr;
  std::vector<torch::jit::Value*> scalars;
};

/// A flat graph seen as a sequence of nodes, with what is live between them.
class cut_points {
 public:
  /// Throws `bad_model` where the answer does not depend on the input.
  explicit cut_points(std::shared_ptr<torch::jit::Graph> graph);

  std::vector<torch::jit::Node*> const& nodes() const { return nodes_; }

  /// Every place where a single tensor is live, the input's at the front and the answer's at the
  /// end; each tensor once.
  std::vector<graph_cut> const& cuts() const { return cuts_; }

  /// Whether a node makes its outputs, such as a mask, of constants and of numbers that follow from
  /// the input's shape alone, so that whoever needs them may make them again.
  bool is_recomputable(torch::jit::Node const* node) const { return recomputable_.contains(node); }

  /// The first node behind a cut that may write into the memory of the cut's tensor; none: a large
  /// number.
  std::size_t first_writer(graph_cut const& cut) const;

  /// The values that a node and the blocks in it take from outside, each once.
  static std::vector<torch::jit::Value*> needs_of(torch::jit::Node* node);

 private:
  void classify_nodes();
  void find_cuts();
  bool is_pure(torch::jit::Node* node) const;
  bool is_certain(torch::jit::Value const* value) const;
  std::unordered_map<torch::jit::Value const*, std::size_t> last_uses() const;
  std::vector<std::vector<torch::jit::Value*>> live_values() const;
  bool passes(std::vector<torch::jit::Value*> const& live, graph_cut& cut) const;

  std::shared_ptr<torch::jit::Graph> graph_;
  std::unique_ptr<torch::jit::AliasDb> aliases_;
  std::vector<torch::jit::Node*> nodes_;
  std::unordered_set<torch::jit::Node const*> recomputable_;
  std::unordered_set<torch::jit::Value const*> uncertain_;  // whose sizes or numbers depend on what the input holds
  std::vector<graph_cut> cuts_;
};

}  // namespace dsc::libtorch::detail

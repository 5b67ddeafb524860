#pragma once

#include <memory>
#include <vector>

#include <ATen/core/ivalue.h>
#include <torch/csrc/jit/runtime/interpreter.h>

#include "torchscript/graph/cut_points.hpp"

namespace dsc::libtorch::detail {

/// What crosses a cut: a tensor, and the numbers that the cut has beside it.
struct crossing {
  at::Tensor tensor;
  std::vector<c10::IValue> scalars;
};

/// The part of a graph between two cuts as a graph of its own, sharing the weights: the first cut's
/// tensor and scalars in, the second's out.
std::shared_ptr<torch::jit::Graph> subgraph_between(cut_points const& points, graph_cut const& from,
                                                    graph_cut const& to);

/// Such a part, ready to run; several threads may run it at once.
class subgraph {
 public:
  subgraph(cut_points const& points, graph_cut const& from, graph_cut const& to);

  /// Throws what LibTorch throws.
  crossing run(crossing in) const;

 private:
  torch::jit::Code code_;
};

}  // namespace dsc::libtorch::detail

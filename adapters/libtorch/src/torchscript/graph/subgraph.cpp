#include "torchscript/graph/subgraph.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <utility>

#include <torch/csrc/jit/api/compilation_unit.h>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// Freezing a module ends the functions that its nodes' call stacks point to, and the interpreter
// reads their names when a node fails: the copies get a function that stays.
torch::jit::Function* lasting_function() {
  static torch::jit::CompilationUnit unit;
  static torch::jit::Function* const function =
      unit.create_function(c10::QualifiedName{"layer"}, std::make_shared<Graph>());
  return function;
}

void end_call_stack(Node* node) {
  node->setCallStack(c10::make_intrusive<torch::jit::InlinedCallStack>(lasting_function(), node->sourceRange()));
}

class copier {
 public:
  copier(cut_points const& points, graph_cut const& from, graph_cut const& to) : points_{points} {
    take_in(from.tensor);
    for (Value* const scalar : from.scalars) take_in(scalar);
    auto const begin = points.nodes().begin();
    std::vector<Node*> nodes{begin + static_cast<std::ptrdiff_t>(from.nodes_before),
                             begin + static_cast<std::ptrdiff_t>(to.nodes_before)};
    std::erase_if(nodes, [&](Node const* node) { return points.is_recomputable(node); });
    add_recomputable(nodes);
    copy(nodes);
    graph_->registerOutput(copied_.at(to.tensor));
    for (Value* const scalar : to.scalars) graph_->registerOutput(copied_.at(scalar));
  }

  std::shared_ptr<Graph> graph() const { return graph_; }

 private:
  void take_in(Value* value) { copied_.emplace(value, graph_->addInput()->setType(value->type())); }

  // Adds the recomputable nodes that some nodes need, directly or by way of others, and puts all in
  // the order of the graph.
  void add_recomputable(std::vector<Node*>& nodes) const {
    std::vector<Node*> open = nodes;
    std::set<Node*> seen;
    while (!open.empty()) {
      Node* const node = open.back();
      open.pop_back();
      for (Value* const value : cut_points::needs_of(node))
        if (points_.is_recomputable(value->node()) && seen.insert(value->node()).second) {
          nodes.push_back(value->node());
          open.push_back(value->node());
        }
    }
    std::ranges::sort(nodes, [](Node const* a, Node const* b) { return a->isBefore(b); });
  }

  void copy(std::vector<Node*> const& nodes) {
    for (Node* const node : nodes) {
      Node* const clone =
          graph_->insertNode(graph_->createClone(node, [this](Value* value) { return copied_.at(value); }));
      end_call_stack(clone);
      for (torch::jit::Block* const block : clone->blocks()) for_each_node(block, end_call_stack);
      for (std::size_t i = 0; i < node->outputs().size(); ++i) copied_.emplace(node->outputs()[i], clone->outputs()[i]);
    }
  }

  cut_points const& points_;
  std::shared_ptr<Graph> graph_ = std::make_shared<Graph>();
  std::unordered_map<Value*, Value*> copied_;
};

}  // namespace

std::shared_ptr<Graph> subgraph_between(cut_points const& points, graph_cut const& from, graph_cut const& to) {
  return copier{points, from, to}.graph();
}

subgraph::subgraph(cut_points const& points, graph_cut const& from, graph_cut const& to)
    : code_{subgraph_between(points, from, to), "layer"} {}

crossing subgraph::run(crossing in) const {
  torch::jit::Stack stack;
  stack.emplace_back(std::move(in.tensor));  // it may go as soon as nobody needs it
  stack.insert(stack.end(), in.scalars.begin(), in.scalars.end());
  torch::jit::InterpreterState{code_}.run(stack);
  return {stack.at(0).toTensor(), {stack.begin() + 1, stack.end()}};
}

}  // namespace dsc::libtorch::detail

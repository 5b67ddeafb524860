#include "torchscript/graph/shape_tensors.hpp"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <string>
#include <unordered_set>
#include <vector>

#include <torch/csrc/jit/passes/remove_mutation.h>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// `aten::new_full(x, sizes, value, dtype, layout, device, pin)` becomes
// `aten::full(sizes, value, dtype, layout, device, pin)`, with what `x` has where they are none.
void free_of_example(Graph& graph, Node* node) {
  torch::jit::WithInsertPoint const here{node};
  auto const asked_of = [&](char const* question) {
    return graph.insert(c10::Symbol::fromQualString(question), {node->input(0)});
  };
  std::vector<Value*> arguments{node->inputs().begin() + 1, node->inputs().end()};
  std::size_t const options = arguments.size() - 4;
  auto const is_none = [&](std::size_t i) { return arguments[i]->type()->kind() == c10::TypeKind::NoneType; };
  if (is_none(options)) arguments[options] = asked_of("prim::dtype");
  if (is_none(options + 2)) arguments[options + 2] = asked_of("prim::device");
  std::string const name =
      std::string{node->kind().toQualString()}.replace(0, std::string{"aten::new_"}.size(), "aten::");
  std::vector<torch::jit::NamedValue> const places(arguments.begin(),
                                                   arguments.begin() + static_cast<std::ptrdiff_t>(options));
  Value* const tensor = graph.insert(c10::Symbol::fromQualString(name), places,
                                     {{"dtype", arguments[options]},
                                      {"layout", arguments[options + 1]},
                                      {"device", arguments[options + 2]},
                                      {"pin_memory", arguments[options + 3]}});
  tensor->node()->copyMetadata(node);
  node->output()->replaceAllUsesWith(tensor);
  node->destroy();
}

void free_of_examples(Graph& graph) {
  static std::unordered_set<std::string> const kinds{"aten::new_zeros", "aten::new_ones", "aten::new_full"};
  std::vector<Node*> nodes;
  for_each_node(graph.block(), [&](Node* node) {
    if (kinds.contains(node->kind().toQualString())) nodes.push_back(node);
  });
  for (Node* const node : nodes) free_of_example(graph, node);
}

// The nodes, outside of blocks, whose tensors follow from no tensor but constants.
std::unordered_set<Node const*> nodes_of_shapes(Graph& graph) {
  std::unordered_set<Node const*> nodes;
  for (Node* const node : graph.nodes())
    if (node->blocks().empty() && std::ranges::all_of(node->inputs(), [&](Value const* input) {
          return !is_tensor(input) || nodes.contains(input->node());
        }))
      nodes.insert(node);
  return nodes;
}

}  // namespace

void simplify_shape_tensors(std::shared_ptr<Graph> const& graph) {
  free_of_examples(*graph);
  std::unordered_set<Node const*> const nodes = nodes_of_shapes(*graph);
  std::function<bool(Node*)> const is_of_shapes = [&](Node* node) { return nodes.contains(node); };
  torch::jit::RemoveTensorMutation(graph, is_of_shapes);
}

}  // namespace dsc::libtorch::detail

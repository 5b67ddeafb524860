#include "torchscript/graph/inlining.hpp"

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <torch/csrc/jit/passes/inliner.h>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Graph;
using torch::jit::Node;
namespace attr = torch::jit::attr;
namespace prim = torch::jit::prim;

bool gets_attribute(Node const* node) { return node->kind() == prim::GetAttr; }

// From the module that a graph belongs to, as in `layers.0`.
std::string path_of(Node const* node) {
  Node const* const outer = node->input(0)->node();
  return (gets_attribute(outer) ? path_of(outer) + "." : std::string{}) + node->s(attr::name);
}

// The last parts of paths that stand for names, by path.
using short_names = std::map<std::string, std::string>;

// Inlining names a module as the node does that got it out of another.
void name_by_paths(Graph& graph, short_names& short_by_path) {
  std::vector<std::pair<Node*, std::string>> names;
  for_each_node(graph.block(), [&](Node const* node) {
    if (node->kind() != prim::CallMethod || !gets_attribute(node->input(0)->node())) return;
    names.emplace_back(node->input(0)->node(), path_of(node->input(0)->node()));
  });
  for (auto const& [node, path] : names) {
    short_by_path.emplace(path, node->s(attr::name));
    node->s_(attr::name, path);
  }
}

void name_by_last_parts(Graph& graph, short_names const& short_by_path) {
  for_each_node(graph.block(), [&](Node* node) {
    if (!gets_attribute(node)) return;
    if (auto const name = short_by_path.find(node->s(attr::name)); name != short_by_path.end())
      node->s_(attr::name, name->second);
  });
}

}  // namespace

void inline_with_paths(torch::jit::Module const& module) {
  std::set<Graph*> graphs;  // modules of one class share theirs
  for (torch::jit::Module const& part : module.modules())
    for (torch::jit::Method const& method : part.get_methods()) graphs.insert(method.graph().get());
  short_names short_by_path;
  for (Graph* const graph : graphs) name_by_paths(*graph, short_by_path);
  torch::jit::Inline(*module.get_method("forward").graph());
  for (Graph* const graph : graphs) name_by_last_parts(*graph, short_by_path);
}

}  // namespace dsc::libtorch::detail

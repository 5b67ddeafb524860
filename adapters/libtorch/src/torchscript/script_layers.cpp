#include "torchscript/script_layers.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Node;

// Nodes that are worth a place in a layer: they compute a tensor, and not of constants alone.
bool computes(cut_points const& points, Node const* node) {
  return std::ranges::any_of(node->outputs(), is_tensor) && !points.is_recomputable(node);
}

std::vector<Node*> computing_nodes(cut_points const& points, std::size_t from, std::size_t to) {
  std::vector<Node*> computing;
  for (std::size_t i = from; i < to; ++i)
    if (computes(points, points.nodes()[i])) computing.push_back(points.nodes()[i]);
  return computing;
}

std::string common_path(std::string const& a, std::string const& b) {
  std::size_t end = 0;
  for (std::size_t i = 0; i <= std::min(a.size(), b.size()); ++i) {
    bool const a_ends = i == a.size() || a[i] == '.', b_ends = i == b.size() || b[i] == '.';
    if (a_ends && b_ends) end = i;
    if (i == a.size() || i == b.size() || a[i] != b[i]) break;
  }
  return a.substr(0, end);
}

std::string operator_name(Node const* node) {
  std::string_view const name = node->kind().toUnqualString();
  return std::string{name.ends_with('_') ? name.substr(0, name.size() - 1) : name};
}

}  // namespace

std::vector<graph_cut> chosen_cuts(cut_points const& points, module_map const& modules, cuts choice) {
  std::vector<graph_cut> const& all = points.cuts();
  bool const modular = std::ranges::any_of(
      points.nodes(), [&](Node const* node) { return computes(points, node) && !modules.block_of(node).path.empty(); });
  if (choice == cuts::all || !modular) return all;
  std::vector<graph_cut> chosen{all.front()};
  for (std::size_t i = 1; i + 1 < all.size(); ++i) {
    std::vector<Node*> const before = computing_nodes(points, all[i - 1].nodes_before, all[i].nodes_before);
    std::vector<Node*> const after = computing_nodes(points, all[i].nodes_before, all[i + 1].nodes_before);
    if (before.empty() || after.empty()) continue;
    // A cut stands where a block begins; operators of the model itself go with the block before
    // them.
    std::string const& begins = modules.block_of(after.front()).path;
    if (!begins.empty() && begins != modules.block_of(before.back()).path) chosen.push_back(all[i]);
  }
  chosen.push_back(all.back());
  return chosen;
}

script_layer named_layer(cut_points const& points, module_map const& modules, graph_cut const& from,
                         graph_cut const& to, cuts choice) {
  std::vector<Node*> const nodes = computing_nodes(points, from.nodes_before, to.nodes_before);
  if (nodes.empty()) return {"views", {}, {}};
  if (choice == cuts::all) {
    module_place const& of = modules.module_of(nodes.back());
    return {of.path + (of.path.empty() ? "" : "/") + operator_name(nodes.back()), of.type, {}};
  }
  std::string path, last;
  for (Node const* const node : nodes) {
    std::string const& block = modules.block_of(node).path;
    if (block.empty()) continue;
    path = last.empty() ? block : common_path(path, block);
    last = block;
  }
  if (path.empty()) path = last;
  if (path.empty()) return {operator_name(nodes.back()), {}, {}};
  return {path, modules.at(path).type, {}};
}

void make_unique(std::vector<script_layer>& layers) {
  std::set<std::string, std::less<>> taken;
  for (script_layer& layer : layers) {
    std::string name = layer.label;
    for (int i = 2; !taken.insert(name).second; ++i) name = layer.label + "#" + std::to_string(i);
    layer.label = name;
  }
}

}  // namespace dsc::libtorch::detail

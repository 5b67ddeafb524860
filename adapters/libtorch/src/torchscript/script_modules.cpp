#include "torchscript/script_modules.hpp"

#include <algorithm>
#include <set>

namespace dsc::libtorch::detail {
namespace {

using torch::jit::Node;

// `__torch__.torchvision.models.resnet.___torch_mangle_3.Bottleneck` without what the compiler puts
// in to tell classes apart.
std::string class_name(c10::ClassTypePtr const& type) {
  if (!type || !type->name()) return {};
  std::string name;
  for (std::string const& atom : type->name()->atoms())
    if (!atom.starts_with("___torch_mangle_")) name += (name.empty() ? "" : ".") + atom;
  return name;
}

bool is_container(std::string const& name) { return name.find("torch.nn.modules.container.") != std::string::npos; }

std::string last_part(std::string const& name) { return name.substr(name.rfind('.') + 1); }

// From the outermost module to the innermost, with whole class names.
std::vector<module_place> chain_of(Node const* node) {
  std::vector<module_place> chain;
  auto const stack = node->callstack();
  if (!stack) return chain;
  for (auto const& entry : (*stack)->vec()) {
    auto const& instance = std::get<2>(entry);
    if (!instance || instance->instance_name() == "SELF") continue;
    std::string const outer = chain.empty() ? std::string{} : chain.back().path + ".";
    chain.push_back({outer + instance->instance_name(), class_name(instance->class_type())});
  }
  return chain;
}

}  // namespace

module_map::module_map(std::vector<Node*> const& nodes) {
  std::map<std::string, std::set<std::string>> places;  // of a class
  std::vector<std::vector<module_place>> chains;
  for (Node const* const node : nodes) {
    chains.push_back(chain_of(node));
    for (module_place const& place : chains.back()) {
      places[place.type].insert(place.path);
      types_[place.path] = last_part(place.type);
    }
  }
  auto const is_block = [&](module_place const& place) {
    return !is_container(place.type) && places[place.type].size() > 1;
  };
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    std::vector<module_place> const& chain = chains[i];
    auto block = std::ranges::find_if(chain, is_block);
    if (block == chain.end() && !chain.empty()) --block;
    blocks_.emplace(nodes[i], block == chain.end() ? module_place{} : at(block->path));
    modules_.emplace(nodes[i], chain.empty() ? module_place{} : at(chain.back().path));
  }
}

module_place module_map::at(std::string const& path) const {
  auto const type = types_.find(path);
  return {path, type == types_.end() ? std::string{} : type->second};
}

}  // namespace dsc::libtorch::detail

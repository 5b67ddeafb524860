#pragma once

#include "torchscript/graph/jit.hpp"

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace dsc::libtorch::detail {

/// A module of a model: where it stands, as in `features.3.0`, and its class, as in `MBConv`.
struct module_place {
  std::string path;
  std::string type;
};

/// Which modules a flat graph's nodes came from, and which of those are blocks: the outermost
/// modules, other than containers, of a class that the model uses at more than one place.
class module_map {
 public:
  explicit module_map(std::vector<torch::jit::Node*> const& nodes);

  /// The block that a node lies in; outside of blocks its own module; without a path where it lies
  /// in the model itself.
  module_place const& block_of(torch::jit::Node const* node) const { return blocks_.at(node); }
  /// The innermost module that a node lies in.
  module_place const& module_of(torch::jit::Node const* node) const { return modules_.at(node); }
  /// The module at a path; without a class where there is none.
  module_place at(std::string const& path) const;

 private:
  std::unordered_map<torch::jit::Node const*, module_place> blocks_, modules_;
  std::map<std::string, std::string, std::less<>> types_;  // by path
};

}  // namespace dsc::libtorch::detail

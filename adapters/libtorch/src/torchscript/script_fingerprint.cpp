#include "torchscript/graph/jit.hpp"

#include "torchscript/script_fingerprint.hpp"

#include "formats/tensor_fingerprint.hpp"

namespace dsc::libtorch::detail {
namespace {

namespace attr = torch::jit::attr;

void add_constants(fingerprint& all, torch::jit::Module const& module) {
  for (torch::jit::Module const& part : module.modules())
    for (torch::jit::Method const& method : part.get_methods())
      for_each_node(method.graph()->block(), [&](torch::jit::Node const* node) {
        bool const is_tensor_constant = node->kind() == torch::jit::prim::Constant && node->hasAttribute(attr::value) &&
                                        node->kindOf(attr::value) == torch::jit::AttributeKind::t;
        if (is_tensor_constant) add_to(all, node->t(attr::value));
      });
}

}  // namespace

std::string weights_fingerprint(torch::jit::Module const& module) {
  fingerprint all;
  for (torch::jit::NameValue const& attribute : module.named_attributes()) {
    if (!attribute.value.isTensor() && !attribute.value.isTensorList()) continue;
    all.add(attribute.name);
    if (attribute.value.isTensor()) {
      add_to(all, attribute.value.toTensor());
    } else {
      for (at::Tensor const& each : attribute.value.toTensorVector()) add_to(all, each);
    }
  }
  add_constants(all, module);
  return all.text();
}

}  // namespace dsc::libtorch::detail

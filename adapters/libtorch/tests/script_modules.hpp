#pragma once

#include "torch_first.hpp"

#include <torch/csrc/jit/api/module.h>

#include <initializer_list>
#include <string>
#include <utility>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

#include <dsc/libtorch/script_model.hpp>
#include <dsc/model/layers.hpp>

namespace dsc::test {

/// A module with this code, whose attributes are seeded random weights of these sizes.
inline torch::jit::Module scripted(
    std::string const& code, std::initializer_list<std::pair<char const*, std::vector<std::int64_t>>> weights = {}) {
  torch::jit::Module module{"net"};
  at::Generator const generator = at::detail::createCPUGenerator(3);
  for (auto const& [name, sizes] : weights)
    module.register_parameter(name, at::randn(sizes, generator, at::kFloat).mul_(0.3), false);
  module.register_attribute("training", c10::BoolType::get(), false);
  module.define(code);
  return module;
}

inline libtorch::script_model cut_everywhere(torch::jit::Module const& module, tensor_spec const& input,
                                             std::string const& answer = {}) {
  return {module, "net", {.input = input, .cut = libtorch::cuts::all, .output_name = answer}};
}

inline tensor_spec floats(std::initializer_list<std::int64_t> extents) {
  tensor_spec sample{.element = element_type::float32, .shape = {}};
  for (std::int64_t const extent : extents) sample.shape.push_back(extent);
  return sample;
}

inline layer_span whole(libtorch::script_model const& net) { return tail_of(split_point{0}, net.layers().size()); }

/// Convolutions with everything that torchvision's networks do to tensors: in-place activations, a
/// branch, views.
inline torch::jit::Module small_network() {
  return scripted(R"(
def forward(self, x):
    x = torch.relu_(torch.conv2d(x, self.a, None, [2, 2], [1, 1]))
    y = torch.conv2d(x, self.b, None, [1, 1], [1, 1])
    gate = torch.sigmoid(torch.adaptive_avg_pool2d(y, [1, 1]))
    y = y.mul_(gate)
    x = x.add_(y)
    x = x.permute(0, 2, 3, 1)
    x = torch.layer_norm(x, [8], self.scale, None)
    x = x.permute(0, 3, 1, 2)
    x = torch.adaptive_avg_pool2d(x, [2, 2])
    return torch.linear(torch.flatten(x, 1), self.matrix)
)",
                  {{"a", {8, 3, 3, 3}}, {"b", {8, 8, 3, 3}}, {"scale", {8}}, {"matrix", {5, 32}}});
}

}  // namespace dsc::test

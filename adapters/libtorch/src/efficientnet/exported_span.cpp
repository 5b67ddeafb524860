#include "torchscript/graph/jit.hpp"

#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/error.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/tensor.h>

#include <dsc/error.hpp>
#include <dsc/model/layers.hpp>

#include "efficientnet/architecture.hpp"
#include "torchscript/libtorch_call.hpp"
#include "torchscript/script_file.hpp"

namespace dsc::libtorch {
namespace {

std::string text_of(double number) {
  std::array<char, 32> digits{};
  char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), end};
}

// A list of two equal numbers.
std::string twice(std::int64_t number) {
  std::string const digits = std::to_string(number);
  return "[" + digits + ", " + digits + "]";
}

// Layers as the source of a module: operator by operator what `exact` arithmetic runs, so that the
// answers are the same bits.
class module_writer {
 public:
  module_writer(zoo::efficientnet const& net, state_dict const& weights) : net_{net}, weights_{weights} {
    module_.register_attribute("training", c10::BoolType::get(), false);
  }

  // Images in uint8 become what the first layer takes, as in `efficientnet::forward`.
  void write_normalisation() {
    std::string const mean = kept("image_mean", of_channels(0.485, 0.456, 0.406));
    std::string const deviation = kept("image_deviation", of_channels(0.229, 0.224, 0.225));
    constexpr int float32 = static_cast<int>(at::kFloat);
    line("x = x.to(" + std::to_string(float32) + ").div_(255).sub_(" + mean + ").div_(" + deviation + ")");
  }

  void write(zoo::efficientnet_layer const& layer) {
    if (layer.kind == zoo::layer_kind::pool) return line("x = torch.flatten(torch.adaptive_avg_pool2d(x, [1, 1]), 1)");
    std::string const name{layer.name()};
    if (layer.kind == zoo::layer_kind::classifier)
      return line("x = torch.linear(x, " + weight(name + ".1.weight") + ", " + weight(name + ".1.bias") + ")");
    std::vector<convolution> const list = detail::convolutions_of(layer);
    for (convolution const& c : list) {
      if (layer.squeeze_channels != 0 && &c == &list.back()) write_squeeze(detail::squeeze_name(layer));
      write(c, &c == &list.front() ? "x" : "y");
    }
    line(layer.has_residual() ? "x = y.add_(x)" : "x = y");
  }

  // As a file; `extra` are entries beside the module.
  std::string file(torch::jit::ExtraFilesMap const& extra) {
    module_.define("def forward(self, x):\n" + source_ + "    return x\n");
    std::ostringstream out;
    module_.save(out, extra);
    return std::move(out).str();
  }

 private:
  using convolution = detail::convolution;

  static at::Tensor of_channels(double r, double g, double b) {
    return at::tensor({r, g, b}, at::kFloat).view({1, 3, 1, 1});
  }

  void line(std::string const& statement) { source_ += "    " + statement + "\n"; }

  // The module's own name of a tensor that it now holds, and nothing else of that tensor's storage.
  std::string kept(std::string name, at::Tensor const& tensor) {
    std::ranges::replace(name, '.', '_');
    module_.register_buffer(name, tensor.detach().to(at::kCPU, at::kFloat).contiguous().clone());
    return "self." + name;
  }
  std::string weight(std::string const& name) { return kept(name, weights_.at(name)); }

  void write(convolution const& c, std::string const& input) {
    line("y = torch.conv2d(" + input + ", " + weight(c.name + ".0.weight") + ", None, " + twice(c.stride) + ", " +
         twice((c.kernel - 1) / 2) + ", [1, 1], " + std::to_string(c.groups) + ")");
    std::string const norm = c.name + ".1.";
    line("y = torch.batch_norm(y, " + weight(norm + "weight") + ", " + weight(norm + "bias") + ", " +
         weight(norm + "running_mean") + ", " + weight(norm + "running_var") + ", False, 0.0, " +
         text_of(net_.norm_epsilon) + ", True)");
    if (c.activates) line("y = torch.silu_(y)");
  }

  void write_squeeze(std::string const& name) {
    line("gate = torch.conv2d(torch.adaptive_avg_pool2d(y, [1, 1]), " + weight(name + ".fc1.weight") + ", " +
         weight(name + ".fc1.bias") + ")");
    line("gate = torch.conv2d(torch.silu_(gate), " + weight(name + ".fc2.weight") + ", " + weight(name + ".fc2.bias") +
         ")");
    line("y = y.mul_(torch.sigmoid_(gate))");
  }

  zoo::efficientnet const& net_;
  state_dict const& weights_;
  torch::jit::Module module_{c10::QualifiedName{"__torch__.dsc.layers"},
                             std::make_shared<torch::jit::CompilationUnit>()};
  std::string source_;
};

}  // namespace

std::string exported_span(zoo::efficientnet const& net, state_dict const& weights, layer_span span) {
  std::string const name{net.name()};
  check_span(span, layer_count(net));
  if (span.empty()) throw error{errc::bad_split, "a span without layers of " + name + " is no file"};
  tensor_spec const input = span.begin.layers == 0 ? net.input() : layer_at(net, span.begin.layers - 1).output();
  if (input.element != element_type::float32 && (input.element != element_type::uint8 || span.begin.layers != 0))
    throw error{errc::bad_model, name + " is written for inputs in float32, or images in uint8, not in " +
                                     std::string{detail::name_of(input.element)}};
  check_weights(net, weights);
  return detail::by_libtorch(errc::backend_failed, "LibTorch could not write layers of " + name, [&] {
    at::NoGradGuard const no_gradients;
    module_writer writer{net, weights};
    if (input.element == element_type::uint8) writer.write_normalisation();
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) writer.write(layer_at(net, i));
    return writer.file({{detail::input_entry, detail::text_of(input)}});
  });
}

}  // namespace dsc::libtorch

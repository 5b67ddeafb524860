#include "torch_first.hpp"

#include <span>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/zoo/models.hpp>

namespace {

using dsc::element_type;
using dsc::test::contents;
using dsc::test::reference;

at::Tensor recorded(std::string const& name, dsc::tensor_spec const& sample, std::int64_t batch) {
  dsc::tensor_spec spec{.element = sample.element, .shape = {batch}};
  for (std::int64_t const extent : sample.shape) spec.shape.push_back(extent);
  std::vector<char> const data = contents(reference(name));
  return dsc::tensor_traits<at::Tensor>::make(spec, std::as_bytes(std::span{data}));
}

void check_against_torchvision(dsc::zoo::efficientnet const& zoo_net) {
  dsc::libtorch::use_threads(1);
  std::string const name{zoo_net.name()};
  auto const weights = dsc::libtorch::load_weights(reference(name + ".pt"), zoo_net);
  for (element_type const element : {element_type::float32, element_type::uint8}) {
    dsc::libtorch::efficientnet const net{zoo_net.with_input(element), weights};
    std::string const input = element == element_type::uint8 ? ".uint8" : ".float32";
    for (std::int64_t const batch : {1, 4}) {
      if (element == element_type::uint8 && batch != 1) continue;
      std::string const prefix = name + "." + std::to_string(batch);
      at::Tensor const x = recorded(prefix + input, net.architecture().input(), batch);
      at::Tensor const due = recorded(prefix + ".output", net.layers().back().output(), batch);
      INFO(prefix + input);
      CHECK(dsc::test::same_bytes(net.forward(x, dsc::head_of(dsc::split_point{net.layers().size()})), due));
    }
  }
}

TEST_CASE("EfficientNet-B0 is torchvision's bit for bit", "[reference]") { check_against_torchvision(dsc::zoo::efficientnet_b0); }
TEST_CASE("EfficientNet-B4 is torchvision's bit for bit", "[reference]") { check_against_torchvision(dsc::zoo::efficientnet_b4); }
TEST_CASE("EfficientNetV2-S is torchvision's bit for bit", "[reference]") { check_against_torchvision(dsc::zoo::efficientnet_v2_s); }

}  // namespace

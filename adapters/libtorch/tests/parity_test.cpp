#include "torch_first.hpp"

#include <span>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/zoo/models.hpp>

namespace {

using dsc::element_type;
using dsc::test::recorded;
using dsc::test::reference;

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
      at::Tensor const x = recorded(reference(prefix + input), net.architecture().input(), batch);
      at::Tensor const due = recorded(reference(prefix + ".output"), net.layers().back().output(), batch);
      INFO(prefix + input);
      CHECK(dsc::test::same_bytes(net.forward(x, dsc::head_of(dsc::split_point{net.layers().size()})), due));
    }
  }
}

TEST_CASE("EfficientNet-B0 is torchvision's bit for bit", "[reference]") {
  check_against_torchvision(dsc::zoo::efficientnet_b0);
}
TEST_CASE("EfficientNet-B4 is torchvision's bit for bit", "[reference]") {
  check_against_torchvision(dsc::zoo::efficientnet_b4);
}
TEST_CASE("EfficientNetV2-S is torchvision's bit for bit", "[reference]") {
  check_against_torchvision(dsc::zoo::efficientnet_v2_s);
}

}  // namespace

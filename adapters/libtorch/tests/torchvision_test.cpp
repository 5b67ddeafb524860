#include "script_modules.hpp"

#include <set>
#include <string_view>

#include <torch/csrc/jit/serialization/import.h>

#include <dsc/libtorch/device.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/models.hpp>

// What torchvision_models.py made: models of torchvision, scripted and traced, with PyTorch's own
// answers.
namespace {

using dsc::batch_size;
using dsc::split_point;
using dsc::libtorch::cuts;
using dsc::libtorch::script_model;
using dsc::test::recorded;
using dsc::test::same_bytes;

std::filesystem::path made_file(std::string const& name) { return std::filesystem::path{DSC_TORCHVISION_DIR} / name; }

// Every cut of a model against what PyTorch answered, bit for bit.
void check_every_cut(std::string const& file, std::string const& name, std::size_t least_layers) {
  dsc::libtorch::use_threads(1);
  script_model const net{made_file(file)};
  INFO(file << ", " << net.layers().size() << " layers");
  CHECK(net.layers().size() >= least_layers);
  std::set<std::string_view> names;
  for (auto const& layer : net.layers()) names.insert(layer.name());
  CHECK(names.size() == net.layers().size());
  for (std::int64_t const batch : {1, 3}) {
    at::Tensor const x = recorded(made_file(name + "." + std::to_string(batch) + ".input"), net.input(), batch);
    at::Tensor const due =
        recorded(made_file(name + "." + std::to_string(batch) + ".output"), net.layers().back().output(), batch);
    at::Tensor h = x;
    for (std::size_t l = 0; l <= net.layers().size(); ++l) {
      if (l > 0) h = net.forward(h, {split_point{l - 1}, split_point{l}});
      INFO("batch " << batch << ", split " << l);
      CHECK(same_bytes(net.forward(h, dsc::tail_of(split_point{l}, net.layers().size())), due));
    }
  }
}

void check_model(std::string const& name, std::size_t least_layers) {
  check_every_cut(name + ".script.pt", name, least_layers);
  check_every_cut(name + ".trace.pt", name, least_layers);
}

TEST_CASE("resnet50, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("resnet50", 22);
}
TEST_CASE("mobilenet_v3_large, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("mobilenet_v3_large", 21);
}
TEST_CASE("vit_b_16, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("vit_b_16", 15);
}
TEST_CASE("densenet121, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("densenet121", 12);
}
TEST_CASE("inception_v3, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("inception_v3", 18);
}
TEST_CASE("convnext_tiny, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("convnext_tiny", 24);
}
TEST_CASE("swin_t, scripted and traced, is PyTorch's at every block", "[torchvision]") { check_model("swin_t", 20); }
TEST_CASE("deeplabv3_mobilenet, scripted, is PyTorch's at every block", "[torchvision]") {
  check_every_cut("deeplabv3_mobilenet_v3_large.script.pt", "deeplabv3_mobilenet_v3_large", 17);
}
TEST_CASE("googlenet, scripted and traced, is PyTorch's at every block", "[torchvision]") {
  check_model("googlenet", 15);
}

// torchvision's EfficientNet, found by its graph, against the zoo, which was written by hand.
void check_against_zoo(dsc::zoo::efficientnet const& zoo_net) {
  std::string const name{zoo_net.name()};
  INFO(name);
  script_model const net{made_file(name + ".script.pt")};
  REQUIRE(net.layers().size() == zoo_net.layers().size());
  CHECK(net.input_bytes() == zoo_net.input_bytes());
  for (std::size_t i = 0; i < net.layers().size(); ++i)
    CHECK(net.layers()[i].output_bytes() == zoo_net.layers()[i].output_bytes());
  auto const blocks = [](auto const& layer) {
    return layer.module_type == "MBConv" || layer.module_type == "FusedMBConv";
  };
  CHECK((dsc::natural_bottlenecks(net, blocks) == dsc::natural_bottlenecks(zoo_net, dsc::zoo::blocks)));
  CHECK((dsc::compressive_bottlenecks(net, blocks) == dsc::compressive_bottlenecks(zoo_net, dsc::zoo::blocks)));
  CHECK((dsc::natural_bottlenecks(net) == dsc::natural_bottlenecks(zoo_net)));
  CHECK((dsc::compressive_bottlenecks(net) == dsc::compressive_bottlenecks(zoo_net)));
}

TEST_CASE("torchvision's EfficientNets have the zoo's layers and bottlenecks", "[torchvision]") {
  for (auto const* const model : {&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_b4, &dsc::zoo::efficientnet_v2_s})
    check_against_zoo(*model);
}

TEST_CASE("cuts::all finds more places, and each is the whole's", "[torchvision]") {
  dsc::libtorch::use_threads(1);
  script_model const blocks{made_file("mobilenet_v3_large.script.pt")};
  script_model const all{made_file("mobilenet_v3_large.script.pt"), {.cut = cuts::all}};
  CHECK(all.layers().size() > 2 * blocks.layers().size());
  at::Tensor const x = recorded(made_file("mobilenet_v3_large.3.input"), all.input(), 3);
  at::Tensor const due = recorded(made_file("mobilenet_v3_large.3.output"), all.layers().back().output(), 3);
  at::Tensor h = x;
  for (std::size_t l = 0; l <= all.layers().size(); ++l) {
    if (l > 0) h = all.forward(h, {split_point{l - 1}, split_point{l}});
    INFO("split " << l);
    CHECK(same_bytes(all.forward(h, dsc::tail_of(split_point{l}, all.layers().size())), due));
  }
}

TEST_CASE("an exported half of a vision transformer is PyTorch's", "[torchvision]") {
  dsc::libtorch::use_threads(1);
  script_model const net{made_file("vit_b_16.trace.pt")};
  dsc::test::scratch_file const head{std::vector<char>{}}, tail{std::vector<char>{}};
  split_point const middle{net.layers().size() / 2};
  net.export_span(dsc::head_of(middle), head.path());
  net.export_span(dsc::tail_of(middle, net.layers().size()), tail.path());
  auto const size = [](std::filesystem::path const& file) { return std::filesystem::file_size(file); };
  CHECK(size(head.path()) + size(tail.path()) <
        size(made_file("vit_b_16.trace.pt")) / 50 * 51);  // each has its own weights alone
  at::NoGradGuard const no_gradients;
  at::Tensor const x = recorded(made_file("vit_b_16.3.input"), net.input(), 3);
  at::Tensor const h = torch::jit::load(head.path().string()).forward({x}).toTensor();
  at::Tensor const y = torch::jit::load(tail.path().string()).forward({h.contiguous()}).toTensor();
  CHECK(same_bytes(y.contiguous(), recorded(made_file("vit_b_16.3.output"), net.layers().back().output(), 3)));
}

}  // namespace

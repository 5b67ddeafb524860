#include "networks.hpp"

#include <cstdio>

#include <ATen/core/grad_mode.h>
#include <torch/csrc/jit/serialization/import.h>

#include <dsc/libtorch/script_model.hpp>

#include "steps.hpp"
#include "timing.hpp"

namespace gpu {
namespace {

using dsc::libtorch::script_model;

/// What another order of the same sums explains in float32.
constexpr double tolerance = 1e-3;

dsc::layer_span all_of(script_model const& net) { return dsc::tail_of(net, split_point{0}); }

// Largest difference that a split makes on the device, and that the device makes to the CPU.
bool answers_of(script_model const& here, script_model const& there, at::Tensor const& x) {
  at::Tensor const due = there.forward(x, all_of(there));
  double const apart = difference(due, here.forward(x, all_of(here)));
  double worst = 0.0;
  for (std::size_t l = 1; l < there.layers().size(); ++l) {
    at::Tensor const h = there.forward(x, dsc::head_of(split_point{l}));
    worst = std::max(worst, difference(there.forward(h, dsc::tail_of(there, split_point{l})), due));
  }
  std::printf("  off the CPU by %.2e; split off the whole by %.2e at most, %zu layers%s\n", apart, worst,
              there.layers().size(), std::max(apart, worst) <= tolerance ? "" : "  TOO MUCH");
  return std::max(apart, worst) <= tolerance;
}

void speed_of(std::string const& file, script_model const& net, at::Tensor const& x, at::Device device,
              std::size_t repeats) {
  torch::jit::Module module = torch::jit::load(file, device);
  module.eval();
  at::NoGradGuard const no_gradients;
  at::Tensor const there = x.to(device);
  script_model const resident = net.resident();
  double const ratio =
      median_ratio([&] { module.forward({there}); }, [&] { resident.forward(there, all_of(resident)); }, repeats,
                   dsc::libtorch::synchronizer(device));
  std::printf("  batch %2lld: time relative to the module as LibTorch runs it %.3f\n",
              static_cast<long long>(x.size(0)), ratio);
}

}  // namespace

bool scripts(arguments const& given) {
  if (given.scripts.empty()) std::printf("no TorchScript file was given (--script FILE)\n");
  at::Device const device = dsc::libtorch::device_named(given.device);
  bool good = true;
  for (std::string const& file : given.scripts) {
    std::printf("%s\n", file.c_str());
    script_model const here{file}, there{file, {.execution = {.device = device}}};
    good = answers_of(here, there, dsc::libtorch::random_input(here.input(), batch_size{2})) && good;
    for (batch_size const batch : given.shortened(std::vector{batch_size{1}, batch_size{8}, batch_size{32}}))
      speed_of(file, there, dsc::libtorch::random_input(here.input(), batch), device, given.repeats);
  }
  return good;
}

}  // namespace gpu

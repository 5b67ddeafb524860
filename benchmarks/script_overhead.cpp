// What cutting a TorchScript file costs: the module as LibTorch itself runs it against the same
// module as a row of layers, whole, split, and in fast arithmetic; in turn, one thread, no link.
// usage: dsc_script_overhead FILE [RUNS], where FILE says its input (its extra file dsc.input, as
// in "float32 3x224x224")
#include <ATen/core/ivalue.h>

#include <ATen/core/grad_mode.h>
#include <malloc.h>
#include <torch/csrc/jit/serialization/import.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/script_model.hpp>
#include <dsc/model/layers.hpp>

#include "side_by_side.hpp"

namespace {

using dsc::split_point;
using dsc::benchmarks::median_interval;
using dsc::benchmarks::seconds_of;
using dsc::libtorch::script_model;

// One of LibTorch's own runs before each of ours.
template <class Ours>
void compare(torch::jit::Module& module, at::Tensor const& x, std::string const& label, int runs, Ours const& ours) {
  std::vector<double> ratios;
  for (int run = -3; run < runs; ++run) {
    double const theirs = seconds_of([&] { module.forward({x}); });
    double const mine = seconds_of(ours);
    if (run >= 0) ratios.push_back(mine / theirs);
  }
  median_interval const ratio{ratios};
  std::printf("  %-44s %.3f [%.3f, %.3f] (%zu pairs)\n", label.c_str(), ratio.median, ratio.low, ratio.high,
              ratios.size());
}

void compare_all(std::string const& file, dsc::batch_size batch, int runs) {
  script_model const net{file}, fast{file, {.execution = {.arithmetic = dsc::libtorch::arithmetic::fast}}};
  torch::jit::Module module = torch::jit::load(file);
  module.eval();
  at::NoGradGuard const no_gradients;
  at::Tensor const x = dsc::libtorch::random_input(net.input(), batch);
  std::size_t const layers = net.layers().size();
  std::printf("%s, %zu layers, batch %llu: time relative to the module itself\n", file.c_str(), layers,
              static_cast<unsigned long long>(batch.count));
  compare(module, x, "whole", runs, [&] { net.forward(x, dsc::head_of(split_point{layers})); });
  for (std::size_t const quarter : {1U, 2U, 3U}) {
    split_point const l{quarter * layers / 4};
    compare(module, x, "split after " + std::string{dsc::split_name(net, l)}, runs,
            [&] { net.forward(net.forward(x, dsc::head_of(l)), dsc::tail_of(net, l)); });
  }
  compare(module, x, "whole, fast", runs, [&] { fast.forward(x, dsc::head_of(split_point{fast.layers().size()})); });
}

}  // namespace

int main(int argc, char** argv) try {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  dsc::libtorch::use_threads(1);
  int const runs = argc > 2 ? std::atoi(argv[2]) : 15;
  if (argc < 2 || runs < 1) {
    std::fprintf(stderr, "usage: dsc_script_overhead FILE [RUNS]\n");
    return 2;
  }
  for (std::uint64_t const batch : {1U, 4U}) compare_all(argv[1], dsc::batch_size{batch}, runs);
} catch (std::exception const& e) {
  std::fprintf(stderr, "%s\n", e.what());
  return 2;
}

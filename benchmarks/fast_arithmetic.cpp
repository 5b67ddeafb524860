// What fast arithmetic saves on the CPU: the exact and the fast network, in turn, one thread; and
// how far their answers are apart. usage: dsc_fast_arithmetic [RUNS]
#include <malloc.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/environment.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/zoo/models.hpp>

#include "side_by_side.hpp"

namespace {

using dsc::benchmarks::median_interval;
using dsc::benchmarks::seconds_of;
using dsc::libtorch::arithmetic;
using dsc::libtorch::efficientnet;

void compare(efficientnet const& exact, efficientnet const& fast, dsc::batch_size batch, int runs) {
  at::Tensor const x = dsc::libtorch::random_input(exact.architecture(), batch);
  dsc::layer_span const whole = dsc::head_of(dsc::split_point{exact.layers().size()});
  at::Tensor const due = exact.forward(x, whole);
  double const off = fast.forward(x, whole).sub(due).abs().max().item<double>() / due.abs().max().item<double>();
  std::vector<double> slow_times, ratios;
  for (int run = -3; run < runs; ++run) {
    double const slow = seconds_of([&] { exact.forward(x, whole); });
    double const quick = seconds_of([&] { fast.forward(x, whole); });
    if (run < 0) continue;
    slow_times.push_back(slow);
    ratios.push_back(quick / slow);
  }
  median_interval const ratio{ratios};
  std::printf(
      "%-18s batch %llu: exact %8.2f ms, fast / exact %.3f [%.3f, %.3f] (%zu pairs), answers differ by %.1e of the "
      "largest\n",
      std::string{exact.name()}.c_str(), static_cast<unsigned long long>(batch.count),
      1e3 * median_interval{slow_times}.median, ratio.median, ratio.low, ratio.high, ratios.size(), off);
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  dsc::libtorch::use_threads(1);
  int const runs = argc > 1 ? std::atoi(argv[1]) : 21;
  if (runs < 1) {
    std::fprintf(stderr, "usage: dsc_fast_arithmetic [RUNS]\n");
    return 2;
  }
  std::printf("%s\n", dsc::libtorch::describe_environment(at::kCPU).blas.c_str());
  for (auto const* const model :
       {&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_b4, &dsc::zoo::efficientnet_v2_s}) {
    auto const weights = dsc::libtorch::random_weights(*model);
    efficientnet const exact{*model, weights}, fast{*model, weights, {.arithmetic = arithmetic::fast}};
    for (std::uint64_t const batch : {1U, 8U}) compare(exact, fast, dsc::batch_size{batch}, runs);
  }
}

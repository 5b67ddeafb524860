// What cutting a network costs when there is no link: head, the wire's copy and tail in one process
// against the whole, in turn. usage: dsc_split_overhead [MODEL [RUNS]]
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <vector>

#include <dsc/dsc.hpp>
#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>

#include "side_by_side.hpp"

namespace {

using dsc::benchmarks::median_interval;
using dsc::benchmarks::seconds_of;
using dsc::libtorch::efficientnet;

at::Tensor split_run(efficientnet const& net, at::Tensor const& x, dsc::split_point split) {
  auto const h = std::make_shared<at::Tensor const>(net.forward(x, dsc::head_of(split)));
  auto const received = dsc::from_wire<at::Tensor>(dsc::to_wire<at::Tensor>(h));
  return net.forward(received, dsc::tail_of(net, split));
}

void compare(efficientnet const& net, dsc::batch_size batch, int runs) {
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch);
  std::size_t const layers = net.layers().size();
  std::vector<double> all;
  for (std::size_t l = 1; l < layers; ++l) {
    std::vector<double> ratios;
    for (int run = -2; run < runs; ++run) {
      double const whole = seconds_of([&] { net.forward(x, {dsc::split_point{0}, dsc::split_point{layers}}); });
      double const split = seconds_of([&] { split_run(net, x, dsc::split_point{l}); });
      if (run >= 0) ratios.push_back(split / whole);
    }
    median_interval const at_split{ratios};
    std::printf("batch %2llu, split %2zu (%s): %.3f [%.3f, %.3f]\n", static_cast<unsigned long long>(batch.count), l,
                std::string{dsc::split_name(net, dsc::split_point{l})}.c_str(), at_split.median, at_split.low,
                at_split.high);
    all.insert(all.end(), ratios.begin(), ratios.end());
  }
  median_interval const overall{all};
  std::printf("batch %2llu, every split: median ratio %.4f, 95 %% confidence %.4f to %.4f (%zu pairs)\n\n",
              static_cast<unsigned long long>(batch.count), overall.median, overall.low, overall.high, all.size());
}

}  // namespace

int main(int argc, char** argv) {
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  dsc::libtorch::use_threads(1);
  std::string_view const name = argc > 1 ? argv[1] : "efficientnet_b0";
  int const runs = argc > 2 ? std::atoi(argv[2]) : 11;
  auto const match = std::ranges::find(dsc::zoo::models, name, [](auto const* model) { return model->name(); });
  if (match == dsc::zoo::models.end() || runs < 1) {
    std::fprintf(stderr, "usage: dsc_split_overhead [MODEL [RUNS]]\n");
    return 2;
  }
  efficientnet const net{**match, dsc::libtorch::random_weights(**match)};
  for (std::uint64_t const batch : {1U, 4U}) compare(net, dsc::batch_size{batch}, runs);
}

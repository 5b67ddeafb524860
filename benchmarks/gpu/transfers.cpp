#include "networks.hpp"

#include <ATen/ops/empty.h>

#include <cstdio>
#include <fstream>

#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/models.hpp>

#include "steps.hpp"
#include "timing.hpp"

namespace gpu {

bool transfers(arguments const& given) {
  std::printf(
      "h_l to the host as forward brings it there, against one copy into pinned memory that is there already\n");
  at::Device const device = dsc::libtorch::device_named(given.device);
  auto const synchronize = dsc::libtorch::synchronizer(device);
  dsc::zoo::efficientnet const& model = dsc::zoo::efficientnet_b0;
  efficientnet const net = network(model, {.device = device}), resident = net.resident();
  std::ofstream csv{given.out / "transfers.csv"};
  csv << "batch,split,bytes,forward_gb_per_s,plain_gb_per_s,ratio\n";
  for (batch_size const batch :
       given.shortened(std::vector{batch_size{1}, batch_size{8}, batch_size{64}, batch_size{256}}))
    for (split_point const split : dsc::compressive_bottlenecks(model, dsc::zoo::blocks)) {
      at::Tensor const h = resident.forward(dsc::libtorch::random_input(model, batch).to(device), dsc::head_of(split));
      at::Tensor const pinned = at::empty(h.sizes(), h.options().device(at::kCPU).pinned_memory(device.is_cuda()));
      auto const plain = [&] { pinned.copy_(h, /*non_blocking=*/true); };
      auto const by_forward = [&] { net.forward(h, {split, split}); };  // an empty span only moves
      double const slower = median_ratio(plain, by_forward, 5 * given.repeats, synchronize);
      double const gigabytes = 1e-9 * static_cast<double>(h.nbytes());
      double const rate = gigabytes / median_seconds(plain, 5 * given.repeats, synchronize);
      csv << batch.count << ',' << split.layers << ',' << h.nbytes() << ',' << rate / slower << ',' << rate << ','
          << 1.0 / slower << '\n';
      std::printf("  batch %3llu, split %2zu, %9zu bytes: %6.2f of %6.2f GB/s, ratio %.3f\n",
                  static_cast<unsigned long long>(batch.count), split.layers, static_cast<std::size_t>(h.nbytes()),
                  rate / slower, rate, 1.0 / slower);
    }
  return true;
}

}  // namespace gpu

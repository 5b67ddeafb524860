#include "networks.hpp"

#include <cstdio>
#include <fstream>

#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/models.hpp>

#include "steps.hpp"
#include "timing.hpp"

namespace gpu {
namespace {

double ratio_at(efficientnet const& net, at::Tensor const& x, split_point split, arguments const& given) {
  auto const unsplit = [&] { net.forward(x, whole(net)); };
  auto const in_two = [&] { net.forward(net.forward(x, dsc::head_of(split)), tail(net, split)); };
  return median_ratio(unsplit, in_two, given.repeats, dsc::libtorch::synchronizer(net.execution().device));
}

}  // namespace

bool overhead(arguments const& given) {
  std::printf(
      "head and tail against the whole at every natural bottleneck, in turn: with h_l through the host's memory, and "
      "staying on the device\n");
  at::Device const device = dsc::libtorch::device_named(given.device);
  std::ofstream csv{given.out / "overhead.csv"};
  csv << "model,batch,split,through_host,resident\n";
  for (auto const* const model : given.shortened(
           std::vector{&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_b4, &dsc::zoo::efficientnet_v2_s})) {
    efficientnet const net = network(*model, {.device = device}), resident = net.resident();
    for (batch_size const batch : given.shortened(std::vector{batch_size{1}, batch_size{8}, batch_size{32}})) {
      at::Tensor const x = dsc::libtorch::random_input(*model, batch);
      at::Tensor const x_there = x.to(device);
      std::vector<double> through, staying;
      for (split_point const split : dsc::natural_bottlenecks(*model, dsc::zoo::blocks)) {
        through.push_back(ratio_at(net, x, split, given));
        staying.push_back(ratio_at(resident, x_there, split, given));
        csv << model->name() << ',' << batch.count << ',' << split.layers << ',' << through.back() << ','
            << staying.back() << '\n';
      }
      std::printf("  %-18s batch %2llu: median %.4f and %.4f, worst %.4f and %.4f\n",
                  std::string{model->name()}.c_str(), static_cast<unsigned long long>(batch.count),
                  dsc::median(through), dsc::median(staying), std::ranges::max(through), std::ranges::max(staying));
    }
  }
  return true;
}

}  // namespace gpu

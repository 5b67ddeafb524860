#include <dsc/dsc.hpp>
#include <dsc/io/format.hpp>
#include <iostream>
using namespace dsc::literals;

constexpr auto& net = dsc::zoo::efficientnet_b0;
static_assert(dsc::compressive_bottlenecks(net, dsc::zoo::blocks).size() == 4);

int main() {
  dsc::roofline const device{net, {.peak_flops = 20e9, .memory_bandwidth = 4000_MBps}};
  dsc::roofline const server{net, {.peak_flops = 2e12, .memory_bandwidth = 200'000_MBps}};
  dsc::candidates const limits{.min_split = 1_split};  // raw images stay on the device
  dsc::planner const planner{net, dsc::sites{device, server}, limits};
  for (auto const& piece : planner.policy(8_batch))
    std::cout << "from " << piece.from_rate << " to " << piece.to_rate << ": after "
              << dsc::split_name(net, piece.split) << '\n';
  std::cout << "8 images at 10 MB/s: "
            << dsc::to_string(planner.best(8_batch, dsc::fixed_rate{10_MBps}).latency.total()) << '\n';
}

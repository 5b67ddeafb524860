#include <dsc/dsc.hpp>

using namespace dsc::literals;

// Plans for EfficientNet-B0 from outside the project: slow links run locally, fast ones do not.
int main() {
  auto const& net = dsc::zoo::efficientnet_b0;
  dsc::processor const device{.peak_flops = 1e9};
  dsc::processor const server{.peak_flops = 1e12};
  dsc::planner const planner{net, dsc::sites{dsc::roofline{net, device}, dsc::roofline{net, server}}};
  bool const local = planner.best(1_batch, dsc::fixed_rate{1_Bps}).split.layers == net.layers().size();
  bool const remote = planner.best(1_batch, dsc::fixed_rate{100_MBps}).split.layers < net.layers().size();
  return local && remote ? 0 : 1;
}

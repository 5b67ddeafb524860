#include <everything.hpp>

std::size_t pieces_elsewhere() {
  auto const& net = dsc::zoo::efficientnet_b0;
  dsc::roofline const cost{net, dsc::processor{.peak_flops = 1e12}};
  return dsc::planner{net, dsc::sites{cost, cost}}.policy(dsc::batch_size{1}).size();
}

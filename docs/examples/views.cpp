#include <iostream>
#include <vector>

#include <dsc/dsc.hpp>
#include <dsc/io/format.hpp>
#include <dsc/views.hpp>

using namespace dsc::literals;

int main() {
  auto const& net = dsc::zoo::efficientnet_b0;
  dsc::roofline const device{net, {.peak_flops = 20e9}}, server{net, {.peak_flops = 2e12}};
  dsc::planner const planner{net, dsc::sites{device, server}};

  std::vector const batches{1_batch, 8_batch};
  auto const states = dsc::views::state_grid(batches, dsc::views::rates(1_MBps, 127_MBps, 1_MBps));
  auto const thumb = [](dsc::state const& now) { return now.rate < 20_MBps ? 20_split : 0_split; };
  auto const dynamic = dsc::gains(planner, states), mine = dsc::gains(planner, states, thumb);
  std::cout << dynamic.states << " states: " << dsc::to_string(dynamic.mean_latency) << ", by rule of thumb "
            << dsc::to_string(mine.mean_latency) << '\n';

  std::vector<dsc::plan> plans;
  for (dsc::data_rate const rate : dsc::views::rates(1_MBps, 127_MBps, 1_MBps))
    plans.push_back(planner.best({8_batch, rate, {}}));
  for (auto const& run : plans | dsc::views::runs)
    std::cout << dsc::split_name(net, run.split) << " at " << ranges::distance(run.items) << " rates\n";
}

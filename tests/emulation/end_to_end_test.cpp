#include "catch.hpp"

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>

#include "support/toy_net.hpp"

using namespace dsc;
using namespace dsc::literals;

namespace {

// Two bottlenecks; later layers are slow on the device at large batches and cheap at small ones, so
// that each part of the state matters.
std::vector<std::size_t> const widths{2000, 4000, 500, 1000, 100, 10};

profile site(std::vector<double> const& of_one, std::vector<double> const& of_sixteen) {
  auto const sums = [](std::vector<double> const& layer_times) {
    std::vector<seconds> prefix{seconds{}};
    for (double const t : layer_times) prefix.push_back(prefix.back() + seconds{t / 1e3});
    return prefix;
  };
  std::vector<profiled_layer> layers;
  for (std::size_t i = 1; i < widths.size(); ++i)
    layers.emplace_back("layer " + std::to_string(i), bytes{4 * widths[i]});
  return {"toy", bytes{4 * widths[0]}, layers, {{1_batch, sums(of_one), {}}, {16_batch, sums(of_sixteen), {}}}};
}

profile const device = site({2, 2, 3, 3, 3}, {60, 40, 30, 30, 900});
profile const server = site({1, 1, 1, 1, 1}, {4, 4, 4, 4, 16});

// The equation, by itself: no code of plan/.
split_point brute_force(batch_size batch, double rate, server_load const& load) {
  std::size_t const layers = widths.size() - 1;
  double least = std::numeric_limits<double>::infinity();
  std::size_t best = 0;
  for (std::size_t l = 0; l <= layers; ++l) {
    double time = device.time({0_split, split_point{l}}, batch).count();
    if (l < layers) {
      time += static_cast<double>(batch.count * 4 * widths[l]) / rate + load.queueing_delay.count();
      time += load.slowdown * server.time({split_point{l}, split_point{layers}}, batch).count();
    }
    if (time < least) least = time, best = l;
  }
  return split_point{best};
}

}  // namespace

TEST_CASE("batch, rate and server load move the split one at a time, each to the one that brute force names") {
  toy_net const net{widths};
  tail_service service{net};
  emulated_link link{fixed_rate{1_MBps}, service};
  server_load load;
  planner const planner{device, sites{device, server}};
  session dynamic{net,
                  controller{planner, [&] { return link.rate(); }, [&] { return load; },
                             controller_options{.hysteresis = {.min_gain = 0.0, .min_dwell = 0_s}}},
                  link,
                  {.hedge = hedge::never_before(20_s)}};  // this device is faster than its profile

  struct step {
    char const* condition;
    batch_size batch;
    data_rate rate;
    server_load load;
  };
  std::vector<step> const steps{
      {"start", 1_batch, 1_MBps, {}},
      {"a faster channel", 1_batch, 40_MBps, {}},
      {"a very slow channel", 1_batch, 10'000_Bps, {}},
      {"a larger batch", 16_batch, 10'000_Bps, {}},
      {"a better channel", 16_batch, 1_MBps, {}},
      {"a long queue at the server", 16_batch, 1_MBps, {1.0, 2_s}},
      {"no queue", 16_batch, 1_MBps, {}},
      {"a slow server", 16_batch, 1_MBps, {60.0, 0_s}},
      {"an idle server", 16_batch, 1_MBps, {}},
      {"an outage", 16_batch, 0_MBps, {}},
  };
  std::vector<split_point> taken;
  for (step const& now : steps) {
    INFO(now.condition);
    link.set_rate(now.rate);
    load = now.load;
    service.set_load(now.load);
    std::vector<float> const x = toy_input(2000 * now.batch.count);
    auto const [answer, record] = dynamic.infer(x);
    CHECK(record.decided.plan.split == brute_force(now.batch, now.rate.bytes_per_second, now.load));
    CHECK(answer == net.forward(x, {0_split, 5_split}));
    CHECK_FALSE(record.fell_back());
    taken.push_back(record.decided.plan.split);
  }
  // Each change alone moved the split.
  for (std::size_t i = 1; i < taken.size(); ++i) {
    INFO(steps[i].condition << ": " << taken[i - 1].layers << " -> " << taken[i].layers);
    CHECK(taken[i] != taken[i - 1]);
  }
  CHECK(std::ranges::count(taken, 0_split) > 0);
  CHECK(std::ranges::count(taken, 5_split) > 0);
  CHECK(std::ranges::count_if(taken, [](split_point l) { return l != 0_split && l != 5_split; }) > 0);
}

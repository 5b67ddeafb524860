#pragma once

#include <array>

#include <dsc/cost/roofline.hpp>
#include <dsc/emulation/synthetic_trace.hpp>

/// Everything that the experiments assume and do not measure. Fixed before any gain was computed; a
/// disagreement with the paper is a result.
namespace dsc::paper {

/// Of one quantity at both sites, and where it comes from.
struct assumption {
  char const* name;
  double device;
  double server;
  char const* unit;
  char const* source;
};

inline constexpr double device_teraflops = 2.37;
inline constexpr double server_teraflops = 13.45;
inline constexpr double memory_gigabytes_per_second = 616.0;
inline constexpr double usual_efficiency = 0.5;
inline constexpr double usual_launch_us = 20.0;

/// How many times slower than the server the paper's device is: 5.68.
inline constexpr double usual_device_slowdown = server_teraflops / device_teraflops;

/// One point of the sensitivity study, the usual assumptions by default.
struct roofline_assumptions {
  double efficiency = usual_efficiency;
  double launch_us = usual_launch_us;
  bool bandwidth_scales = false;  ///< whether the device's memory is as much slower as its arithmetic

  constexpr processor server() const {
    return {.peak_flops = server_teraflops * 1e12,
            .memory_bandwidth = data_rate{memory_gigabytes_per_second * 1e9},
            .launch = seconds{launch_us * 1e-6},
            .efficiency = efficiency};
  }
  constexpr processor device() const {
    processor slower = server();
    slower.peak_flops = device_teraflops * 1e12;
    if (bandwidth_scales)
      slower.memory_bandwidth = data_rate{slower.memory_bandwidth.bytes_per_second / usual_device_slowdown};
    return slower;
  }
};

inline constexpr std::array efficiencies{0.25, 0.5, 1.0};
inline constexpr std::array launches_us{0.0, 20.0, 100.0};

/// Of the generated traces in the varying experiment: ten minutes, second by second.
inline constexpr trace_sampling generated_trace{.samples = 600, .seed = 2023};
inline constexpr gilbert_elliott_parameters outages{
    .good = megabytes_per_second(12.0), .bad = {}, .odds = {.going_bad = 0.02, .recovering = 0.25}};
inline constexpr random_walk_parameters wandering{
    .mean = megabytes_per_second(12.0), .spread = 0.8, .correlation = seconds{15.0}};

/// Server load over time in the varying experiment. Slowdown: a walk around three times the idle
/// server's time, never below once. Queue: idle and busy spells, in which a request waits for so
/// many whole batches of its own size.
inline constexpr double mean_slowdown = 3.0;
inline constexpr walk_parameters slowdown_walk{.spread = 0.6, .correlation = 20.0};
inline constexpr double queued_batches = 2.0;
inline constexpr two_state_odds busy_spells{.going_bad = 0.05, .recovering = 0.1};
inline constexpr std::uint64_t load_seed = 2023;

/// The table of all that is assumed.
inline constexpr std::array assumptions{
    assumption{"peak", device_teraflops, server_teraflops, "TFLOP/s fp32",
               "the paper: an RTX 2080 Ti at 300 MHz and at full clock"},
    assumption{"memory bandwidth", memory_gigabytes_per_second, memory_gigabytes_per_second, "GB/s",
               "the card's data sheet; the paper lowers the core clock, so the memory's is taken as unchanged"},
    assumption{"efficiency", usual_efficiency, usual_efficiency, "share of the peak",
               "assumed: convolutions of a network reach about half of the peak; sensitivity.csv tells what 0.25 and 1 "
               "change"},
    assumption{"launch", usual_launch_us, usual_launch_us, "us per layer",
               "assumed: the host issues the kernels of a block in tens of us, whatever the card's clock; "
               "sensitivity.csv tells what 0 and 100 change"},
    assumption{"slowdown under load, mean", 1.0, mean_slowdown, "times",
               "assumed, varying experiment alone: a log-normal walk over about 20 s, never below 1"},
    assumption{"queue in busy spells", 0.0, queued_batches, "batches",
               "assumed, varying experiment alone: spells of 10 s, a third of the time"},
    assumption{"link latency", 0.0, 0.0, "ms",
               "the paper counts the transfer alone; the answer's way back costs nothing"}};

}  // namespace dsc::paper

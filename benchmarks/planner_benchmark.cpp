// How long decisions take, on the measured profile of EfficientNet-V2-L that lies beside this file.
#include <benchmark/benchmark.h>

#include <dsc/dsc.hpp>
#include <dsc/io/profile_json.hpp>

namespace {

using namespace dsc::literals;

dsc::profile const& server() {
  static dsc::profile const measured = dsc::read_profile(DSC_PROFILES "/efficientnet_v2_l.json");
  return measured;
}

// The same times six times over, as a profile of its own.
dsc::profile const& device() {
  static dsc::profile const slower = [] {
    std::vector<dsc::batch_times> times{server().measured().begin(), server().measured().end()};
    for (dsc::batch_times& at : times)
      for (dsc::seconds& time : at.prefix) time *= 6.0;
    return dsc::profile{std::string{server().name()},
                        server().input_bytes(),
                        {server().layers().begin(), server().layers().end()},
                        times};
  }();
  return slower;
}

// Batch 3 lies between two measured ones: what is timed includes the interpolation.
constexpr dsc::batch_size batch{3};

auto make_planner(dsc::split_filter filter) {
  return dsc::planner{dsc::zoo::efficientnet_v2_l, dsc::sites{device(), server()}, dsc::candidates{.filter = filter}};
}

void policy(benchmark::State& state, dsc::split_filter filter) {
  auto const planner = make_planner(filter);
  for (auto _ : state) benchmark::DoNotOptimize(planner.policy(batch));
  state.counters["candidates"] = static_cast<double>(planner.costs(batch).size());
}
BENCHMARK_CAPTURE(policy, compressive, dsc::compressive);
BENCHMARK_CAPTURE(policy, undominated, dsc::undominated);

void best(benchmark::State& state, dsc::split_filter filter) {
  auto const planner = make_planner(filter);
  for (auto _ : state) benchmark::DoNotOptimize(planner.best(batch, dsc::fixed_rate{20_MBps}));
}
BENCHMARK_CAPTURE(best, compressive, dsc::compressive);
BENCHMARK_CAPTURE(best, undominated, dsc::undominated);

void lookup(benchmark::State& state) {
  dsc::policy const policy = make_planner(dsc::undominated).policy(batch);
  dsc::data_rate rate = 1_MBps;
  for (auto _ : state) {
    rate.bytes_per_second = rate.bytes_per_second < 127e6 ? rate.bytes_per_second + 1e6 : 1e6;
    benchmark::DoNotOptimize(policy.at(rate).split);
  }
  state.counters["pieces"] = static_cast<double>(policy.size());
}
BENCHMARK(lookup);

void gains_over_grid(benchmark::State& state) {
  std::vector<dsc::state> grid;
  for (std::uint64_t b = 1; b <= 4; ++b)
    for (int rate = 1; rate <= 127; ++rate) grid.push_back({dsc::batch_size{b}, dsc::megabytes_per_second(rate), {}});
  auto const planner = make_planner(dsc::undominated);
  for (auto _ : state) benchmark::DoNotOptimize(dsc::gains(planner, grid));
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * grid.size()));
}
BENCHMARK(gains_over_grid);

}  // namespace

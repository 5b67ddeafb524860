#include "networks.hpp"

#include <cstdio>

#include <dsc/io/profile_json.hpp>
#include <dsc/libtorch/environment.hpp>
#include <dsc/libtorch/stopwatch.hpp>
#include <dsc/measure/profiler.hpp>

#include "steps.hpp"

namespace gpu {
namespace {

std::vector<batch_size> const batches{batch_size{1},  batch_size{2},  batch_size{4}, batch_size{8},
                                      batch_size{16}, batch_size{32}, batch_size{64}};

void write(dsc::measured_profile const& measured, at::Device device, std::filesystem::path const& file) {
  dsc::profile_notes notes{.environment = dsc::libtorch::describe_environment(device).entries(), .prefix_mad = {}};
  for (dsc::batch_noise const& noise : measured.noise) notes.prefix_mad.push_back(noise.deviation);
  dsc::write_profile(file, measured.profile, notes);
  std::printf("%s\n", file.c_str());
  for (std::size_t i = 0; i < measured.noise.size(); ++i)
    std::printf("  batch %2llu: %9.3f ms, uncertain by %.1f %%%s\n",
                static_cast<unsigned long long>(measured.noise[i].batch.count),
                1e3 * measured.profile.measured()[i].prefix.back().count(), 100.0 * measured.noise[i].uncertainty,
                measured.noise[i].uncertainty <= measured.noise_limit ? "" : "  TOO NOISY TO PLAN WITH");
}

}  // namespace

bool profiles(arguments const& given) {
  at::Device const device = dsc::libtorch::device_named(given.device);
  for (dsc::zoo::efficientnet const* const model : given.models) {
    efficientnet const net = network(*model, {.device = device}).resident();
    // Images wait on the device: what it takes to bring them there is the channel's business.
    auto const input = [&](batch_size batch) { return dsc::libtorch::random_input(*model, batch).to(device); };
    std::string const name{model->name()};
    dsc::profiler_options const options{.repeats = given.repeats};
    write(dsc::measure_profile(net, name, given.shortened(batches), input, dsc::libtorch::event_stopwatch{device},
                               options),
          device, given.out / (name + ".json"));
    dsc::libtorch::release_memory(device);
  }
  return true;
}

}  // namespace gpu

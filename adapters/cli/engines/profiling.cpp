#include "engines/profiling.hpp"

#include <fmt/format.h>

#include "console/console.hpp"

namespace dsc::cli {
namespace {

std::string weights_of(measurement const& setup) {
  if (setup.model.file) return setup.model.given;
  return setup.execution.weights.empty() ? "random" : setup.execution.weights;
}

std::string warning_about(measured_profile const& measured) {
  try {
    measured.require_usable();
    return {};
  } catch (error const& noise) {
    return sentence_of(noise);
  }
}

}  // namespace

profiler_options profiler_options_of(measurement const& setup, progress& bar) {
  profiler_options options;
  options.warm_ups = static_cast<std::size_t>(setup.warm_ups);
  options.repeats = static_cast<std::size_t>(setup.repeats);
  options.slowdown = setup.slowdown;
  options.progress = [&bar](profile_progress const& now) {
    bar.show(static_cast<double>(now.done) / static_cast<double>(now.total), fmt::format("batch {}", now.batch.count));
  };
  return options;
}

measured_site site_of(measured_profile const& measured, measurement const& setup,
                      std::vector<std::pair<std::string, std::string>> environment) {
  environment.insert(environment.end(), {{"slowdown", fmt::format("{}", setup.slowdown)},
                                         {"warm_ups", std::to_string(setup.warm_ups)},
                                         {"repeats", std::to_string(setup.repeats)},
                                         {"weights", weights_of(setup)}});
  measured_site site{{measured.profile, {std::move(environment), {}}}, {}, warning_about(measured)};
  for (batch_noise const& noise : measured.noise) {
    site.result.notes.prefix_mad.push_back(noise.deviation);
    site.uncertainty.push_back(noise.uncertainty);
  }
  return site;
}

}  // namespace dsc::cli

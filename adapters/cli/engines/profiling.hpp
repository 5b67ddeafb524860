#pragma once

#include <string>
#include <utility>
#include <vector>

#include <dsc/measure/profiler.hpp>

#include "console/progress.hpp"
#include "engines/measurement.hpp"

/// What engines have in common where they measure.
namespace dsc::cli {

/// The profiler's options of a measurement, with its progress shown.
profiler_options profiler_options_of(measurement const& setup, progress& bar);

/// What a command is told of what was measured. `environment` is the engine's own: where and how
/// its layers ran.
measured_site site_of(measured_profile const& measured, measurement const& setup,
                      std::vector<std::pair<std::string, std::string>> environment);

/// Profiles a model of any engine. `input` makes a batch where the layers will run: what it takes
/// to bring it there is the channel's business. Throws what the profiler throws.
template <ExecutableModel M, class Stopwatch>
measured_site measure_site(M const& model, measurement const& setup, auto const& input, Stopwatch stopwatch,
                           std::vector<std::pair<std::string, std::string>> environment) {
  progress bar{setup.title};
  return site_of(measure_profile(model, setup.model.label, setup.batches, input, std::move(stopwatch),
                                 profiler_options_of(setup, bar)),
                 setup, std::move(environment));
}

}  // namespace dsc::cli

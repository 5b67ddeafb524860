#include <string>

#include <fmt/format.h>

#include <dsc/libtorch/environment.hpp>
#include <dsc/libtorch/stopwatch.hpp>
#include <dsc/measure/profiler.hpp>

#include "console/console.hpp"
#include "console/progress.hpp"
#include "engines/libtorch/model.hpp"
#include "engines/measurement.hpp"

namespace dsc::cli {
namespace {

std::string weights_of(measurement const& wanted) {
  if (wanted.model.file) return wanted.model.given;
  return wanted.execution.weights.empty() ? "random" : wanted.execution.weights;
}

profile_notes notes_of(measurement const& wanted, measured_profile const& got, libtorch::execution const& how) {
  libtorch::environment const where = libtorch::describe_environment(how.device, how.element);
  profile_notes notes;
  notes.environment = {{"device", where.device},
                       {"threads", where.threads},
                       {"libtorch", where.libtorch},
                       {"element_type", where.element},
                       {"arithmetic", wanted.execution.fast ? "fast" : "exact"},
                       {"blas", where.blas},
                       {"date", where.date},
                       {"slowdown", fmt::format("{}", wanted.slowdown)},
                       {"warm_ups", std::to_string(wanted.warm_ups)},
                       {"repeats", std::to_string(wanted.repeats)},
                       {"weights", weights_of(wanted)}};
  for (batch_noise const& one : got.noise) notes.prefix_mad.push_back(one.deviation);
  return notes;
}

profiler_options options_of(measurement const& wanted, progress& shown) {
  profiler_options options;
  options.warm_ups = static_cast<std::size_t>(wanted.warm_ups);
  options.repeats = static_cast<std::size_t>(wanted.repeats);
  options.slowdown = wanted.slowdown;
  options.progress = [&shown](profile_progress const& now) {
    shown.show(static_cast<double>(now.done) / static_cast<double>(now.total),
               fmt::format("batch {}", now.batch.count));
  };
  return options;
}

std::string warning_about(measured_profile const& got) {
  try {
    got.require_usable();
    return {};
  } catch (error const& noise) {
    return sentence_of(noise);
  }
}

measured_site measured_on(ExecutableModel auto const& model, measurement const& wanted) {
  libtorch::execution const& how = model.execution();
  progress shown{wanted.title};
  // Inputs wait on the device: what it takes to bring them there is the channel's business.
  auto const input = [&](batch_size batch) {
    return libtorch::random_input(wanted.model.input(), batch, wanted.execution.seed).to(how.device);
  };
  measured_profile const got = measure_profile(model.resident(), std::string{wanted.model.name()}, wanted.batches,
                                               input, libtorch::event_stopwatch{how.device}, options_of(wanted, shown));
  measured_site site_found{{got.profile, notes_of(wanted, got, how)}, {}, warning_about(got)};
  for (batch_noise const& one : got.noise) site_found.uncertainty.push_back(one.uncertainty);
  return site_found;
}

}  // namespace

measured_site measure(measurement const& wanted) {
  return std::visit([&](auto const& model) { return measured_on(model, wanted); },
                    libtorch_model_of(wanted.model, wanted.execution));
}

}  // namespace dsc::cli

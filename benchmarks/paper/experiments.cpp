#include "experiments.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dsc/io/file.hpp>

#include "console/errors.hpp"

namespace dsc::paper {
namespace {

// Raised whenever the tables change their meaning or their columns.
constexpr int format = 1;

std::string assumptions_as_text() {
  std::string text;
  for (assumption const& one : assumptions)
    text += fmt::format("assumed {}: {}, {} {}\n", one.name, one.device, one.server, one.unit);
  text += fmt::format("sensitivity: efficiencies {}, launches {}\n", fmt::join(efficiencies, " "),
                      fmt::join(launches_us, " "));
  text += fmt::format("walks: {} {} {}, {} {}; seeds {} {}; spells {} {} {} {}\n", wandering.mean.bytes_per_second,
                      wandering.spread, wandering.correlation.count(), slowdown_walk.spread, slowdown_walk.correlation,
                      generated_trace.seed, load_seed, outages.odds.going_bad, outages.odds.recovering,
                      busy_spells.going_bad, busy_spells.recovering);
  return text;
}

std::string traces_as_text(std::vector<std::string> const& traces) {
  std::string text;
  for (std::string const& file : traces) {
    std::string const content = read_file(file);
    text += fmt::format("trace {} {} bytes, hash {:x}\n", file, content.size(), std::hash<std::string>{}(content));
  }
  return text;
}

}  // namespace

std::vector<experiment> experiments_of(options const& wanted, study const& all) {
  for (std::string const& name : wanted.experiments)
    if (name != "bottlenecks" && name != "splits" && name != "gains" && name != "varying")
      throw error{dsc::cli::cli_errc::bad_option,
                  "there is no experiment '" + name + "'; there are bottlenecks, splits, gains and varying"};
  std::string const of_models = fmt::format("format {}\nmodels {}\n", format, wanted.models);
  std::string const of_grid = of_models + all.settings + assumptions_as_text();
  std::vector<experiment> found;
  if (wanted.asks_for("bottlenecks")) found.push_back({"bottlenecks", of_models, bottleneck_steps(all)});
  if (wanted.asks_for("splits")) found.push_back({"splits", of_grid, best_split_steps(all)});
  if (wanted.asks_for("gains")) found.push_back({"gains", of_grid, gain_steps(all)});
  if (wanted.asks_for("varying"))
    found.push_back({"varying",
                     of_grid + "varying batches " + wanted.varying_batches + "\n" + traces_as_text(wanted.traces),
                     varying_steps(all, wanted.traces)});
  return found;
}

}  // namespace dsc::paper

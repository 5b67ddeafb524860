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
  for (assumption const& entry : assumptions)
    text += fmt::format("assumed {}: {}, {} {}\n", entry.name, entry.device, entry.server, entry.unit);
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

std::vector<experiment> experiments_of(options const& options, study const& all) {
  for (std::string const& name : options.experiments)
    if (name != "bottlenecks" && name != "splits" && name != "gains" && name != "varying")
      throw error{cli::cli_errc::bad_option,
                  "there is no experiment '" + name + "'; there are bottlenecks, splits, gains and varying"};
  std::string const of_models = fmt::format("format {}\nmodels {}\n", format, options.models);
  std::string const of_grid = of_models + all.settings + assumptions_as_text();
  std::vector<experiment> chosen;
  if (options.asks_for("bottlenecks")) chosen.push_back({"bottlenecks", of_models, bottleneck_steps(all)});
  if (options.asks_for("splits")) chosen.push_back({"splits", of_grid, best_split_steps(all)});
  if (options.asks_for("gains")) chosen.push_back({"gains", of_grid, gain_steps(all)});
  if (options.asks_for("varying"))
    chosen.push_back({"varying",
                      of_grid + "varying batches " + options.varying_batches + "\n" + traces_as_text(options.traces),
                      varying_steps(all, options.traces)});
  return chosen;
}

}  // namespace dsc::paper

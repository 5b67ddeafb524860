#pragma once

#include <functional>
#include <string>
#include <vector>

#include "study.hpp"

namespace dsc::paper {

/// One file of results, and what makes it.
struct step {
  std::string file;
  std::function<std::string()> text;
};

/// 1. Natural and compressive bottlenecks: `bottlenecks.csv`, `ratios.csv`.
std::vector<step> bottleneck_steps(study const& all);

/// 2. The best split of every state, and exact switching rates: `grid/SITES/INPUT/MODEL.csv`,
/// `switching.csv`.
std::vector<step> best_split_steps(study const& all);

/// 3. Gains over the grid: `gains.csv`, `summary.csv`, `sensitivity.csv`, `assumptions.csv`,
/// `coverage.csv`.
std::vector<step> gain_steps(study const& all);

/// 4. Gains over time, where the rate and the server's load change together: `varying.csv`,
/// `timeline.csv`. Throws what reading traces throws.
std::vector<step> varying_steps(study const& all, std::vector<std::string> const& traces);

/// An experiment that is asked for, with everything that its results depend on as text.
struct experiment {
  std::string name;
  std::string settings;
  std::vector<step> steps;
};

/// Those that are asked for, in order. Throws `bad_option` for one that there is not, and what
/// reading traces throws.
std::vector<experiment> experiments_of(options const& options, study const& all);

}  // namespace dsc::paper

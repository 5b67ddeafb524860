#pragma once

#include <string>
#include <vector>

#include <dsc/io/profile_json.hpp>

#include "engines/model_description.hpp"
#include "options/options.hpp"

namespace dsc::cli {

/// What to measure at one site.
struct measurement {
  model_description model;
  execution_options execution;
  std::vector<batch_size> batches;  ///< ascending
  double slowdown = 1.0;            ///< what is measured really waits, to take this many times as long
  int warm_ups = 3;
  int repeats = 1;
  std::string title;  ///< of its progress
};

/// A profile, and how certain it is at each of its batch sizes.
struct measured_site {
  noted_profile result;
  std::vector<double> uncertainty;  ///< relative standard error of the whole network's time
  std::string warning;              ///< where it is too noisy to plan with: says so; else empty
};

}  // namespace dsc::cli

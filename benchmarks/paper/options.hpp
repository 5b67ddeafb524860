#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "assumptions.hpp"

namespace dsc::paper {

/// What the command line asked for, as typed.
struct options {
  std::vector<std::string> experiments;  ///< all where empty
  std::string models;                    ///< all of the zoo where empty
  std::string sites = "measured,modelled,measured-b1,modelled-b1";
  std::string batches = "1:64";
  std::string varying_batches = "1,8,64";
  std::string rates = "1:127";  ///< MB/s
  std::string profiles;         ///< a folder with one profile per model: the server that was measured
  std::string gpu_profiles;     ///< the same of a GPU
  std::string gpu_device;       ///< of the device beside it; where empty, the GPU made slower
  double device_slowdown = usual_device_slowdown;
  std::vector<std::string> traces;
  std::string output;
  bool fresh = false;

  bool asks_for(std::string_view experiment) const {
    return experiments.empty() || std::find(experiments.begin(), experiments.end(), experiment) != experiments.end();
  }
  /// Bottlenecks alone need neither profiles nor processors.
  bool needs_sites() const { return asks_for("splits") || asks_for("gains") || asks_for("varying"); }
};

}  // namespace dsc::paper

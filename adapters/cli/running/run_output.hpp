#pragma once

#include "console/progress.hpp"
#include "options/options.hpp"
#include "running/experiment.hpp"
#include "running/run_report.hpp"

namespace dsc::cli {

/// What `run` says: lines and tables for people, or dsc.run/1.
class run_output {
 public:
  /// Both must outlive it.
  run_output(run_options const& options, experiment const& plan) : options_{&options}, plan_{&plan} {}

  /// A line for a request of the dynamic strategy, or of the first one where that does not run; and
  /// how far all strategies together have come.
  void show(outcome const& result, progress& shown);
  void end(run_report const& report) const;

 private:
  void begin() const;
  void show_line(outcome const& result);
  void show_strategies(run_report const& report) const;
  void show_images(run_report const& report) const;

  run_options const* options_;
  experiment const* plan_;
  bool begun_ = false;
  std::size_t done_ = 0;
};

}  // namespace dsc::cli

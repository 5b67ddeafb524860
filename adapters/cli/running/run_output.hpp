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
  run_output(run_options const& wanted, experiment const& plan) : wanted_{&wanted}, plan_{&plan} {}

  /// A line for a request of the dynamic strategy, or of the first one where that does not run; and
  /// how far all strategies together have come.
  void show(outcome const& one, progress& shown);
  void end(run_report const& report) const;

 private:
  void begin() const;
  void show_line(outcome const& one);
  void show_strategies(run_report const& report) const;
  void show_images(run_report const& report) const;

  run_options const* wanted_;
  experiment const* plan_;
  bool begun_ = false;
  std::size_t done_ = 0;
};

}  // namespace dsc::cli

#pragma once

#include "options/options.hpp"
#include "running/experiment.hpp"
#include "running/run_report.hpp"

namespace dsc::cli {

/// What `run` says: lines and tables for people, or dsc.run/1.
class run_output {
 public:
  /// Both must outlive it.
  run_output(run_options const& wanted, experiment const& what) : wanted_{&wanted}, what_{&what} {}

  /// A line for a request of the dynamic strategy, or of the first one where that does not run.
  void show(outcome const& one);
  void end(run_report const& report) const;

 private:
  void begin() const;
  void show_strategies(run_report const& report) const;

  run_options const* wanted_;
  experiment const* what_;
  bool begun_ = false;
};

}  // namespace dsc::cli

#include "running/run_document.hpp"

#include <dsc/io/run_json.hpp>

#include "engines/zoo.hpp"

namespace dsc::cli {

std::string run_document(run_options const& wanted, experiment const& what, run_report const& report) {
  dsc::run_document run{.model = std::string{what.model.name()},
                        .input_type = std::string{name_of(what.model.input().element)},
                        .device_slowdown = wanted.device_slowdown,
                        .trace = wanted.trace,
                        .link = what.trace.parameters(),
                        .load = what.load,
                        .batches = what.batches,
                        .top_classes = report.top_classes()};
  if (!wanted.rate.empty()) run.rate = what.trace.samples().front().rate;
  for (strategy_summary const& summary : report.summaries())
    run.strategies.push_back({summary.strategy.name, summary.strategy.split, summary.identical_answers});
  for (outcome const& one : report.outcomes())
    run.requests.push_back({one.request + 1, one.strategy, one.time, one.record});
  std::string text = run_json(run);
  text.pop_back();  // the end of the last line, which whoever writes the text adds
  return text;
}

}  // namespace dsc::cli

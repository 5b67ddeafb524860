#include "running/run_document.hpp"

#include <dsc/io/run_json.hpp>

#include "engines/zoo.hpp"

namespace dsc::cli {

std::string run_document(run_options const& options, experiment const& plan, run_report const& report) {
  dsc::run_document run{.model = std::string{plan.model.name()},
                        .input_type = std::string{name_of(plan.model.input().element)},
                        .device_slowdown = plan.device.slowdown,
                        .rate = options.rate,
                        .trace = options.trace,
                        .link = plan.trace.parameters(),
                        .load = plan.load,
                        .batches = plan.batches,
                        .top_classes = report.top_classes()};
  for (strategy_summary const& summary : report.summaries())
    run.strategies.push_back({summary.strategy.name, summary.strategy.split, summary.identical_answers,
                              summary.gain_noise, summary.same_splits});
  for (outcome const& result : report.outcomes())
    run.requests.push_back({result.request + 1, result.strategy, result.time, result.record});
  for (image_classes const& image : report.images()) {
    run_image& described = run.images.emplace_back(plan.images[image.image]);
    for (class_score const& score : image.best)
      described.classes.push_back(
          {score.index, score.probability, plan.labels.empty() ? std::string{} : plan.labels[score.index]});
  }
  return run_json(run);
}

}  // namespace dsc::cli

#include "running/run_output.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dsc/io/format.hpp>
#include <dsc/io/run_json.hpp>

#include "console/console.hpp"
#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "console/table.hpp"

namespace dsc::cli {
namespace {

std::string batches_and_link(run_options const& options, experiment const& plan) {
  if (plan.remote)
    return fmt::format("{}: {} requests of batch {}, {}, servers {}", printable(plan.model.name()), plan.requests,
                       batch_list(plan.batches),
                       plan.device.slowdown == 1.0
                           ? "device this machine"
                           : fmt::format("device {} times as slow as this machine", plan.device.slowdown),
                       printable(fmt::format("{}", fmt::join(options.servers, ", "))));
  std::string const link = options.rate ? to_string(*options.rate)
                           : !options.trace.empty()
                               ? "rates of " + printable(options.trace)
                               : fmt::format("a made-up rate trace of {} s", plan.trace.length().count());
  std::string const device = plan.device.times
                                 ? fmt::format("device with the times of {} ({:.2g} times the server's)",
                                               printable(options.device), plan.device.slowdown)
                                 : fmt::format("device {} times as slow as the server", plan.device.slowdown);
  return fmt::format("{}: {} requests of batch {}, {}, {}", printable(plan.model.name()), plan.requests,
                     batch_list(plan.batches), device, link);
}

std::size_t shown_strategy(std::vector<strategy> const& strategies) {
  auto const dynamic = std::ranges::find_if(strategies, &strategy::is_dynamic);
  return dynamic == strategies.end() ? 0 : static_cast<std::size_t>(dynamic - strategies.begin());
}

std::string percent_or_dash(std::optional<double> const& share, double whole) {
  return share ? in_percent(100.0 / whole * *share) : "-";
}

// Local, full offloading, and of the other static splits the best one.
std::vector<strategy_summary> rivals(std::vector<strategy_summary> const& list) {
  std::vector<strategy_summary> chosen;
  strategy_summary const* best = nullptr;
  for (strategy_summary const& rival : list) {
    if (!rival.strategy.split || !rival.gain_percent) continue;
    if (rival.strategy.name == "local" || rival.strategy.name == "offload")
      chosen.push_back(rival);
    else if (best == nullptr || rival.mean < best->mean)
      best = &rival;
  }
  if (best != nullptr) chosen.push_back(*best);
  return chosen;
}

std::string name_in_sentence(strategy const& rival) {
  if (rival.name == "local") return "running locally";
  return rival.name == "offload" ? "full offloading"
                                 : fmt::format("the best other static split (l = {})", rival.split->layers);
}

// A difference of less than two standard errors is no difference that this run could tell.
std::string difference_to(strategy_summary const& rival) {
  constexpr double sure = 2.0;
  std::string const name = name_in_sentence(rival.strategy);
  double const gain = rival.gain_percent.value();
  if (rival.same_splits == true) return fmt::format("the same as {} at every request", name);
  if (rival.gain_noise_percent && std::abs(gain) < sure * *rival.gain_noise_percent)
    return fmt::format("no more or less than {} within what requests scatter ({:+.1f} % ± {:.1f})", name, -gain,
                       sure * *rival.gain_noise_percent);
  return fmt::format("{:.1f} % {} than {}", std::abs(gain), gain >= 0.0 ? "less" : "more", name);
}

std::string note_of(inference_record const& record) {
  if (record.fell_back()) return "finished locally: " + record.fallback;
  return record.hedged > seconds{} ? fmt::format("the device had begun, {} ms in vain", in_ms(record.hedged)) : "";
}

// The one sentence that all was done for.
std::string conclusion(std::vector<strategy_summary> const& list) {
  std::vector<std::string> differences;
  for (strategy_summary const& rival : rivals(list)) differences.push_back(difference_to(rival));
  if (differences.empty()) return {};
  auto const dynamic =
      std::ranges::find_if(list, [](strategy_summary const& sums) { return sums.strategy.is_dynamic(); });
  return fmt::format("Dynamic split computing took {} ms per batch on average: request by request {}.\n",
                     in_ms(dynamic->mean), fmt::join(differences, ", "));
}

// Gains of a run whose latencies were not those predicted say little of the choices.
void warn_of_predictions(run_options const& options, double error) {
  constexpr double tolerated = 0.15;
  if (error <= tolerated) return;
  warn(
      fmt::format("predicted and observed latency differ by {} in the median, so splits were chosen for other times "
                  "than these; {}",
                  in_percent(100.0 * error),
                  options.device.empty() ? "try more --repeats, or a machine that does nothing else"
                                         : "profile both sites on this machine, or leave --device and --server out"));
}

}  // namespace

void run_output::begin() const {
  say(batches_and_link(*options_, *plan_) + "\n");
  strategy const& shown = plan_->strategies[shown_strategy(plan_->strategies)];
  say(fmt::format("each request of strategy '{}':\n{:>7}  {:>8}  {:>5}  {:>8}  {:>3}  {:>12}  {:>11}  note\n",
                  shown.name, "request", "time s", "batch", "MB/s", "l", "predicted ms", "observed ms"));
}

void run_output::show(outcome const& result, progress& shown) {
  ++done_;
  if (!options_->json && result.strategy == shown_strategy(plan_->strategies)) {
    shown.clear();
    show_line(result);
  }
  shown.show(static_cast<double>(done_) / static_cast<double>(plan_->requests * plan_->strategies.size()),
             fmt::format("request {}, {}", result.request + 1, plan_->strategies[result.strategy].name));
}

void run_output::show_line(outcome const& result) {
  if (!std::exchange(begun_, true)) begin();
  inference_record const& record = result.record;
  say(fmt::format("{:>7}  {:>8.2f}  {:>5}  {:>8}  {:>3}  {:>12}  {:>11}  {}", result.request + 1, result.time.count(),
                  record.batch.count, in_MBps(record.decided.rate.value_or(data_rate{})),
                  record.decided.plan.split.layers, in_ms(record.predicted()), in_ms(record.total), note_of(record)) +
      "\n");
  finish_saying();
}

void run_output::end(run_report const& report) const {
  std::optional<double> const error = report.prediction_error();
  if (options_->json) {
    say_document(run_json(report.document()));
  } else {
    show_strategies(report);
    if (error)
      say(fmt::format("predicted and observed latency differ by {} in the median\n", in_percent(100.0 * *error)));
    show_images(report);
    say(conclusion(report.summaries()));
  }
  // Over a network the first predictions are guesses that requests correct.
  if (error && !plan_->remote) warn_of_predictions(*options_, *error);
}

// Every image's classes; of made-up input those of the first sample, which tell runs apart.
void run_output::show_images(run_report const& report) const {
  run_document const& run = report.document();
  if (run.images.empty()) {
    if (!run.top_classes.empty())
      say(fmt::format("best classes of the first answer: {}\n", fmt::join(run.top_classes, ", ")));
    return;
  }
  table rows{{{"image", table::align::left}, {"best classes", table::align::left}}};
  for (run_image const& image : run.images) {
    std::vector<std::string> classes;
    for (run_image::scored_class const& scored : image.classes)
      classes.push_back(fmt::format("{} {}", scored.label.empty() ? std::to_string(scored.index) : scored.label,
                                    in_percent(100.0 * scored.probability)));
    rows.add({image.file, fmt::format("{}", fmt::join(classes, ", "))});
  }
  say(fmt::format("\n{}", rows.text()));
}

void run_output::show_strategies(run_report const& report) const {
  using enum table::align;
  table rows{{{"strategy", left},
              {"mean ms"},
              {"median ms"},
              {"gain of dynamic"},
              {"prediction error"},
              {"finished locally"},
              {"same answers", left}}};
  for (strategy_summary const& sums : report.summaries()) {
    rows.add({sums.strategy.name, in_ms(sums.mean), in_ms(sums.median),
              sums.strategy.is_dynamic() ? "-"
              : sums.same_splits == true ? "same splits"
                                         : percent_or_dash(sums.gain_percent, 100.0),
              percent_or_dash(sums.prediction_error, 1.0), std::to_string(sums.fallbacks),
              sums.identical_answers ? "yes" : "no"});
  }
  say(fmt::format("\n{}", rows.text()));
}

}  // namespace dsc::cli

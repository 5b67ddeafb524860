#include "running/run_output.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "console/console.hpp"
#include "console/table.hpp"
#include "options/quantities.hpp"
#include "running/run_document.hpp"

namespace dsc::cli {
namespace {

std::string batches_and_link(run_options const& wanted, experiment const& what) {
  std::string const link = !wanted.rate.empty() ? wanted.rate + " MB/s"
                           : !wanted.trace.empty()
                               ? "rates of " + wanted.trace
                               : fmt::format("a made-up rate trace of {} s", what.trace.length().count());
  return fmt::format("{}: {} requests of batch {}, device {} times as slow as the server, {}", what.model.name(),
                     what.requests, wanted.batches, wanted.device_slowdown, link);
}

std::size_t shown_strategy(std::vector<strategy> const& strategies) {
  auto const dynamic = std::ranges::find_if(strategies, &strategy::is_dynamic);
  return dynamic == strategies.end() ? 0 : static_cast<std::size_t>(dynamic - strategies.begin());
}

std::string percent_or_dash(std::optional<double> const& percent) { return percent ? in_percent(*percent) : "-"; }

// Local, full offloading, and of the other static splits the best one.
std::vector<strategy_summary> rivals(std::vector<strategy_summary> const& list) {
  std::vector<strategy_summary> chosen;
  strategy_summary const* best = nullptr;
  for (strategy_summary const& one : list) {
    if (!one.strategy.split || !one.gain_percent) continue;
    if (one.strategy.name == "local" || one.strategy.name == "offload")
      chosen.push_back(one);
    else if (best == nullptr || one.mean < best->mean)
      best = &one;
  }
  if (best != nullptr) chosen.push_back(*best);
  return chosen;
}

std::string name_in_sentence(strategy const& one) {
  if (one.name == "local") return "running locally";
  return one.name == "offload" ? "full offloading"
                               : fmt::format("the best other static split (l = {})", one.split->layers);
}

// The one sentence that all was done for.
std::string conclusion(std::vector<strategy_summary> const& list) {
  std::vector<std::string> gains;
  for (strategy_summary const& one : rivals(list))
    gains.push_back(fmt::format("{:.1f} % {} than {}", std::abs(*one.gain_percent),
                                *one.gain_percent >= 0.0 ? "less" : "more", name_in_sentence(one.strategy)));
  if (gains.empty()) return {};
  auto const dynamic =
      std::ranges::find_if(list, [](strategy_summary const& one) { return one.strategy.is_dynamic(); });
  return fmt::format("Dynamic split computing took {} ms per batch on average: request by request {}.\n",
                     in_ms(dynamic->mean), fmt::join(gains, ", "));
}

}  // namespace

void run_output::begin() const {
  say(batches_and_link(*wanted_, *what_) + "\n");
  strategy const& shown = what_->strategies[shown_strategy(what_->strategies)];
  say(fmt::format("each request of strategy '{}':\n{:>7}  {:>8}  {:>5}  {:>8}  {:>3}  {:>12}  {:>11}  note\n",
                  shown.name, "request", "time s", "batch", "MB/s", "l", "predicted ms", "observed ms"));
}

void run_output::show(outcome const& one) {
  if (wanted_->json || one.strategy != shown_strategy(what_->strategies)) return;
  if (!std::exchange(begun_, true)) begin();
  inference_record const& record = one.record;
  say(fmt::format("{:>7}  {:>8.2f}  {:>5}  {:>8}  {:>3}  {:>12}  {:>11}  {}", one.request + 1, one.time.count(),
                  record.batch.count, in_MBps(record.decided.rate.value_or(data_rate{})),
                  record.decided.plan.split.layers, in_ms(record.predicted()), in_ms(record.total),
                  record.fell_back() ? "finished locally: " + record.fallback : "") +
      "\n");
  finish_saying();
}

void run_output::end(run_report const& report) const {
  if (wanted_->json) return say(run_document(*wanted_, *what_, report) + "\n");
  show_strategies(report);
  if (std::optional<double> const error = report.prediction_error())
    say(fmt::format("predicted and observed latency differ by {} in the median\n", in_percent(100.0 * *error)));
  if (!report.top_classes().empty())
    say(fmt::format("best classes of the first answer: {}\n", fmt::join(report.top_classes(), ", ")));
  say(conclusion(report.summaries()));
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
  for (strategy_summary const& one : report.summaries()) {
    std::optional<double> const percent_error =
        one.prediction_error ? std::optional{100.0 * *one.prediction_error} : std::nullopt;
    rows.add({one.strategy.name, in_ms(one.mean), in_ms(one.median),
              one.strategy.is_dynamic() ? "-" : percent_or_dash(one.gain_percent), percent_or_dash(percent_error),
              std::to_string(one.fallbacks), one.identical_answers ? "yes" : "no"});
  }
  say(fmt::format("\n{}", rows.text()));
}

}  // namespace dsc::cli

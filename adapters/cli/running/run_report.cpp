#include "running/run_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>
#include <tuple>

namespace dsc::cli {
namespace {

constexpr std::size_t shown_classes = 5;

double median(std::vector<double> values) {
  std::ranges::sort(values);
  std::size_t const n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

std::optional<double> median_or_nothing(std::vector<double> const& values) {
  return values.empty() ? std::nullopt : std::optional{median(values)};
}

// Of the first sample; none where answers are no rows of scores.
std::vector<std::size_t> best_classes(outcome const& first) {
  if (first.answer_spec.element != element_type::float32 || first.answer_spec.shape.rank != 2) return {};
  std::vector<float> scores(static_cast<std::size_t>(first.answer_spec.shape[1]));
  std::memcpy(scores.data(), first.answer.data(), scores.size() * sizeof(float));
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // Scores that are no numbers, as of odd weights, come last.
  std::ranges::sort(order, {}, [&](std::size_t i) {
    return std::tuple{std::isnan(scores[i]), std::isnan(scores[i]) ? 0.0F : -scores[i], i};
  });
  order.resize(std::min(order.size(), shown_classes));
  return order;
}

// Where the channel was dead nothing was predicted, and where the device finished by itself
// something else happened.
void add_error(std::vector<double>& errors, inference_record const& record) {
  seconds const predicted = record.predicted();
  if (predicted == never || record.fell_back() || record.total <= seconds{}) return;
  errors.push_back(std::fabs(predicted.count() - record.total.count()) / record.total.count());
}

}  // namespace

run_report::run_report(std::vector<strategy> strategies)
    : strategies_{std::move(strategies)}, answers_(strategies_.size()), identical_(strategies_.size(), true) {}

void run_report::add(outcome&& one) {
  if (outcomes_.empty()) top_classes_ = best_classes(one);
  answers_[one.strategy] = std::move(one.answer);
  if (++answered_ == strategies_.size()) compare_answers();
  outcomes_.push_back(std::move(one));
}

void run_report::compare_answers() {
  for (std::size_t s = 0; s < answers_.size(); ++s)
    if (answers_[s] != answers_[0]) identical_[s] = false;
  answered_ = 0;
}

std::optional<double> run_report::prediction_error() const {
  std::vector<double> errors;
  for (outcome const& one : outcomes_) add_error(errors, one.record);
  return median_or_nothing(errors);
}

std::vector<strategy_summary> run_report::summaries() const {
  auto const dynamic = std::ranges::find_if(strategies_, &strategy::is_dynamic);
  std::vector<std::vector<double>> times(strategies_.size()), errors(strategies_.size());
  std::vector<strategy_summary> list(strategies_.size());
  for (std::size_t s = 0; s < list.size(); ++s) list[s].strategy = strategies_[s];
  for (outcome const& one : outcomes_) {
    times[one.strategy].push_back(one.record.total.count());
    add_error(errors[one.strategy], one.record);
    list[one.strategy].fallbacks += one.record.fell_back() ? 1 : 0;
  }
  for (std::size_t s = 0; s < list.size(); ++s) {
    double const n = static_cast<double>(times[s].size());
    list[s].mean = seconds{std::accumulate(times[s].begin(), times[s].end(), 0.0) / n};
    list[s].median = seconds{median(times[s])};
    list[s].prediction_error = median_or_nothing(errors[s]);
    list[s].identical_answers = identical_[s];
    if (dynamic == strategies_.end()) continue;
    std::vector<double> const& mine = times[static_cast<std::size_t>(dynamic - strategies_.begin())];
    double gain = 0.0;
    for (std::size_t i = 0; i < times[s].size(); ++i) gain += 100.0 * (times[s][i] - mine[i]) / times[s][i];
    list[s].gain_percent = gain / n;
  }
  return list;
}

}  // namespace dsc::cli

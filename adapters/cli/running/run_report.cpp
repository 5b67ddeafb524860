#include "running/run_report.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numeric>

#include "running/class_scores.hpp"

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

// Of each sample of a batch; none where answers are no rows of scores.
std::vector<std::vector<class_score>> classes_of(outcome const& one) {
  if (one.answer_spec.element != element_type::float32 || one.answer_spec.shape.rank != 2) return {};
  auto const samples = static_cast<std::size_t>(one.answer_spec.shape[0]);
  std::vector<float> scores(static_cast<std::size_t>(one.answer_spec.shape[1]));
  std::vector<std::vector<class_score>> all;
  for (std::size_t i = 0; i < samples; ++i) {
    std::memcpy(scores.data(), one.answer.data() + i * scores.size() * sizeof(float), scores.size() * sizeof(float));
    all.push_back(best_classes(scores, shown_classes));
  }
  return all;
}

// Where the channel was dead nothing was predicted, and where the device finished by itself
// something else happened.
void add_error(std::vector<double>& errors, inference_record const& record) {
  seconds const predicted = record.predicted();
  if (predicted == never || record.fell_back() || record.total <= seconds{}) return;
  errors.push_back(std::fabs(predicted.count() - record.total.count()) / record.total.count());
}

double mean_of(std::vector<double> const& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// The standard error of a mean gain. Requests at which both did the same differ by noise alone;
// where there are too few of them, all requests tell, and what varies with the rate counts as
// noise, too.
std::optional<double> noise_of(std::vector<double> const& gains, std::vector<split_point> const& one,
                               std::vector<split_point> const& other) {
  constexpr std::size_t enough = 3;
  std::vector<double> same;
  for (std::size_t i = 0; i < gains.size(); ++i)
    if (one[i] == other[i]) same.push_back(gains[i]);
  std::vector<double> const& sample = same.size() >= enough ? same : gains;
  if (sample.size() < enough) return std::nullopt;
  double const middle = mean_of(sample);
  double squares = 0.0;
  for (double const gain : sample) squares += (gain - middle) * (gain - middle);
  return std::sqrt(squares / static_cast<double>(sample.size() - 1) / static_cast<double>(gains.size()));
}

}  // namespace

run_report::run_report(experiment const& plan)
    : plan_{&plan}, answers_(plan.strategies.size()), identical_(plan.strategies.size(), true) {}

void run_report::add(outcome&& one) {
  if (one.strategy == 0) classify(one);
  answers_[one.strategy] = std::move(one.answer);
  if (++answered_ == plan_->strategies.size()) compare_answers();
  outcomes_.push_back(std::move(one));
}

void run_report::classify(outcome const& one) {
  if (plan_->images.empty() && one.request > 0) return;
  std::size_t sample = 0;
  for (std::size_t i = 0; i < one.request; ++i) sample += plan_->batches[i % plan_->batches.size()].count;
  for (std::vector<class_score> const& best : classes_of(one)) {
    if (top_classes_.empty())
      for (class_score const& score : best) top_classes_.push_back(score.index);
    // Images come in turn, so that each is seen for the first time in its order.
    if (sample == images_.size() && sample < plan_->images.size()) images_.push_back({sample, best});
    ++sample;
  }
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
  auto const dynamic = std::ranges::find_if(plan_->strategies, &strategy::is_dynamic);
  std::vector<std::vector<split_point>> splits(plan_->strategies.size());
  std::vector<std::vector<double>> times(plan_->strategies.size()), errors(plan_->strategies.size());
  std::vector<strategy_summary> list(plan_->strategies.size());
  for (std::size_t s = 0; s < list.size(); ++s) list[s].strategy = plan_->strategies[s];
  for (outcome const& one : outcomes_) {
    times[one.strategy].push_back(one.record.total.count());
    splits[one.strategy].push_back(one.record.decided.plan.split);
    add_error(errors[one.strategy], one.record);
    list[one.strategy].fallbacks += one.record.fell_back() ? 1 : 0;
  }
  for (std::size_t s = 0; s < list.size(); ++s) {
    list[s].mean = seconds{mean_of(times[s])};
    list[s].median = seconds{median(times[s])};
    list[s].prediction_error = median_or_nothing(errors[s]);
    list[s].identical_answers = identical_[s];
    if (dynamic == plan_->strategies.end()) continue;
    auto const mine = static_cast<std::size_t>(dynamic - plan_->strategies.begin());
    std::vector<double> gains;
    for (std::size_t i = 0; i < times[s].size(); ++i)
      gains.push_back(100.0 * (times[s][i] - times[mine][i]) / times[s][i]);
    list[s].gain_percent = mean_of(gains);
    list[s].same_splits = splits[s] == splits[mine];
    list[s].gain_noise = noise_of(gains, splits[s], splits[mine]);
  }
  return list;
}

}  // namespace dsc::cli

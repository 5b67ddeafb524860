#include "running/run_report.hpp"

#include <cstring>

#include "engines/zoo.hpp"
#include "running/class_scores.hpp"

namespace dsc::cli {
namespace {

constexpr std::size_t shown_classes = 5;

// Of each sample of a batch; none where answers are no rows of scores.
std::vector<std::vector<class_score>> classes_of(outcome const& result) {
  if (result.answer_spec.element != element_type::float32 || result.answer_spec.shape.rank != 2) return {};
  auto const samples = static_cast<std::size_t>(result.answer_spec.shape[0]);
  std::vector<float> scores(static_cast<std::size_t>(result.answer_spec.shape[1]));
  std::vector<std::vector<class_score>> all;
  for (std::size_t i = 0; i < samples; ++i) {
    std::memcpy(scores.data(), result.answer.data() + i * scores.size() * sizeof(float), scores.size() * sizeof(float));
    all.push_back(best_classes(scores, shown_classes));
  }
  return all;
}

}  // namespace

run_report::run_report(run_options const& options, experiment const& plan)
    : plan_{&plan},
      run_{.model = std::string{plan.model.name()},
           .input_type = std::string{name_of(plan.model.input().element)},
           .device_slowdown = plan.device.slowdown,
           .rate = options.rate,
           .trace = options.trace,
           .link = plan.trace.parameters(),
           .load = plan.load,
           .batches = plan.batches,
           .servers = options.servers},
      answers_(plan.strategies.size()) {
  for (strategy const& compared : plan.strategies) run_.strategies.push_back({compared.name, compared.split});
}

void run_report::add(outcome&& result) {
  if (result.strategy == 0) classify(result);
  answers_[result.strategy] = std::move(result.answer);
  if (++answered_ == plan_->strategies.size()) compare_answers();
  run_.requests.push_back({result.request + 1, result.strategy, result.time, std::move(result.record)});
}

void run_report::classify(outcome const& result) {
  if (plan_->images.empty() && result.request > 0) return;
  std::size_t sample = 0;
  for (std::size_t i = 0; i < result.request; ++i) sample += plan_->batches[i % plan_->batches.size()].count;
  for (std::vector<class_score> const& best : classes_of(result)) {
    if (run_.top_classes.empty())
      for (class_score const& score : best) run_.top_classes.push_back(score.index);
    // Images come in turn, so that each is seen for the first time in its order.
    if (sample == run_.images.size() && sample < plan_->images.size()) add_image(best);
    ++sample;
  }
}

void run_report::add_image(std::vector<class_score> const& best) {
  run_image& image = run_.images.emplace_back(plan_->images[run_.images.size()]);
  for (class_score const& score : best)
    image.classes.push_back(
        {score.index, score.probability, plan_->labels.empty() ? std::string{} : plan_->labels[score.index]});
}

void run_report::compare_answers() {
  for (std::size_t s = 0; s < answers_.size(); ++s)
    if (answers_[s] != answers_[0]) run_.strategies[s].identical_answers = false;
  answered_ = 0;
}

std::vector<strategy_summary> run_report::summaries() const {
  std::vector<strategy_summary> list;
  for (run_summary const& sums : dsc::summaries(run_)) {
    std::size_t const place = list.size();
    list.push_back({sums, plan_->strategies[place], run_.strategies[place].identical_answers});
  }
  return list;
}

}  // namespace dsc::cli

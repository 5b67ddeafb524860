#include "server/counters.hpp"

#include <algorithm>
#include <chrono>

namespace dsc::oip {

void time_histogram::add(seconds time) {
  auto const bucket = std::ranges::lower_bound(bucket_ends, time.count()) - bucket_ends.begin();
  ++counts.at(static_cast<std::size_t>(bucket));
  ++count;
  sum += time;
}

void counters::count(std::size_t model, outcome what, bytes received, seconds time) {
  std::lock_guard const lock{mutex_};
  model_counts& counts = models_.at(model);
  ++counts.outcomes.at(static_cast<std::size_t>(what));
  counts.received += received;
  counts.failed += time;
}

void counters::count_answer(std::size_t model, batch_size batch, answer_times const& times, bytes received,
                            bytes sent) {
  auto const now = std::chrono::system_clock::now().time_since_epoch();
  std::lock_guard const lock{mutex_};
  model_counts& counts = models_.at(model);
  ++counts.outcomes.at(static_cast<std::size_t>(outcome::ok));
  counts.received += received;
  counts.sent += sent;
  counts.samples += batch.count;
  counts.queue.add(times.queue);
  counts.execution.add(times.execution);
  counts.answered += times.total;
  counts.last_ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

model_counts counters::of(std::size_t model) const {
  std::lock_guard const lock{mutex_};
  return models_.at(model);
}

server_totals counters::totals() const {
  std::lock_guard const lock{mutex_};
  server_totals sum;
  auto const of = [](model_counts const& counts, outcome what) {
    return counts.outcomes.at(static_cast<std::size_t>(what));
  };
  for (model_counts const& counts : models_) {
    sum.answered += of(counts, outcome::ok);
    sum.invalid += of(counts, outcome::invalid);
    sum.refused += of(counts, outcome::refused);
    sum.dropped += of(counts, outcome::dropped);
    sum.failed += of(counts, outcome::failed);
    sum.received += counts.received;
    sum.sent += counts.sent;
  }
  return sum;
}

inference::ModelStatistics statistics_of(served_tail const& tail, model_counts const& counts) {
  auto const set = [](inference::StatisticDuration& duration, std::uint64_t count, seconds time) {
    duration.set_count(count);
    duration.set_ns(static_cast<std::uint64_t>(time.count() * 1e9));
  };
  inference::ModelStatistics told;
  told.set_name(tail.model);
  told.set_version("1");
  told.set_last_inference(counts.last_ms);
  told.set_inference_count(counts.samples);
  told.set_execution_count(counts.execution.count);
  inference::InferStatistics& times = *told.mutable_inference_stats();
  std::uint64_t unanswered = 0;
  for (std::size_t i = 1; i < counts.outcomes.size(); ++i) unanswered += counts.outcomes.at(i);
  set(*times.mutable_success(), counts.outcomes[0], counts.answered);
  set(*times.mutable_fail(), unanswered, counts.failed);
  set(*times.mutable_queue(), counts.queue.count, counts.queue.sum);
  set(*times.mutable_compute_input(), counts.execution.count, {});
  set(*times.mutable_compute_infer(), counts.execution.count, counts.execution.sum);
  set(*times.mutable_compute_output(), counts.execution.count, {});
  return told;
}

}  // namespace dsc::oip

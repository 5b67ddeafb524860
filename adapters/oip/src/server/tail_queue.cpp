#include "server/tail_queue.hpp"

#include <algorithm>
#include <exception>
#include <string>
#include <utility>

#include <dsc/model/layers.hpp>

#include "wire/messages.hpp"

namespace dsc::oip {
namespace {

// Tensors of an answer as they are served: whatever shape a runner gives them, they have the bytes
// and the type that were promised.
void check_answer(served_tail const& tail, std::vector<wire_tensor> const& tensors, batch_size batch) {
  if (tensors.size() != tail.outputs.size())
    throw error{errc::backend_failed, "it put out " + std::to_string(tensors.size()) + " tensors instead of " +
                                          std::to_string(tail.outputs.size())};
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    tensor_spec const due = batched(tail.outputs[i].sample, batch);
    if (tensors[i].spec.element != due.element || tensors[i].data.size() != due.size())
      throw error{errc::backend_failed, "it put out " + text_of(tensors[i].spec) + " instead of " + text_of(due)};
  }
}

std::int64_t microseconds(seconds time) { return static_cast<std::int64_t>(time.count() * 1e6); }

}  // namespace

tail_queue::tail_queue(deployment const& served, tail_runner runner, server_options const& options, counters& counts)
    : served_{served},
      runner_{std::move(runner)},
      longest_{options.longest_queue},
      largest_{options.largest_queue},
      counts_{counts} {
  for (std::size_t i = 0; i < std::max<std::size_t>(options.workers, 1); ++i) workers_.emplace_back([this] { work(); });
}

tail_queue::~tail_queue() { end(); }

grpc::Status tail_queue::refusal(bytes size) const {
  std::lock_guard const lock{mutex_};
  return refusal_locked(size);
}

grpc::Status tail_queue::refusal_locked(bytes size) const {
  if (closed_) return {grpc::StatusCode::UNAVAILABLE, "this server is about to stop; ask another one"};
  bool const is_busy = running_.size() >= workers_.size() || !waiting_.empty();
  if (is_busy && waiting_.size() >= longest_)
    return {grpc::StatusCode::RESOURCE_EXHAUSTED,
            "the queue is full with " + std::to_string(waiting_.size()) + " requests; ask again later"};
  if (!waiting_.empty() && waiting_bytes_ + size > largest_)
    return {grpc::StatusCode::RESOURCE_EXHAUSTED,
            "the queue is full with " + std::to_string(waiting_bytes_.count) + " bytes of requests; ask again later"};
  return grpc::Status::OK;
}

void tail_queue::push(tail_job job) {
  grpc::Status status;
  {
    std::lock_guard const lock{mutex_};
    status = refusal_locked(job.size);
    if (status.ok() && !job.call->is_gone()) {
      waiting_bytes_ += job.size;
      waiting_.push_back(std::move(job));
      changed_.notify_all();
      return;
    }
  }
  if (status.ok()) return drop(job);
  refuse(job, outcome::refused, status);
}

void tail_queue::on_gone(infer_call const& call) {
  tail_job gone;
  {
    std::lock_guard const lock{mutex_};
    auto const place = std::ranges::find_if(waiting_, [&](tail_job const& job) { return job.call.get() == &call; });
    if (place == waiting_.end()) return;
    gone = std::move(*place);
    waiting_.erase(place);
    waiting_bytes_ = bytes{waiting_bytes_.count - gone.size.count};
    changed_.notify_all();
  }
  drop(gone);
}

std::size_t tail_queue::length() const {
  std::lock_guard const lock{mutex_};
  return waiting_.size();
}

void tail_queue::close() {
  std::lock_guard const lock{mutex_};
  closed_ = true;
}

bool tail_queue::is_closed() const {
  std::lock_guard const lock{mutex_};
  return closed_;
}

void tail_queue::wait_until_idle(time_point until) {
  std::unique_lock lock{mutex_};
  changed_.wait_until(lock, until, [this] { return waiting_.empty() && running_.empty(); });
}

void tail_queue::refuse_rest() {
  std::vector<tail_job> left;
  {
    std::lock_guard const lock{mutex_};
    closed_ = ending_ = true;
    for (tail_job& job : waiting_) left.push_back(std::move(job));
    for (tail_job const* const job : running_) left.push_back(*job);
    waiting_.clear();
    waiting_bytes_ = {};
    changed_.notify_all();
  }
  for (tail_job const& job : left)
    refuse(job, outcome::refused, {grpc::StatusCode::UNAVAILABLE, "this server has stopped; ask another one"});
}

void tail_queue::end() {
  refuse_rest();
  for (std::thread& worker : workers_)
    if (worker.joinable()) worker.join();
}

void tail_queue::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    changed_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
    if (waiting_.empty()) return;
    {
      tail_job const job = std::move(waiting_.front());
      waiting_.pop_front();
      waiting_bytes_ = bytes{waiting_bytes_.count - job.size.count};
      running_.push_back(&job);
      lock.unlock();
      run(job);
      lock.lock();
      std::erase(running_, &job);
    }
    changed_.notify_all();
  }
}

void tail_queue::run(tail_job const& job) {
  if (job.call->is_gone() || job.call->is_late()) return drop(job);
  served_tail const& tail = served_.tails[job.model];
  std::string failure;
  try {
    time_point const start = run_clock::now();
    auto const tensors = runner_(tail_of(tail.split, served_.layers), job.tensors);
    time_point const end = run_clock::now();
    check_answer(tail, tensors, job.batch);
    return answer(job, tensors, start - job.arrival, end - start);
  } catch (std::exception const& thrown) {
    failure = detail::reason_of(thrown);
  } catch (...) {
    failure = "it did not say why";
  }
  refuse(job, outcome::failed,
         {grpc::StatusCode::INTERNAL, "the tail '" + tail.model + "' could not be run: " + failure});
}

void tail_queue::answer(tail_job const& job, std::vector<wire_tensor> const& tensors, seconds queue,
                        seconds execution) {
  served_tail const& tail = served_.tails[job.model];
  inference::ModelInferResponse head;
  head.set_model_name(tail.model);
  head.set_model_version("1");
  head.set_id(job.id);
  (*head.mutable_parameters())["dsc_queue_us"].set_int64_param(microseconds(queue));
  (*head.mutable_parameters())["dsc_exec_us"].set_int64_param(microseconds(execution));
  std::vector<shared_bytes> contents;
  bytes sent;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    describe(*head.add_outputs(), tail.outputs[i].name, batched(tail.outputs[i].sample, job.batch));
    contents.push_back(tensors[i].data);
    sent += tensors[i].data.size();
  }
  grpc::ByteBuffer message = to_message(head, contents);
  if (!job.call->claim()) return;
  if (job.call->is_gone())
    counts_.count(job.model, outcome::dropped, job.size);
  else
    counts_.count_answer(job.model, job.batch, {queue, execution, run_clock::now() - job.arrival}, job.size, sent);
  job.call->finish(std::move(message));
}

void tail_queue::drop(tail_job const& job) {
  refuse(job, outcome::dropped,
         job.call->is_late()
             ? grpc::Status{grpc::StatusCode::DEADLINE_EXCEEDED, "the deadline passed before the tail was run"}
             : grpc::Status{grpc::StatusCode::CANCELLED, "the client had gone before the tail was run"});
}

void tail_queue::refuse(tail_job const& job, outcome what, grpc::Status const& status) {
  if (!job.call->claim()) return;
  counts_.count(job.model, what, job.size, run_clock::now() - job.arrival);
  job.call->finish(status);
}

}  // namespace dsc::oip

#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include <dsc/cost/loaded.hpp>
#include <dsc/detail/wait.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/pending.hpp>

namespace dsc {

/// The server side in this process: one thread that runs tails, first come first served. A load put
/// on it is real time: it waits the queueing delay before a request and `(slowdown − 1)` times the
/// time just measured after it.
template <class M>
class tail_service {
  static_assert(ExecutableModel<M>, "the model of a tail_service must be a dsc::ExecutableModel");

 public:
  using tensor_type = tensor_type_t<M>;

  explicit tail_service(M model) : model_{std::move(model)}, worker_{[this] { serve(); }} {}
  tail_service(tail_service const&) = delete;
  tail_service& operator=(tail_service const&) = delete;
  /// Lets the layers that run end, and fails the requests that wait, the time of a load too.
  ~tail_service() {
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    worker_.join();
    for (job& left : jobs_) left.promise.fail(errc::transport_failed, "the tail service was closed");
  }

  /// Throws `bad_quantity` for a load that means nothing. Counts from the next request on.
  void set_load(server_load const& load) {
    load.check();
    std::lock_guard const lock{mutex_};
    load_ = load;
  }
  server_load load() const {
    std::lock_guard const lock{mutex_};
    return load_;
  }

  /// Takes a request that reaches the server at `arrival`, now or later.
  void accept(request asked, time_point arrival, reply_promise promise) {
    std::lock_guard const lock{mutex_};
    jobs_.push_back({std::move(asked), arrival, std::move(promise)});
    changed_.notify_all();
  }

 private:
  struct job {
    request asked;
    time_point arrival;
    reply_promise promise;
  };

  void serve() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
      if (stopping_) return;
      job next = std::move(jobs_.front());
      jobs_.pop_front();
      server_load const load = load_;
      time_point const start = deadline_after(next.arrival, load.queueing_delay);
      while (!stopping_ && !next.promise.cancelled() && run_clock::now() < start)
        changed_.wait_until(lock, std::min(start, run_clock::now() + detail::cancellation_poll),
                            [this] { return stopping_; });
      if (stopping_) {
        jobs_.push_front(std::move(next));
        return;
      }
      lock.unlock();
      answer(next, load);
      lock.lock();
    }
  }

  void answer(job const& next, server_load const& load) {
    if (next.promise.cancelled()) return;
    std::exception_ptr failure;
    try {
      layer_span const span = next.asked.layers;
      check_span(span, layer_count(model_));
      wire_tensor const& h = only_tensor(next.asked.tensors, "a request to a tail_service");
      samples_in(h.data.size(), representation_bytes(model_, span.begin));
      time_point const start = run_clock::now();
      auto const y =
          std::make_shared<tensor_type const>(model_traits<M>::forward(model_, from_wire<tensor_type>(h), span));
      seconds const measured = run_clock::now() - start;
      if (load.slowdown > 1.0) be_busy_until(deadline_after(start, load.slowdown * measured));
      next.promise.fulfil(
          {.tensors = {to_wire<tensor_type>(y)}, .queue = start - next.arrival, .tail = run_clock::now() - start});
    } catch (...) {
      failure = std::current_exception();
    }
    if (failure) next.promise.fail(std::move(failure));
  }

  // Throws `transport_failed` where the service is closed meanwhile.
  void be_busy_until(time_point when) {
    std::unique_lock lock{mutex_};
    if (changed_.wait_until(lock, when - detail::wait_overshoot, [this] { return stopping_; }))
      throw error{errc::transport_failed, "the tail service was closed"};
    lock.unlock();
    detail::wait_precisely_until(when);
  }

  M model_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<job> jobs_;
  server_load load_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace dsc

#pragma once

#include <algorithm>
#include <atomic>
#include <cmath>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/emulation/delayed_reply.hpp>
#include <dsc/run/pending.hpp>

namespace dsc {

/// Where an emulated link delivers: `accept(request, arrival, promise)`, as `tail_service` does.
template <class S>
concept RequestSink = requires(S& sink, request asked, time_point arrival, reply_promise promise) {
  sink.accept(std::move(asked), arrival, promise);
};

/// A transport within the process that takes as long as a real link would: it copies the bytes,
/// piece by piece, at the rate that a trace has at that moment. Transfers share the link first come
/// first served; rate changes and outages count in mid-transfer; latency is added behind the last
/// byte and does not keep the link busy.
class emulated_link {
 public:
  /// The trace's time begins now. The sink must outlive the link.
  template <RequestSink S>
  emulated_link(rate_trace trace, S& sink)
      : trace_{std::move(trace)},
        deliver_{[&sink](request asked, time_point arrival, reply_promise promise) {
          sink.accept(std::move(asked), arrival, std::move(promise));
        }},
        start_{run_clock::now()},
        free_{start_},
        worker_{[this] { carry_all(); }} {}
  template <RequestSink S>
  emulated_link(fixed_rate const& channel, S& sink)
      : emulated_link{constant(channel.rate(), channel.parameters()), sink} {}
  emulated_link(emulated_link const&) = delete;
  emulated_link& operator=(emulated_link const&) = delete;
  /// Fails what is under way, delivered or not.
  ~emulated_link() {
    {
      std::lock_guard const lock{mutex_};
      stopping_ = true;
    }
    changed_.notify_all();
    worker_.join();
    for (transfer& left : waiting_) left.promise.fail(errc::transport_failed, "the link was closed");
    for (reply_promise const& left : delivered_) left.revoke(errc::transport_failed, "the link was closed");
  }

  /// Sends a request behind those that were submitted before it. It is given up when its deadline
  /// finds it still on the link.
  delayed_reply submit(request asked, time_point deadline) {
    std::lock_guard const lock{mutex_};
    return enqueue({.asked = std::move(asked), .deadline = deadline, .promise = reply_promise{deadline}},
                   trace_.parameters());
  }

  /// Sends bytes for nothing, behind what was submitted before: the link itself answers them, and
  /// the sink never sees them.
  delayed_reply send_probe(probe const& asked, time_point deadline) {
    std::lock_guard const lock{mutex_};
    link_parameters both_ways = trace_.parameters();
    both_ways.return_latency += both_ways.latency;
    return enqueue({.probe_size = asked.size, .deadline = deadline, .promise = reply_promise{deadline}}, both_ways);
  }

  /// The rate from now on, whatever the trace said; a transfer under way feels it.
  void set_rate(data_rate rate) {
    detail::require_rate(rate, "the rate of an emulated link");
    std::lock_guard const lock{mutex_};
    if (!carrying_ && waiting_.empty()) next_rates_.clear();  // what nothing was carried by is history
    next_rates_.push_back({run_clock::now() - start_, outage_if_lower(rate)});
    changed_.notify_all();
  }

  /// What the link costs beside its rate.
  link_parameters parameters() const {
    std::lock_guard const lock{mutex_};
    return trace_.parameters();
  }

  /// Time since the link began: the trace's own time, until `set_rate` leaves the trace.
  seconds time() const { return run_clock::now() - start_; }

  /// The rate now. Throws `trace_ended` as the trace does.
  data_rate rate() const {
    std::lock_guard const lock{mutex_};
    return next_rates_.empty() ? trace_.rate_at(time()) : next_rates_.back().rate;
  }

 private:
  // What the link carries between two looks at the clock: some milliseconds' worth.
  static constexpr std::size_t least_piece = std::size_t{4} * 1024, largest_piece = std::size_t{256} * 1024;

  struct transfer {
    request asked{};
    std::optional<bytes> probe_size{};  // of a probe, which has no request
    time_point deadline{};
    reply_promise promise;
    time_point submitted = run_clock::now();
    std::shared_ptr<std::atomic<std::uint64_t>> delivered = std::make_shared<std::atomic<std::uint64_t>>(0);
  };

  delayed_reply enqueue(transfer next, link_parameters const& way_back) {
    waiting_.push_back(std::move(next));
    changed_.notify_all();
    return {waiting_.back().promise.pending(), way_back, waiting_.back().delivered};
  }

  static rate_trace constant(data_rate rate, link_parameters const& parameters) {
    return rate_trace{{{seconds{}, outage_if_lower(rate)}}, trace_end::hold, parameters};
  }
  static data_rate outage_if_lower(data_rate rate) { return rate < rate_trace::lowest_rate ? data_rate{0.0} : rate; }

  void carry_all() {
    std::unique_lock lock{mutex_};
    for (;;) {
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (stopping_) return;
      transfer next = std::move(waiting_.front());
      waiting_.pop_front();
      carrying_ = true;
      std::exception_ptr failure;
      try {
        free_ = std::max(free_, next.submitted);
        carry(next, lock);
      } catch (...) {
        failure = std::current_exception();
      }
      if (!lock.owns_lock()) lock.lock();
      carrying_ = false;
      if (!failure) continue;
      free_ = std::max(free_, run_clock::now());
      next.promise.fail(std::move(failure));
    }
  }

  void carry(transfer& next, std::unique_lock<std::mutex>& lock) {
    if (next.probe_size) {
      for (bytes left = *next.probe_size; left > bytes{};) {
        bytes const piece = std::min(bytes{next_piece()}, left);
        if (!pass(piece, next, lock)) return;
        left = bytes{left.count - piece.count};
      }
      return next.promise.fulfil({});
    }
    request received{next.asked.layers, {}, next.asked.route};
    for (wire_tensor const& tensor : next.asked.tensors) {
      std::span<std::byte const> const from = tensor.data.view();
      std::shared_ptr<std::byte[]> const arrived{new std::byte[from.size()]};
      for (std::size_t done = 0; done < from.size();) {
        std::size_t const piece = std::min(next_piece(), from.size() - done);
        if (!pass(bytes{piece}, next, lock)) return;
        lock.unlock();
        std::memcpy(arrived.get() + done, from.data() + done, piece);
        lock.lock();
        done += piece;
      }
      received.tensors.push_back({tensor.spec, {arrived, {arrived.get(), from.size()}}});
    }
    next.asked = {};
    std::erase_if(delivered_, [](reply_promise const& promise) { return promise.over(); });
    delivered_.push_back(next.promise);
    time_point const arrival = deadline_after(free_, trace_.parameters().latency);
    lock.unlock();
    deliver_(std::move(received), arrival, next.promise);
    lock.lock();
  }

  std::size_t next_piece() {
    follow_changes();
    constexpr seconds worth{0.004};
    double const passes = trace_.rate_at(free_ - start_).bytes_per_second * worth.count();
    return passes < static_cast<double>(largest_piece) ? std::max(least_piece, static_cast<std::size_t>(passes))
                                                       : largest_piece;
  }

  // Lets the time pass that a piece takes from `free_` on, and moves `free_` behind it; false where
  // the transfer ends early.
  bool pass(bytes piece, transfer const& next, std::unique_lock<std::mutex>& lock) {
    double left = static_cast<double>(piece.count);
    for (;;) {
      follow_changes();
      seconds const begin = free_ - start_;
      seconds const end = trace_.finish(begin, bytes{static_cast<std::uint64_t>(std::llround(left))});
      time_point const done = deadline_after(start_, end);
      time_point const wake = std::min({done, next.deadline, run_clock::now() + detail::cancellation_poll});
      changed_.wait_until(lock, wake, [&] { return stopping_ || !next_rates_.empty(); });
      if (given_up(next, done)) return false;
      bool const changed = !next_rates_.empty() && next_rates_.front().at < end;
      if (!changed && run_clock::now() < done) continue;
      if (!changed) {
        free_ = done;
        next.delivered->fetch_add(piece.count, std::memory_order_relaxed);
        return true;
      }
      left = detail::larger(0.0, left - trace_.carried(begin, next_rates_.front().at));
      free_ = deadline_after(start_, next_rates_.front().at);
      change_rate();
    }
  }

  void follow_changes() {
    while (!next_rates_.empty() && next_rates_.front().at <= free_ - start_) change_rate();
  }

  void change_rate() {
    trace_ = constant(next_rates_.front().rate, trace_.parameters());
    next_rates_.pop_front();
  }

  bool given_up(transfer const& next, time_point done) {
    bool const late = done > next.deadline && run_clock::now() >= next.deadline;
    if (!stopping_ && !late && !next.promise.cancelled()) return false;
    free_ = std::max(free_, std::min(run_clock::now(), done));
    if (stopping_)
      next.promise.fail(errc::transport_failed, "the link was closed");
    else
      next.promise.fail(errc::deadline_missed, "the transfer did not end before its deadline");
    return true;
  }

  rate_trace trace_;
  std::function<void(request, time_point, reply_promise)> deliver_;
  time_point start_;
  time_point free_;  // when the link has carried all that was given to it so far
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<transfer> waiting_;
  bool carrying_ = false;
  std::vector<reply_promise> delivered_;  // and not yet over
  std::deque<rate_sample> next_rates_;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace dsc

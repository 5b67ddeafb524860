#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/run/transport.hpp>

namespace dsc {

namespace detail {

/// How often those who wait on behalf of a request look whether anybody still wants it.
inline constexpr std::chrono::milliseconds look_for_cancellation{20};

/// What the two ends of a request share.
struct reply_state {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<reply> value;
  std::exception_ptr failure;
  time_point sent;     // when the answer set out
  time_point visible;  // when, on its way back, it gets there
  bool cancelled = false;

  bool settled() const { return value.has_value() || failure != nullptr; }
};

}  // namespace detail

/// The device's end of a request whose other end is a thread of this process.
class pending_reply {
 public:
  explicit pending_reply(std::shared_ptr<detail::reply_state> state) : state_{std::move(state)} {}

  bool ready() const {
    std::lock_guard const lock{state_->mutex};
    return state_->settled() && run_clock::now() >= state_->visible;
  }

  /// Waits for the answer, or until a moment; tells whether the answer is there.
  bool wait_until(time_point until) {
    std::unique_lock lock{state_->mutex};
    if (!state_->changed.wait_until(lock, until, [this] { return state_->settled(); })) return false;
    time_point const visible = state_->visible;
    lock.unlock();
    std::this_thread::sleep_until(std::min(visible, until));
    return visible <= until;
  }

  /// The answer, once. Throws what the other end failed with, also once.
  reply get() {
    std::unique_lock lock{state_->mutex};
    state_->changed.wait(lock, [this] { return state_->settled(); });
    time_point const visible = state_->visible;
    lock.unlock();
    std::this_thread::sleep_until(visible);
    lock.lock();
    if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, taken()));
    reply answer = std::move(*state_->value);
    answer.return_time = run_clock::now() - state_->sent;
    state_->value.reset();
    state_->failure = taken();
    return answer;
  }

  /// Tells the other end that nobody waits any more.
  void cancel() {
    std::lock_guard const lock{state_->mutex};
    state_->cancelled = true;
    state_->value.reset();
    state_->failure = std::make_exception_ptr(error{errc::cancelled, "the request was cancelled"});
    state_->changed.notify_all();
  }

 private:
  static std::exception_ptr taken() {
    return std::make_exception_ptr(error{errc::cancelled, "the answer was taken already"});
  }

  std::shared_ptr<detail::reply_state> state_;
};

/// The server's end of a request. Whoever takes one must fulfil it or fail it; else the device
/// waits until its deadline.
class reply_promise {
 public:
  explicit reply_promise(link_parameters const& way_back)
      : state_{std::make_shared<detail::reply_state>()}, way_back_{way_back} {}

  pending_reply pending() const { return pending_reply{state_}; }

  bool cancelled() const {
    std::lock_guard const lock{state_->mutex};
    return state_->cancelled;
  }

  /// Sends the answer on its way back, which takes the time that the link says.
  void fulfil(reply value) const {
    time_point const sent = run_clock::now();
    time_point const visible = deadline_after(sent, way_back_.return_time(value.tensor.data.size()));
    settle([&](detail::reply_state& state) {
      state.value = std::move(value), state.sent = sent, state.visible = visible;
    });
  }

  /// Fails the request at once; the first outcome counts. The exception goes over to the device's
  /// end: whoever fails a request with an exception that was caught calls this behind the handler,
  /// as an exception that two threads hold is freed by whichever comes last.
  void fail(std::exception_ptr&& failure) const {
    settle([&](detail::reply_state& state) {
      state.failure = std::exchange(failure, nullptr), state.visible = run_clock::now();
    });
  }
  void fail(errc code, std::string const& sentence) const {
    std::exception_ptr failure = std::make_exception_ptr(error{code, sentence});
    fail(std::move(failure));
  }

 private:
  void settle(auto const& how) const {
    std::lock_guard const lock{state_->mutex};
    if (!state_->settled()) how(*state_);
    state_->changed.notify_all();
  }

  std::shared_ptr<detail::reply_state> state_;
  link_parameters way_back_;
};

}  // namespace dsc

#pragma once

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include <dsc/run/transport.hpp>

namespace dsc {

namespace detail {

/// How often waiting threads poll for cancellation.
inline constexpr std::chrono::milliseconds cancellation_poll{20};

/// What the two ends of a request share.
struct reply_state {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<reply> value;
  std::exception_ptr failure;
  time_point settled_at;
  bool cancelled = false;

  bool settled() const { return value.has_value() || failure != nullptr; }
};

}  // namespace detail

/// When a request was settled, and with how many bytes: none where it failed.
struct settlement {
  time_point at;
  bytes size;
};

/// The device's end of a request whose other end is a thread of this process.
class pending_reply {
 public:
  explicit pending_reply(std::shared_ptr<detail::reply_state> state) : state_{std::move(state)} {}

  /// When and with what it was settled; nothing before that.
  std::optional<settlement> settled() const {
    std::lock_guard const lock{state_->mutex};
    if (!state_->settled()) return std::nullopt;
    return settlement{state_->settled_at, state_->value ? total_size(state_->value->tensors) : bytes{}};
  }
  bool ready() const { return settled().has_value(); }

  /// Waits for the answer, or until a moment; tells whether the answer is there.
  bool wait_until(time_point until) {
    std::unique_lock lock{state_->mutex};
    return state_->changed.wait_until(lock, until, [this] { return state_->settled(); });
  }

  /// The answer, once. Throws what the other end failed with, also once.
  reply get() {
    std::unique_lock lock{state_->mutex};
    state_->changed.wait(lock, [this] { return state_->settled(); });
    if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, taken()));
    reply answer = std::move(*state_->value);
    state_->value.reset();
    state_->failure = taken();
    return answer;
  }

  /// Tells the other end that nobody waits any more; `get` throws from now on.
  void cancel() {
    std::lock_guard const lock{state_->mutex};
    state_->cancelled = true;
    state_->value.reset();
    state_->failure = std::make_exception_ptr(error{errc::cancelled, "the request was cancelled"});
    state_->settled_at = run_clock::now();
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
  reply_promise() : state_{std::make_shared<detail::reply_state>()} {}

  pending_reply pending() const { return pending_reply{state_}; }

  bool cancelled() const {
    std::lock_guard const lock{state_->mutex};
    return state_->cancelled;
  }

  /// Gives the answer; the first outcome counts.
  void fulfil(reply answer) const {
    settle([&](detail::reply_state& state) { state.value = std::move(answer); });
  }

  /// Fails the request; the first outcome counts. The exception goes over to the device's end:
  /// whoever fails a request with an exception that was caught calls this behind the handler, as an
  /// exception that two threads hold is freed by whichever comes last.
  void fail(std::exception_ptr&& failure) const {
    settle([&](detail::reply_state& state) { state.failure = std::exchange(failure, nullptr); });
  }
  void fail(error_code code, std::string const& sentence) const {
    std::exception_ptr failure = std::make_exception_ptr(error{code, sentence});
    fail(std::move(failure));
  }

 private:
  void settle(auto const& outcome) const {
    std::lock_guard const lock{state_->mutex};
    if (state_->settled()) return;
    outcome(*state_);
    state_->settled_at = run_clock::now();
    state_->changed.notify_all();
  }

  std::shared_ptr<detail::reply_state> state_;
};

}  // namespace dsc

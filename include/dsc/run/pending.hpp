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
  time_point begun_at = run_clock::now();
  time_point deadline = time_point::max();
  time_point settled_at{};
  bool cancelled = false;

  bool settled() const { return value.has_value() || failure != nullptr; }

  // Whether it is settled by now; a deadline that has passed settles it.
  bool settled_now() {
    if (settled()) return true;
    if (deadline == time_point::max() || run_clock::now() < deadline) return false;
    drop(error{errc::deadline_missed, "the answer did not come before its deadline"});
    return true;
  }

  void drop(error const& why) {
    cancelled = true;
    value.reset();
    failure = std::make_exception_ptr(why);
    settled_at = run_clock::now();
    changed.notify_all();
  }
};

}  // namespace detail

/// When a request was settled, and with how many bytes.
struct settlement {
  time_point at;
  bytes size;
  bool failed = false;  ///< or cancelled
};

/// The device's end of a request whose other end is a thread of this process.
class pending_reply {
 public:
  explicit pending_reply(std::shared_ptr<detail::reply_state> state) : state_{std::move(state)} {}

  /// When and with what it was settled; nothing before that.
  std::optional<settlement> settled() const {
    std::lock_guard const lock{state_->mutex};
    if (!state_->settled_now()) return std::nullopt;
    return settlement{state_->settled_at, state_->value ? total_size(state_->value->tensors) : bytes{},
                      !state_->value.has_value()};
  }
  bool ready() const { return settled().has_value(); }

  /// Waits for the answer, or until a moment; tells whether the answer is there.
  bool wait_until(time_point until) {
    std::unique_lock lock{state_->mutex};
    state_->changed.wait_until(lock, detail::smaller(until, state_->deadline), [this] { return state_->settled(); });
    return state_->settled_now();
  }

  /// When the request began.
  time_point begun() const { return state_->begun_at; }

  /// The answer, once, with the time since the request began where the other end told none. Throws
  /// what the other end failed with, also once.
  reply get() {
    std::unique_lock lock{state_->mutex};
    while (!state_->settled_now()) state_->changed.wait_until(lock, state_->deadline);
    if (state_->failure) std::rethrow_exception(std::exchange(state_->failure, taken()));
    reply answer = std::move(*state_->value);
    state_->value.reset();
    state_->failure = taken();
    if (answer.elapsed == seconds{}) answer.elapsed = state_->settled_at - state_->begun_at;
    return answer;
  }

  /// Tells the other end that nobody waits any more; `get` throws from now on.
  void cancel() {
    std::lock_guard const lock{state_->mutex};
    state_->drop(error{errc::cancelled, "the request was cancelled"});
  }

  /// Fails what was not taken by its deadline, as after a `cancel`; for replies whose way back
  /// takes time.
  void miss_deadline() {
    std::lock_guard const lock{state_->mutex};
    if (!state_->failure) state_->drop(error{errc::deadline_missed, "the answer did not come before its deadline"});
  }
  time_point deadline() const { return state_->deadline; }

 private:
  static std::exception_ptr taken() {
    return std::make_exception_ptr(error{errc::cancelled, "the answer was taken already"});
  }

  std::shared_ptr<detail::reply_state> state_;
};

/// The server's end of a request. Whoever takes one must fulfil it or fail it; else it fails by
/// itself at the deadline, as `deadline_missed`.
class reply_promise {
 public:
  explicit reply_promise(time_point deadline = time_point::max()) : state_{std::make_shared<detail::reply_state>()} {
    state_->deadline = deadline;
  }

  pending_reply pending() const { return pending_reply{state_}; }

  /// Whether nobody waits any more, or the deadline has passed.
  bool cancelled() const {
    std::lock_guard const lock{state_->mutex};
    return state_->settled_now() && state_->cancelled;
  }

  /// Whether nothing can come of it any more: the answer was taken, or there is none.
  bool over() const {
    std::lock_guard const lock{state_->mutex};
    return state_->settled_now() && state_->failure != nullptr;
  }

  /// Takes back what was not taken yet, as a transport does that ends.
  void revoke(error_code code, std::string const& sentence) const {
    std::lock_guard const lock{state_->mutex};
    if (!state_->failure) state_->drop(error{code, sentence});
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

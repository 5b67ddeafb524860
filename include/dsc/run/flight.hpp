#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include <dsc/decide/record.hpp>
#include <dsc/run/transport.hpp>

namespace dsc::detail {

inline void note(inference_record& record, std::string const& sentence) {
  record.warning += (record.warning.empty() ? "" : "; ") + sentence;
}

/// A request under way, as a session sees it: whatever the transport does, it ends with a reply or
/// with a reason, and nothing is thrown.
template <Transport T>
class flight {
 public:
  /// `make()` gives the request; it may throw, too.
  flight(T& link, auto const& make, time_point deadline, inference_record& record)
      : record_{&record}, sent_{run_clock::now()}, deadline_{deadline} {
    guarded([&] {
      request asked = make();
      record.sent = asked.size();
      pending_.emplace(link.submit(std::move(asked), deadline));
    });
    tell_if_slow(sent_, "submit", "hand the bytes to a thread of the transport's own");
  }
  flight(flight const&) = delete;
  flight& operator=(flight const&) = delete;
  ~flight() { give_up(); }

  time_point sent() const { return sent_; }
  /// Whether an answer may still come.
  bool under_way() const { return pending_ && !ended_; }
  /// Why there will be none; empty where the transport did not fail.
  std::string const& failure() const { return failure_; }

  /// The answer, waited for until a moment; nothing where it is not there, or never will be.
  std::optional<reply> answer_by(time_point until) {
    return look([&] { return pending_->wait_until(until); });
  }
  /// The answer, waited for as long as the request lives.
  std::optional<reply> answer_at_last() { return answer_by(deadline_); }
  /// The answer if it is there now.
  std::optional<reply> answer() {
    return look([&] { return pending_->ready(); });
  }

  /// The answer was none after all.
  void refuse(std::string const& why) { failure_ = why; }

  /// Nobody waits any more. By the laws of Transport a `cancel` does not wait; one that does
  /// delays the session's answer, which is there by now, and is told.
  void give_up() {
    if (!pending_) return;
    if (!answered_) {
      if (!ended_) learn_confirmed();
      time_point const start = run_clock::now();
      try {
        pending_->cancel();
      } catch (...) {
        note(*record_, "the transport's cancel threw, which it must not");
      }
      tell_if_slow(start, "cancel", "let a thread of the transport's own tell the server");
    }
    pending_.reset();
  }

 private:
  using pending_type = decltype(std::declval<T&>().submit(std::declval<request>(), time_point{}));

  std::optional<reply> look(auto const& is_there) {
    std::optional<reply> answer;
    if (!under_way()) return answer;
    guarded([&] {
      if (!is_there()) return learn_confirmed();
      answer = pending_->get();
      ended_ = answered_ = true;
    });
    return answer;
  }

  void guarded(auto const& step) {
    try {
      step();
      return;
    } catch (std::exception const& failure) {
      failure_ = "the transport failed: " + reason_of(failure);
    } catch (...) {
      failure_ = "the transport failed without saying why";
    }
    ended_ = true;
    learn_confirmed();
  }

  // What was confirmed at this look. Where all is, but was not at a look before, that one tells
  // more of the link: when the last byte arrived is not known.
  void learn_confirmed() {
    seconds const now = run_clock::now() - sent_;
    bytes confirmed;
    if constexpr (ConfirmingReply<pending_type>) {
      try {
        if (pending_) confirmed = smaller(std::as_const(*pending_).confirmed(), record_->sent);
      } catch (...) {
        note(*record_, "the transport could not tell what was confirmed");
      }
      if (confirmed == record_->sent && record_->confirmed > bytes{}) return;
    }
    record_->confirmed = confirmed;
    record_->confirmed_within = now;
  }

  void tell_if_slow(time_point start, char const* call, char const* advice) {
    constexpr seconds noticeable{0.05};
    if (seconds const taken = run_clock::now() - start; taken > noticeable)
      note(*record_, "the answer was delayed by " + std::to_string(taken.count()) + " s in the transport's " + call +
                         ", which must not wait; " + advice);
  }

  inference_record* record_;
  time_point sent_, deadline_;
  std::optional<pending_type> pending_;
  bool ended_ = false, answered_ = false;
  std::string failure_;
};

}  // namespace dsc::detail

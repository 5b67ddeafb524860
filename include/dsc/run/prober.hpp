#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <dsc/decide/decider.hpp>
#include <dsc/run/transport.hpp>

namespace dsc::detail {

/// The probes of a session, one at a time: sent after an answer, looked for without waiting, and
/// out of the way before a request is sent. Does nothing where the decider wants none, or the
/// transport sends none.
template <class D, class T>
class prober {
 public:
  void look(D&) {}
  void stop(D&) {}
  void send(D&, T&, seconds) {}
};

template <ProbingDecider D, ProbedTransport T>
class prober<D, T> {
 public:
  /// Tells the decider of a probe that has ended.
  void look(D& decider) {
    if (!pending_) return;
    bool ended = run_clock::now() >= deadline_;
    try {
      ended = ended || pending_->ready();
    } catch (...) {
      ended = true;
    }
    if (ended) end(decider);
  }

  /// Ends the probe that is under way, answered or not.
  void stop(D& decider) {
    if (pending_) end(decider);
  }

  /// Sends what the decider wants, if anything. Throws what the two throw.
  void send(D& decider, T& link, seconds timeout) {
    if (pending_) return;
    time_point const now = run_clock::now();
    std::optional<probe> const wanted = decider.wanted_probe(now);
    if (!wanted) return;
    sent_ = *wanted;
    sent_at_ = now;
    deadline_ = deadline_after(now, timeout);
    pending_.emplace(link.send_probe(sent_, deadline_));
  }

 private:
  using pending_type = decltype(std::declval<T&>().send_probe(std::declval<probe const&>(), time_point{}));

  void end(D& decider) {
    probe_record record{.sent = sent_};
    record.ended = run_clock::now();
    record.time = record.ended - sent_at_;
    pending_type pending = std::move(*pending_);
    pending_.reset();
    try {
      if (pending.ready()) {
        reply const answer = pending.get();
        record.answered = true;
        record.cold = answer.cold;
        if (answer.elapsed > seconds{} && answer.elapsed < record.time) record.time = answer.elapsed;
        record.ended = deadline_after(sent_at_, record.time);
      } else {
        pending.cancel();
      }
    } catch (...) {
      record.answered = false;
    }
    decider.observe(std::as_const(record));
  }

  std::optional<pending_type> pending_;
  probe sent_;
  time_point sent_at_, deadline_;
};

}  // namespace dsc::detail

#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/run/pending.hpp>

namespace dsc {

/// The device's end of a request over an emulated link: an answer is there once its way back has
/// taken as long as the link's parameters say. Failures and cancellations are there at once.
class delayed_reply {
 public:
  /// `delivered` counts the bytes that are on the other side.
  delayed_reply(pending_reply inner, link_parameters const& way_back,
                std::shared_ptr<std::atomic<std::uint64_t> const> delivered)
      : inner_{std::move(inner)}, way_back_{way_back}, delivered_{std::move(delivered)} {}

  bool ready() const {
    std::optional<time_point> const there = arrival();
    return there && run_clock::now() >= *there;
  }

  /// Waits for the answer, or until a moment; tells whether the answer is there.
  bool wait_until(time_point until) { return inner_.wait_until(until) && travel(until); }

  /// The answer, once, with the times that its way back and all took, whenever it is asked for.
  /// Throws what the other end failed with.
  reply get() {
    inner_.wait_until(time_point::max());
    time_point const sent = inner_.settled()->at;
    travel(time_point::max());
    time_point const there = arrival().value_or(sent);
    reply answer = inner_.get();
    answer.return_time = there - sent;
    answer.elapsed = there - inner_.begun();
    return answer;
  }

  /// How many of the request's bytes have passed the link.
  bytes confirmed() const { return bytes{delivered_->load(std::memory_order_relaxed)}; }

  /// Tells the other end that nobody waits any more; `get` throws from now on.
  void cancel() { inner_.cancel(); }

 private:
  std::optional<time_point> arrival() const {
    std::optional<settlement> const settled = inner_.settled();
    if (!settled) return std::nullopt;
    return settled->failed ? settled->at : deadline_after(settled->at, way_back_.return_time(settled->size));
  }

  // Waits out the way back, at most until a moment; a cancellation or the deadline ends it.
  bool travel(time_point until) {
    for (;;) {
      time_point const there = *arrival(), now = run_clock::now();
      if (now >= there) return true;
      if (now >= inner_.deadline())
        inner_.miss_deadline();
      else if (now >= until)
        return false;
      else
        std::this_thread::sleep_until(std::min({there, until, inner_.deadline(), now + detail::cancellation_poll}));
    }
  }

  pending_reply inner_;
  link_parameters way_back_;
  std::shared_ptr<std::atomic<std::uint64_t> const> delivered_;
};

}  // namespace dsc

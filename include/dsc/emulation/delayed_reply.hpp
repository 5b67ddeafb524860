#pragma once

#include <algorithm>
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
  delayed_reply(pending_reply inner, link_parameters const& way_back) : inner_{std::move(inner)}, way_back_{way_back} {}

  bool ready() const {
    std::optional<time_point> const there = arrival();
    return there && run_clock::now() >= *there;
  }

  /// Waits for the answer, or until a moment; tells whether the answer is there.
  bool wait_until(time_point until) { return inner_.wait_until(until) && travel(until); }

  /// The answer, once, with the time that its way back took. Throws what the other end failed with.
  reply get() {
    inner_.wait_until(time_point::max());
    time_point const sent = inner_.settled()->at;
    travel(time_point::max());
    reply answer = inner_.get();
    answer.return_time = run_clock::now() - sent;
    return answer;
  }

  /// Tells the other end that nobody waits any more; `get` throws from now on.
  void cancel() { inner_.cancel(); }

 private:
  std::optional<time_point> arrival() const {
    std::optional<settlement> const settled = inner_.settled();
    if (!settled) return std::nullopt;
    return settled->size == bytes{} ? settled->at : deadline_after(settled->at, way_back_.return_time(settled->size));
  }

  // Waits out the way back, at most until a moment; a cancellation meanwhile ends it.
  bool travel(time_point until) const {
    for (;;) {
      time_point const there = *arrival(), now = run_clock::now();
      if (now >= there) return true;
      if (now >= until) return false;
      std::this_thread::sleep_until(std::min({there, until, now + detail::cancellation_poll}));
    }
  }

  pending_reply inner_;
  link_parameters way_back_;
};

}  // namespace dsc

#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include <dsc/channel/trace.hpp>
#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/detail/elementary.hpp>
#include <dsc/emulation/random.hpp>

namespace dsc {

/// How a simulation differs from what the planner of its truth says.
struct simulation_options {
  double head_noise = 0.02;  ///< spread of the logarithm of the device's times
  double tail_noise = 0.05;  ///< the same of the server's
  double link_noise = 0.02;  ///< the same of the time on the link
  std::uint64_t seed = 1;    ///< the same seed gives every decider the same noise, request by request
  double patience = 2.0;     ///< an answer is late after so many times what was predicted, at most the local time
  seconds least_patience{0.02};
  bool confirms = true;  ///< whether the transport knows how many bytes arrived
  bool probes = true;    ///< whether it can send probes
  bool reports = true;   ///< whether the server reports queue and tail
  server_load load{};    ///< of the server, all the time
};

/// A session without a network in it, in simulated time: what a decider would have lived through
/// over a link with this trace and at sites with these costs. As the real one it finishes on the
/// device when the answer is late, and takes what comes first; a request and a probe share the
/// link, first come first served. Nothing here is told to a decider but the records.
/// Simulated moments are passed to deciders that take them, `decide(batch, now)` and
/// `observe(record, now)`; one that asks a clock itself does not belong here.
template <CostPlanner P>
class simulated_session {
 public:
  simulated_session(P truth, rate_trace link, simulation_options const& options = {})
      : truth_{std::move(truth)}, link_{std::move(link)}, options_{options} {}

  /// Seconds since the trace's beginning.
  seconds time() const { return now_; }
  P const& truth() const { return truth_; }
  rate_trace const& link() const { return link_; }
  simulation_options& options() { return options_; }

  /// Lets time pass until then, if it is not later already.
  void wait_until(seconds moment) { now_ = detail::larger(now_, moment); }

  /// What a request that is made now would take at a split: the answer's time, or `never`.
  seconds time_of(split_point split, batch_size batch) const {
    noise const luck = drawn();
    return course(split, batch, luck, detail::larger(now_, free_)).answered;
  }

  /// Runs a request now, and the probe that is wanted behind it.
  template <Decider D>
  inference_record infer(D& decider, batch_size batch) {
    deliver_probe(decider);
    inference_record record;
    record.batch = batch;
    record.decided = decided_by(decider, batch);
    noise const luck = drawn();
    ++request_;
    run(record, luck);
    now_ += record.total;
    record.ended = moment(now_);
    deliver_probe(decider);
    if constexpr (ObservingDecider<D>) {
      if constexpr (requires { decider.observe(record, record.ended); })
        decider.observe(record, record.ended);
      else
        decider.observe(record);
    }
    send_probe(decider);
    return record;
  }

 private:
  struct noise {
    double head, tail, link;
  };
  struct times {
    seconds head, begun, arrived, tail, answered;  // `begun`: on the link; all but head and tail from the call on
    bytes payload, received;
    seconds way_back;
  };
  struct flight {
    probe_record record;
    seconds done;
  };

  static time_point moment(seconds t) { return deadline_after(time_point{}, t + seconds{1.0}); }

  noise drawn() const {
    splitmix64 random{options_.seed * 1'000'003 + request_};
    auto const factor = [&](double spread) { return detail::exponential(spread * random.normal()); };
    double const head = factor(options_.head_noise), tail = factor(options_.tail_noise);
    return {head, tail, factor(options_.link_noise)};
  }

  template <class D>
  decision decided_by(D& decider, batch_size batch) const {
    if constexpr (requires { decider.decide(batch, moment(now_)); })
      return decider.decide(batch, moment(now_));
    else
      return decider.decide(batch);
  }

  // What happens to a request that nobody gives up, over a link that is free from then on.
  times course(split_point split, batch_size batch, noise const& luck, seconds link_free) const {
    latency_breakdown const plain = truth_.predict(split, batch, fixed_rate{unlimited, link_.parameters()}).latency;
    times t{};
    t.head = luck.head * plain.head;
    t.answered = t.head;
    if (split.layers == truth_.layers()) return t;
    for (split_costs const& row : truth_.costs(batch))
      if (row.split == split) t.payload = row.payload;
    seconds const begin = detail::larger(now_ + t.head, link_free);
    t.begun = begin - now_;
    seconds const end =
        link_.finish(begin, bytes{static_cast<std::uint64_t>(luck.link * static_cast<double>(t.payload.count))});
    t.arrived = end - now_ + link_.parameters().latency;
    t.tail = luck.tail * options_.load.slowdown * plain.tail;
    t.way_back = plain.return_time;
    fixed_rate const byte_a_second{unlimited, {.return_rate = data_rate{1.0}}};
    t.received = bytes{
        static_cast<std::uint64_t>(truth_.predict(split, batch, byte_a_second).latency.return_time.count() + 0.5)};
    t.answered = t.arrived + options_.load.queueing_delay + t.tail + t.way_back;
    return t;
  }

  void run(inference_record& record, noise const& luck) {
    split_point const split = record.decided.plan.split;
    times const t = course(split, record.batch, luck, free_);
    record.observed = {.head = t.head};
    record.total = t.head;
    if (split.layers == truth_.layers()) return;
    seconds const local =
        truth_.predict(split_point{truth_.layers()}, record.batch, fixed_rate{unlimited}).latency.head;
    seconds const rest = luck.head * local - t.head;
    seconds const predicted = record.predicted() - record.decided.plan.latency.head;
    // Nobody waits longer than the device would have needed for all of it.
    seconds const patience =
        predicted > seconds{}
            ? detail::smaller(local, detail::larger(options_.patience * predicted, options_.least_patience))
            : local;
    seconds const late = t.head + patience;
    record.sent = t.payload;
    if (t.answered <= late + rest) {
      answer(record, t);
      free_ = now_ + t.arrived - link_.parameters().latency;
      return;
    }
    record.fallback = "the answer was late";
    record.waited = patience;
    record.total = late + rest;
    record.observed.tail = rest;
    seconds const given_up = now_ + late;
    if (options_.confirms && given_up > now_ + t.begun) {
      double const carried = link_.carried(now_ + t.begun, given_up - link_.parameters().latency);
      record.confirmed =
          bytes{static_cast<std::uint64_t>(detail::smaller(carried, static_cast<double>(t.payload.count)))};
      record.confirmed_within = patience;
    }
    free_ = detail::smaller(given_up, now_ + t.arrived);
  }

  void answer(inference_record& record, times const& t) const {
    record.total = t.answered;
    record.confirmed = record.sent;
    record.confirmed_within = t.arrived - t.head;
    record.received = t.received;
    record.observed.transfer = t.arrived - t.head;
    if (options_.reports) {
      record.observed.queue = options_.load.queueing_delay;
      record.observed.tail = t.tail;
      record.observed.return_time = t.way_back;
    } else {
      record.observed.transfer = t.answered - t.head;
    }
    record.observed.end_to_end = t.answered;
  }

  template <class D>
  void send_probe(D& decider) {
    if constexpr (ProbingDecider<D>) {
      if (!options_.probes || probe_) return;
      std::optional<probe> const wanted = decider.wanted_probe(moment(now_));
      if (!wanted) return;
      constexpr seconds longest{0.5};
      seconds const begin = detail::larger(now_, free_);
      seconds const end = link_.finish(begin, wanted->size);
      seconds const back = end + link_.parameters().latency + link_.parameters().return_latency;
      bool const answered = back - now_ <= longest;
      seconds const done = answered ? back : now_ + longest;
      free_ = answered ? end : done;
      probe_ = flight{{.sent = *wanted, .answered = answered, .time = done - now_, .ended = moment(done)}, done};
    }
  }

  template <class D>
  void deliver_probe(D& decider) {
    if constexpr (ProbingDecider<D>) {
      if (!probe_ || probe_->done > now_) return;
      if constexpr (requires { decider.observe(probe_->record, probe_->record.ended); })
        decider.observe(probe_->record, probe_->record.ended);
      else
        decider.observe(probe_->record);
      probe_.reset();
    }
  }

  P truth_;
  rate_trace link_;
  simulation_options options_;
  std::uint64_t request_ = 0;
  seconds now_{};
  seconds free_{};
  std::optional<flight> probe_;
};

}  // namespace dsc

#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/decide/decider.hpp>
#include <dsc/decide/hedge.hpp>
#include <dsc/decide/lateness.hpp>
#include <dsc/detail/last_output.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/flight.hpp>
#include <dsc/run/prober.hpp>
#include <dsc/run/transport.hpp>

namespace dsc {

struct session_options {
  dsc::hedge hedge = hedge::when_late();
  lateness_options lateness{};
  exit_options exits{};
  seconds probe_timeout{2.0};  ///< after which a probe is given up
};

/// An answer and its record.
template <Tensor T>
struct inference {
  T output;
  inference_record record;
};

/// The device side of dynamic split computing: decides, runs the head, sends `h_l`, and has the
/// answer. It keeps `h_l` until then. Where the answer is late, where the transport fails, and
/// where what comes back is no output of the model, it finishes the tail itself, layer by layer,
/// and looks for the answer in between: nothing is lost. One thread at a time.
template <class M, class D, class T>
class session {
  static_assert(ExecutableModel<M>, "the model of a session must be a dsc::ExecutableModel");
  static_assert(Decider<D>, "the decider of a session, its controller, must be a dsc::Decider");
  static_assert(Transport<T>, "the link of a session must be a dsc::Transport");

 public:
  using tensor_type = tensor_type_t<M>;

  /// The link must outlive the session; requests still under way when the session ends own what
  /// they need. Throws `bad_quantity` for options that mean nothing.
  session(M model, D decider, T& link, session_options const& options = {})
      : model_{std::move(model)},
        decider_{std::move(decider)},
        link_{&link},
        hedge_{options.hedge},
        lateness_{options.lateness},
        exits_{options.exits},
        probe_timeout_{detail::require_not_negative(options.probe_timeout, "the timeout of a session's probes")} {
    exits_.check();
    if constexpr (LinkDescription<T> && LinkAwareDecider<D>) decider_.use_link(link.parameters());
    if constexpr (RoutedTransport<T> && RouteAwareDecider<D>) decider_.use_routes(std::as_const(link).route_count());
  }

  /// `session{model, planner, link}`: with an `adaptive_controller` of the planner, which knows
  /// nothing at the start and learns from what the requests show.
  template <CostPlanner P>
    requires std::same_as<D, adaptive_controller<P>>
  session(M model, P planner, T& link, session_options const& options = {})
      : session{std::move(model), D{std::move(planner)}, link, options} {}

  M const& model() const { return model_; }
  D& decider() { return decider_; }

  /// Runs one batch, samples along the first extent. With a `deadline`, which counts from this
  /// call, the device begins early enough to be done by then, as far as can be known; where it is
  /// missed nothing is thrown, and the record says so. Throws `bad_batch` for bytes that are no
  /// whole number of samples, `bad_quantity` for a deadline that is no time, and what the model and
  /// the planner throw, unless the server answers; never because of the link.
  inference<tensor_type> infer(tensor_type input, seconds deadline = never) {
    time_point const start = run_clock::now();
    if (deadline != never) detail::require_not_negative(deadline, "the deadline of a request");
    inference_record record;
    record.batch = samples_in(tensor_traits<tensor_type>::spec(input).size(), model_traits<M>::input_bytes(model_));
    record.deadline = deadline;
    harmlessly(record, "the decider could not observe", [&] { prober_.look(decider_); });
    record.decided = decide(record.batch, deadline_after(start, deadline));
    split_point const split = record.decided.plan.split;

    time_point const head_start = run_clock::now();
    auto const h =
        std::make_shared<tensor_type const>(model_traits<M>::forward(model_, std::move(input), head_of(split)));
    record.observed = {.head = run_clock::now() - head_start};

    tensor_type answer =
        split.layers == layer_count(model_) ? made_here(*h, record.batch) : answer_of_either(h, record, start);
    record.ended = run_clock::now();
    record.total = record.ended - start;
    tell_decider(record);
    return {std::move(answer), std::move(record)};
  }

 private:
  decision decide(batch_size batch, time_point deadline) {
    if constexpr (DeadlineDecider<D>)
      if (deadline != time_point::max()) return decider_.decide(batch, deadline - run_clock::now());
    return decider_.decide(batch);
  }

  // The server's answer, or the device's where that is there first.
  tensor_type answer_of_either(std::shared_ptr<tensor_type const> const& h, inference_record& record,
                               time_point start) {
    plan const& planned = record.decided.plan;
    if (std::optional<tensor_type> early = exit_early(*h, exits_.before_sending, record)) return std::move(*early);
    harmlessly(record, "the decider could not observe", [&] { prober_.stop(decider_); });
    std::optional<seconds> const tail = lateness_.finish_time(planned, record.batch, predicted_tail(record));
    seconds const late = lateness_.wait(planned, record.batch, tail);
    auto const asked = [&] {
      return request{tail_of(model_, planned.split), {to_wire<tensor_type>(h)}, planned.route};
    };
    detail::flight<T> sent{*link_, asked, useless_after(late, tail), record};
    std::optional<tensor_type> answer =
        taken(sent.answer_by(time_to_begin(sent.sent(), late, tail, record, start)), sent, record);
    if (!answer) answer = exit_late(*h, sent, record);
    if (!answer) answer = finish(*h, sent, record);
    learn(sent, record, late);
    sent.give_up();
    return std::move(*answer);
  }

  // Layer by layer, with a look for the answer after each; in one go where there will be none.
  tensor_type finish(tensor_type const& h, detail::flight<T>& sent, inference_record& record) {
    time_point const begin = run_clock::now();
    split_point const last{layer_count(model_)};
    tensor_type y = h;
    for (split_point at = record.decided.plan.split; at != last;) {
      split_point next = last;
      if (sent.under_way()) next = split_point{at.layers + 1};
      try {
        y = model_traits<M>::forward(model_, std::move(y), layer_span{at, next});
      } catch (...) {  // the server may still do what the device cannot
        if (std::optional<tensor_type> answer = taken(sent.answer_at_last(), sent, record)) {
          record.hedged = run_clock::now() - begin;
          detail::note(record, "the device failed to finish by itself");
          return std::move(*answer);
        }
        throw;
      }
      at = next;
      if (std::optional<tensor_type> answer = taken(sent.answer(), sent, record)) {
        record.hedged = run_clock::now() - begin;
        return std::move(*answer);
      }
    }
    record.observed = {.head = record.observed.head, .tail = run_clock::now() - begin};
    tell_fallback(sent, begin, record);
    return made_here(std::move(y), record.batch);
  }

  static void tell_fallback(detail::flight<T> const& sent, time_point begin, inference_record& record) {
    record.waited = begin - sent.sent();
    record.outpaced = sent.failure().empty();
    record.fallback = !sent.failure().empty() ? sent.failure()
                                              : "no answer within " + std::to_string(record.waited.count()) +
                                                    " s, and the device was done first";
  }

  // The model's early answer, where it is sure enough.
  std::optional<tensor_type> exit_early(tensor_type const& h, std::optional<double> const& sure,
                                        inference_record& record) const {
    if constexpr (ExitingModel<M>) {
      if (!sure) return std::nullopt;
      time_point const begin = run_clock::now();
      auto early = model_traits<M>::early_exit(model_, h, record.decided.plan.split);
      if (!early || !(early->confidence >= *sure)) return std::nullopt;
      record.observed = {.head = record.observed.head, .tail = run_clock::now() - begin};
      record.exit_confidence = early->confidence;
      return std::move(early->output);
    }
    return std::nullopt;
  }

  // The same instead of finishing, where the server's answer is not there.
  std::optional<tensor_type> exit_late(tensor_type const& h, detail::flight<T> const& sent,
                                       inference_record& record) const {
    time_point const begin = run_clock::now();
    std::optional<tensor_type> early = exit_early(h, exits_.when_late, record);
    if (early) tell_fallback(sent, begin, record);
    return early;
  }

  void learn(detail::flight<T> const& sent, inference_record const& record, seconds late) {
    if (!record.fell_back())
      lateness_.answered(record);
    else if (sent.failure().empty())
      lateness_.missed(record, late);
    else
      lateness_.failed(record);
  }

  // When the device begins to finish by itself.
  time_point time_to_begin(time_point sent, seconds late, std::optional<seconds> const& tail,
                           inference_record const& record, time_point start) const {
    if (hedge_.at_once()) return sent;
    time_point const begin = deadline_after(sent, detail::larger(late, hedge_.earliest()));
    if (record.deadline == never) return begin;
    constexpr double caution = 1.1;
    seconds const left = tail ? record.deadline - caution * *tail : seconds{};
    return detail::smaller(begin, deadline_after(start, left));
  }

  // When nobody can want the answer any more; the device is done long before.
  time_point useless_after(seconds late, std::optional<seconds> const& tail) const {
    constexpr double ample = 4.0;
    constexpr seconds at_least{10.0};
    return deadline_after(run_clock::now(), detail::larger(late, hedge_.earliest()) +
                                                detail::larger(ample * tail.value_or(seconds{}), at_least));
  }

  // What the device would need for the rest, by a decider that has a planner.
  std::optional<seconds> predicted_tail(inference_record const& record) const {
    if constexpr (requires { decider_.planner().predict(split_point{}, record.batch, fixed_rate{data_rate{}}); }) {
      try {
        auto const head = [&](split_point split) {
          return decider_.planner().predict(split, record.batch, fixed_rate{data_rate{}}).latency.head;
        };
        return detail::not_below_zero(head(split_point{layer_count(model_)}) - head(record.decided.plan.split));
      } catch (...) {
        return std::nullopt;  // a planner that cannot tell
      }
    }
    return std::nullopt;
  }

  // The server's answer, once it has been looked at; nothing, with the reason, where it is none.
  std::optional<tensor_type> taken(std::optional<reply> const& got, detail::flight<T>& sent,
                                   inference_record& record) const {
    if (!got) return std::nullopt;
    time_point const now = run_clock::now();
    try {
      tensor_type answer = checked_answer(only_tensor(got->tensors, "the answer"), record.batch);
      observe(*got, now - sent.sent(), record);
      return answer;
    } catch (std::exception const& failure) {
      sent.refuse("the transport failed: " + detail::reason_of(failure));
    } catch (...) {
      sent.refuse("the transport failed without saying why");
    }
    if (record.confirmed == bytes{}) record.confirmed_within = now - sent.sent();
    return std::nullopt;
  }

  // `away`: from sending until the answer was in hand.
  static void observe(reply const& got, seconds away, inference_record& record) {
    auto const figure = [&](seconds time, char const* name) {
      if (detail::is_finite(time.count()) && time >= seconds{}) return time;
      detail::note(record, "the transport told a " + std::string{name} + " of " + std::to_string(time.count()) +
                               " s, which counts as 0");
      return seconds{};
    };
    seconds const queue = figure(got.queue, "queue"), tail = figure(got.tail, "tail"),
                  way_back = figure(got.return_time, "return time"), elapsed = figure(got.elapsed, "time away");
    // The device may have been at work when the answer came.
    if (elapsed > seconds{}) away = detail::smaller(away, elapsed);
    record.observed = {.head = record.observed.head,
                       .transfer = detail::not_below_zero(away - queue - tail - way_back),
                       .queue = queue,
                       .tail = tail,
                       .return_time = way_back};
    record.confirmed = record.sent;
    record.confirmed_within = away;
    record.received = total_size(got.tensors);
    record.cold = got.cold;
  }

  // What came back, if it is an output of the model: as large, of its type and of its shape where
  // these are known, from the model or from an output that was made here.
  tensor_type checked_answer(wire_tensor const& wire, batch_size batch) const {
    bytes const due = batch * representation_bytes(model_, split_point{layer_count(model_)});
    if (wire.data.size() != due)
      throw error{errc::transport_failed, "the answer is " + std::to_string(wire.data.size().count) +
                                              " bytes instead of " + std::to_string(due.count)};
    tensor_type answer = from_wire<tensor_type>(wire);
    tensor_spec const spec = tensor_traits<tensor_type>::spec(answer);
    if constexpr (OutputDescribingModel<M>) {
      tensor_spec const expected = model_traits<M>::output_spec(model_, batch);
      detail::require_output(spec == expected, spec, expected);
    } else {
      last_output_.require_same_kind(spec, batch);
    }
    return answer;
  }

  tensor_type made_here(tensor_type output, batch_size batch) {
    last_output_.learn(tensor_traits<tensor_type>::spec(output), batch);
    return output;
  }

  void tell_decider(inference_record& record) {
    if constexpr (ObservingDecider<D>)
      harmlessly(record, "the decider could not observe", [&] { decider_.observe(std::as_const(record)); });
    harmlessly(record, "the link could not be probed", [&] { prober_.send(decider_, *link_, probe_timeout_); });
  }

  static void harmlessly(inference_record& record, char const* failed, auto const& step) {
    try {
      step();
    } catch (std::exception const& failure) {
      detail::note(record, std::string{failed} + ": " + detail::reason_of(failure));
    } catch (...) {
      detail::note(record, std::string{failed} + " and did not say why");
    }
  }

  M model_;
  D decider_;
  T* link_;
  hedge hedge_;
  lateness lateness_;
  exit_options exits_;
  seconds probe_timeout_;
  detail::prober<D, T> prober_;
  detail::last_output last_output_;
};

template <class M, CostPlanner P, class T>
session(M, P, T&, session_options const& = {}) -> session<M, adaptive_controller<P>, T>;

}  // namespace dsc

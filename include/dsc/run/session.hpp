#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <dsc/decide/decider.hpp>
#include <dsc/detail/last_output.hpp>
#include <dsc/detail/order.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/transport.hpp>

namespace dsc {

/// How long a session waits for an answer before it finishes by itself: `max(floor, factor ·
/// predicted time after the head)`, and `floor` where the prediction is `never`.
struct reply_timeout {
  double factor = 4.0;
  seconds floor{0.5};
};

/// An answer and its record.
template <Tensor T>
struct inference {
  T output;
  inference_record record;
};

/// The device side of dynamic split computing: decides, runs the head, sends `h_l`, and has the
/// answer. It keeps `h_l` until then, and finishes the tail itself where the transport fails or
/// misses its deadline, or where what comes back is no output of the model: nothing is lost. One
/// thread at a time.
template <class M, class D, class T>
class session {
  static_assert(ExecutableModel<M>, "the model of a session must be a dsc::ExecutableModel");
  static_assert(Decider<D>, "the decider of a session, its controller, must be a dsc::Decider");
  static_assert(Transport<T>, "the link of a session must be a dsc::Transport");

 public:
  using tensor_type = tensor_type_t<M>;

  /// The link must outlive the session; requests still under way when the session ends own what
  /// they need.
  session(M model, D decider, T& link, reply_timeout const& timeout = {})
      : model_{std::move(model)}, decider_{std::move(decider)}, link_{&link}, timeout_{timeout} {
    detail::require_not_negative(timeout.factor, "the reply_timeout factor of a session");
    detail::require_not_negative(timeout.floor, "the reply_timeout floor of a session");
    if constexpr (LinkDescription<T> && LinkAwareDecider<D>) decider_.use_link(link.parameters());
  }

  M const& model() const { return model_; }
  D& decider() { return decider_; }

  /// Runs one batch, samples along the first extent. Throws `bad_batch` for bytes that are no whole
  /// number of samples, and what the model and the planner throw; never because of the link.
  inference<tensor_type> infer(tensor_type input) {
    time_point const start = run_clock::now();
    inference_record record;
    record.batch = samples_in(tensor_traits<tensor_type>::spec(input).size(), model_traits<M>::input_bytes(model_));
    record.decided = decider_.decide(record.batch);
    split_point const split = record.decided.plan.split;

    time_point const head_start = run_clock::now();
    auto const h =
        std::make_shared<tensor_type const>(model_traits<M>::forward(model_, std::move(input), head_of(split)));
    time_point const head_end = run_clock::now();
    record.observed = {.head = head_end - head_start};

    std::optional<tensor_type> answer;
    if (split.layers == layer_count(model_))
      answer = made_here(*h, record.batch);
    else
      answer = ask(h, record, head_end);
    if (!answer) answer = finish_here(*h, record, head_end);
    record.total = run_clock::now() - start;
    tell_decider(record);
    return {std::move(*answer), std::move(record)};
  }

 private:
  // The server's answer; nothing, with the reason in the record, where there is none in time.
  std::optional<tensor_type> ask(std::shared_ptr<tensor_type const> const& h, inference_record& record,
                                 time_point sent) {
    try {
      time_point const deadline = deadline_after(sent, time_to_wait(record.decided.plan.latency));
      request asked{tail_of(model_, record.decided.plan.split), {to_wire<tensor_type>(h)}};
      record.sent = asked.size();
      auto pending = link_->submit(std::move(asked), deadline);
      try {
        if (pending.wait_until(deadline)) return received(pending.get(), record, sent);
      } catch (...) {
        cancel(pending, record);
        throw;
      }
      cancel(pending, record);
      record.fallback = "the answer missed its deadline of " + std::to_string(seconds{deadline - sent}.count()) + " s";
    } catch (std::exception const& failure) {
      record.fallback = "the transport failed: " + detail::reason_of(failure);
    } catch (...) {
      record.fallback = "the transport failed without saying why";
    }
    return std::nullopt;
  }

  // Before the device runs the tail, so that the server need not. That is only sound because a
  // `cancel` does not wait, by the laws of Transport; one that does delays the answer and is told.
  static void cancel(PendingReply auto& pending, inference_record& record) {
    constexpr seconds noticeable{0.05};
    time_point const start = run_clock::now();
    pending.cancel();
    if (seconds const taken = run_clock::now() - start; taken > noticeable)
      note(record, "the answer was delayed by " + std::to_string(taken.count()) +
                       " s in the transport's cancel, which must not wait; let a thread of its own tell the server");
  }

  tensor_type received(reply const& got, inference_record& record, time_point sent) const {
    tensor_type answer = checked_answer(only_tensor(got.tensors, "the answer"), record.batch);
    seconds const away = run_clock::now() - sent;
    auto const figure = [&](seconds time, char const* name) {
      if (detail::is_finite(time.count()) && time >= seconds{}) return time;
      note(record, "the transport told a " + std::string{name} + " of " + std::to_string(time.count()) +
                       " s, which counts as 0");
      return seconds{};
    };
    seconds const queue = figure(got.queue, "queue"), tail = figure(got.tail, "tail"),
                  way_back = figure(got.return_time, "return time");
    record.observed = {.head = record.observed.head,
                       .transfer = detail::not_below_zero(away - queue - tail - way_back),
                       .queue = queue,
                       .tail = tail,
                       .return_time = way_back};
    return answer;
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

  tensor_type finish_here(tensor_type const& h, inference_record& record, time_point sent) {
    time_point const give_up = run_clock::now();
    tensor_type answer = model_traits<M>::forward(model_, h, tail_of(model_, record.decided.plan.split));
    record.observed = {.head = record.observed.head, .transfer = give_up - sent, .tail = run_clock::now() - give_up};
    return made_here(std::move(answer), record.batch);
  }

  tensor_type made_here(tensor_type output, batch_size batch) {
    last_output_.learn(tensor_traits<tensor_type>::spec(output), batch);
    return output;
  }

  void tell_decider(inference_record& record) {
    if constexpr (ObservingDecider<D>) {
      try {
        decider_.observe(std::as_const(record));
      } catch (std::exception const& failure) {
        note(record, "the decider could not observe: " + detail::reason_of(failure));
      } catch (...) {
        note(record, "the decider could not observe and did not say why");
      }
    }
  }

  static void note(inference_record& record, std::string const& sentence) {
    record.warning += (record.warning.empty() ? "" : "; ") + sentence;
  }

  seconds time_to_wait(latency_breakdown const& predicted) const {
    seconds const remote = predicted.total() - predicted.head;
    return remote == never ? timeout_.floor : detail::larger(timeout_.floor, timeout_.factor * remote);
  }

  M model_;
  D decider_;
  T* link_;
  reply_timeout timeout_;
  detail::last_output last_output_;
};

}  // namespace dsc

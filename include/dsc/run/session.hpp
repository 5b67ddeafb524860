#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include <dsc/detail/order.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/controller.hpp>

namespace dsc {

/// How long a session waits for an answer before it finishes by itself: `max(floor, factor ·
/// predicted time after the head)`, and `floor` where the prediction is `never`.
struct reply_timeout {
  double factor = 4.0;
  seconds floor{0.5};
};

/// What was predicted for one batch and what happened. Observed times come from clocks alone, never
/// from the prediction.
struct inference_record {
  batch_size batch;
  decision decided;  ///< the plan with its prediction, and the rate and load it was made from
  latency_breakdown
      observed;  ///< where the session finished by itself: `transfer` is the wait for nothing, `tail` the device's own
  seconds total{};       ///< from the call to the answer
  std::string fallback;  ///< why the session finished by itself; empty where it did not have to

  seconds predicted() const { return decided.plan.latency.total(); }
  bool fell_back() const { return !fallback.empty(); }
};

/// An answer and its record.
template <Tensor T>
struct inference {
  T output;
  inference_record record;
};

/// The device side of dynamic split computing: decides, runs the head, sends `h_l`, and has the
/// answer. It keeps `h_l` until then, and finishes the tail itself where the transport fails or
/// misses its deadline: nothing is lost. One thread at a time.
template <ExecutableModel M, Decider D, Transport T>
class session {
 public:
  using tensor_type = tensor_type_t<M>;

  /// The link must outlive the session; requests still under way when the session ends own what
  /// they need.
  session(M model, D decider, T& link, reply_timeout const& wait = {})
      : model_{std::move(model)}, decider_{std::move(decider)}, link_{&link}, timeout_{wait} {
    detail::require_not_negative(wait.factor, "the reply_timeout factor of a session");
    detail::require_not_negative(wait.floor, "the reply_timeout floor of a session");
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
    record.observed.head = head_end - head_start;

    std::optional<tensor_type> answer;
    if (split.layers == layer_count(model_))
      answer = *h;
    else
      answer = ask(h, record, head_end);
    if (!answer) answer = finish_here(*h, record, head_end);
    record.total = run_clock::now() - start;
    return {std::move(*answer), std::move(record)};
  }

 private:
  // The server's answer; nothing, with the reason in the record, where there is none in time.
  std::optional<tensor_type> ask(std::shared_ptr<tensor_type const> const& h, inference_record& record,
                                 time_point sent) {
    try {
      time_point const deadline = deadline_after(sent, time_to_wait(record.decided.plan.latency));
      auto pending = link_->submit(request{record.decided.plan.split, to_wire<tensor_type>(h)}, deadline);
      try {
        if (pending.wait_until(deadline)) return received(pending.get(), record, sent);
      } catch (...) {
        pending.cancel();
        throw;
      }
      pending.cancel();
      record.fallback = "the answer missed its deadline of " + std::to_string(seconds{deadline - sent}.count()) + " s";
    } catch (std::exception const& failure) {
      record.fallback = failure.what();
    } catch (...) {
      record.fallback = "the transport failed without saying why";
    }
    return std::nullopt;
  }

  tensor_type received(reply const& got, inference_record& record, time_point sent) const {
    tensor_type answer = checked_answer(got.tensor, record.batch);
    seconds const away = run_clock::now() - sent;
    record.observed.queue = got.queue;
    record.observed.tail = got.tail;
    record.observed.return_time = got.return_time;
    record.observed.transfer = detail::larger(seconds{}, away - got.queue - got.tail - got.return_time);
    return answer;
  }

  tensor_type checked_answer(wire_tensor const& wire, batch_size batch) const {
    bytes const due = batch * representation_bytes(model_, split_point{layer_count(model_)});
    if (wire.data.size() != due)
      throw error{errc::transport_failed, "the answer is " + std::to_string(wire.data.size().count) +
                                              " bytes instead of " + std::to_string(due.count)};
    return from_wire<tensor_type>(wire);
  }

  tensor_type finish_here(tensor_type const& h, inference_record& record, time_point sent) const {
    time_point const give_up = run_clock::now();
    tensor_type answer = model_traits<M>::forward(model_, h, tail_of(record.decided.plan.split, layer_count(model_)));
    record.observed.transfer = give_up - sent;
    record.observed.tail = run_clock::now() - give_up;
    return answer;
  }

  seconds time_to_wait(latency_breakdown const& predicted) const {
    seconds const remote = predicted.total() - predicted.head;
    return remote == never ? timeout_.floor : detail::larger(timeout_.floor, timeout_.factor * remote);
  }

  M model_;
  D decider_;
  T* link_;
  reply_timeout timeout_;
};

}  // namespace dsc

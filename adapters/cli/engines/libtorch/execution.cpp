#include <algorithm>
#include <chrono>
#include <memory>

#include <fmt/format.h>

#include <dsc/libtorch/device.hpp>

#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/emulation/throttled.hpp>

#include "console/console.hpp"
#include "console/quantities.hpp"
#include "engines/libtorch/model.hpp"
#include "planning/later_trace.hpp"
#include "running/experiment.hpp"

namespace dsc::cli {
namespace {

// The conditions under which a request is made; every session looks at the same ones.
struct conditions {
  seconds time{};  // in the trace
  data_rate rate;
  server_load load;
  emulated_link* link = nullptr;

  delayed_reply submit(request asked, time_point deadline) { return link->submit(std::move(asked), deadline); }
};

struct rate_now {
  conditions const* now;
  std::optional<data_rate> operator()() const { return now->rate; }
};
struct load_now {
  conditions const* now;
  server_load operator()() const { return now->load; }
};

// A controller whose clock is the trace's, so that requests may be run one strategy after the
// other; one that follows a plan; or one that never changes its mind.
class chooser {
 public:
  chooser(experiment const& plan, strategy const& how, conditions const& now)
      : dynamic_{plan.planner,
                 rate_now{&now},
                 load_now{&now},
                 {.hysteresis = plan.rules, .link = plan.trace.parameters()}},
        split_{how.split},
        policy_{how.policy},
        parameters_{plan.trace.parameters()},
        now_{&now} {}

  decision decide(batch_size batch) {
    if (!split_ && !policy_) return dynamic_.decide(batch, deadline_after(time_point{}, now_->time));
    split_point const split = split_ ? *split_ : split_at(*policy_, batch, now_->rate);
    return {dynamic_.planner().predict(split, batch, fixed_rate{now_->rate, parameters_}, now_->load), now_->rate,
            now_->load};
  }

 private:
  controller<profile_planner, rate_now, load_now> dynamic_;
  std::optional<split_point> split_;
  std::shared_ptr<plan_document const> policy_;
  link_parameters parameters_;
  conditions const* now_;
};

at::Tensor tensor_of(batch_input const& input) { return tensor_traits<at::Tensor>::make(input.spec, input.data); }

std::vector<std::byte> bytes_of(at::Tensor const& tensor) {
  auto const data = tensor_traits<at::Tensor>::data(tensor);
  return {data.begin(), data.end()};
}

// First passes allocate and choose kernels, at each batch size anew; they are nobody's latency.
// Both sites, as each has a thread of its own.
template <ExecutableModel M>
void warm_up(experiment const& plan, M const& model, tail_service<M>& tails) {
  std::vector<std::int64_t> seen;
  for (std::size_t i = 0; i < std::min(plan.requests, plan.batches.size()); ++i) {
    batch_input const input = plan.input(i);
    if (std::ranges::find(seen, input.spec.shape[0]) != seen.end()) continue;
    seen.push_back(input.spec.shape[0]);
    auto const x = std::make_shared<at::Tensor const>(tensor_of(input));
    model.forward(*x, head_of(split_point{layer_count(model)}));
    emulated_link open{fixed_rate{megabytes_per_second(1e6)}, tails};
    open.submit({tail_of(model, split_point{0}), {to_wire<at::Tensor>(x)}}, time_point::max()).get();
  }
}

// The times of the device's profile, or the factor.
template <ExecutableModel M>
throttled<M> emulated_device(M const& model, device_emulation const& device) {
  std::function<void()> const synchronize = libtorch::synchronizer(model.execution().device);
  if (!device.times) return throttled<M>{model, device.slowdown, synchronize};
  return throttled<M>{model,
                      [times = *device.times](layer_span span, batch_size batch) { return times.time(span, batch); },
                      synchronize};
}

// A device faster than this machine cannot be emulated: once, on the whole network and the first
// batch, both are compared. Everything is warm by then.
template <ExecutableModel M>
void check_can_be_emulated(experiment const& plan, M const& model) {
  if (!plan.device.times) return;
  constexpr double tolerated = 1.1;
  batch_input const input = plan.input(0);
  layer_span const whole = head_of(split_point{layer_count(model)});
  at::Tensor const x = tensor_of(input);
  std::function<void()> const synchronize = libtorch::synchronizer(model.execution().device);
  auto const start = std::chrono::steady_clock::now();
  model.forward(x, whole);
  if (synchronize) synchronize();
  seconds const here = std::chrono::steady_clock::now() - start,
                there = plan.device.times->time(whole, plan.batches[0]);
  if (here <= tolerated * there) return;
  warn(
      fmt::format("the device's profile has {} ms for a batch of {}, but this machine takes {} ms and cannot act as a "
                  "faster one: heads will take this machine's time",
                  in_ms(there), plan.batches[0].count, in_ms(here)));
}

template <ExecutableModel M>
void execute_on(M const& model, experiment const& plan, std::function<void(outcome)> const& tell) {
  throttled<M> const device = emulated_device(model, plan.device);
  tail_service<M> tails{model};
  warm_up(plan, model, tails);
  check_can_be_emulated(plan, model);
  tails.set_load(plan.load);

  conditions now;
  now.load = plan.load;
  std::vector<session<throttled<M>, chooser, conditions>> sessions;
  for (strategy const& one : plan.strategies) sessions.emplace_back(device, chooser{plan, one, now}, now);
  for (std::size_t i = 0; i < plan.requests; ++i) {
    batch_input const input = plan.input(i);
    at::Tensor const x = tensor_of(input);
    rate_trace const trace = later(plan.trace, input.time);
    now.time = input.time;
    now.rate = trace.rate_at(seconds{});
    for (std::size_t k = 0; k < sessions.size(); ++k) {
      std::size_t const turn = (i + k) % sessions.size();  // nobody always comes after the same one
      emulated_link link{trace, tails};
      now.link = &link;
      auto const [answer, record] = sessions[turn].infer(x);
      tell({i, turn, input.time, record, tensor_traits<at::Tensor>::spec(answer), bytes_of(answer)});
    }
  }
}

}  // namespace

void execute(experiment const& plan, std::function<void(outcome)> const& tell) {
  std::visit([&](auto const& model) { execute_on(model, plan, tell); }, libtorch_model_of(plan.model, plan.execution));
}

}  // namespace dsc::cli

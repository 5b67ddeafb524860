#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include <dsc/emulation/tail_service.hpp>
#include <dsc/emulation/throttled.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/session.hpp>

#include "planning/later_trace.hpp"
#include "running/chooser.hpp"
#include "running/connection.hpp"
#include "running/experiment.hpp"
#include "running/learning_chooser.hpp"

/// An experiment on the model of any engine.
namespace dsc::cli {

/// Warns where a whole pass took so long here that a device which takes `device_time` cannot be
/// stood for.
void warn_of_slower_machine(seconds pass, seconds device_time, batch_size batch);

namespace running {

template <ExecutableModel M>
tensor_type_t<M> tensor_of(batch_input const& input) {
  return tensor_traits<tensor_type_t<M>>::make(input.spec, input.data);
}

// Calls `pass` with an input of every batch size that will come: first passes allocate and choose
// kernels, at each size anew, and are nobody's latency.
template <ExecutableModel M, class Pass>
void for_each_batch_size(experiment const& setup, Pass const& pass) {
  std::vector<batch_size> warm;
  for (std::size_t i = 0; i < std::min(setup.requests, setup.batches.size()); ++i) {
    if (std::ranges::find(warm, setup.batches[i]) != warm.end()) continue;
    warm.push_back(setup.batches[i]);
    pass(tensor_of<M>(setup.input(i)));
  }
}

// Both sites, as each has a thread of its own.
template <ExecutableModel M>
void warm_up(experiment const& setup, M const& model, tail_service<M>& tails) {
  using tensor = tensor_type_t<M>;
  for_each_batch_size<M>(setup, [&](tensor input) {
    auto const x = std::make_shared<tensor const>(std::move(input));
    model_traits<M>::forward(model, tensor{*x}, head_of(split_point{layer_count(model)}));
    emulated_link open{fixed_rate{megabytes_per_second(1e6)}, tails};
    open.submit({tail_of(model, split_point{0}), {to_wire<tensor>(x)}}, time_point::max()).get();
  });
}

// The times of the device's profile, or the factor.
template <ExecutableModel M>
throttled<M> emulated_device(M const& model, device_emulation const& device, std::function<void()> const& synchronize) {
  if (!device.times) return throttled<M>{model, device.slowdown, synchronize};
  return throttled<M>{model,
                      [times = *device.times](layer_span span, batch_size batch) { return times.time(span, batch); },
                      synchronize};
}

// A device faster than this machine cannot be emulated: once, on the whole network and the first
// batch, both are compared. Everything is warm by then.
template <ExecutableModel M>
void check_can_be_emulated(experiment const& setup, M const& model, std::function<void()> const& synchronize) {
  if (!setup.device.times) return;
  layer_span const whole = head_of(split_point{layer_count(model)});
  tensor_type_t<M> x = tensor_of<M>(setup.input(0));
  auto const start = std::chrono::steady_clock::now();
  model_traits<M>::forward(model, std::move(x), whole);
  if (synchronize) synchronize();
  seconds const pass = std::chrono::steady_clock::now() - start;
  warn_of_slower_machine(pass, setup.device.times->time(whole, setup.batches[0]), setup.batches[0]);
}

// A fixed split stands for what it costs to stay with it, so its answers are waited for; the device
// helps out where a link is dead.
inline session_options options_of(strategy const& each) {
  return {.hedge = each.split ? hedge::never_before(seconds{0.5}) : hedge::when_late()};
}

}  // namespace running

/// Really runs it over a network: heads here, tails at the servers of `setup.remote`. Request by
/// request, every strategy in turn.
template <ExecutableModel M>
void execute_over_network(M const& model, experiment const& setup, std::function<void()> const& synchronize,
                          std::function<void(outcome)> const& tell) {
  using traits = tensor_traits<tensor_type_t<M>>;
  remote_servers const& servers = setup.remote.value();
  throttled<M> const device = running::emulated_device(model, setup.device, synchronize);
  running::for_each_batch_size<M>(setup, [&](tensor_type_t<M> x) {
    model_traits<M>::forward(model, std::move(x), head_of(split_point{layer_count(model)}));
  });
  std::vector<session<throttled<M>, learning_chooser, connection>> sessions;
  for (std::size_t k = 0; k < setup.strategies.size(); ++k)
    sessions.emplace_back(device, learning_chooser{setup, setup.strategies[k], servers.planners[k]}, *servers.link);
  time_point const start = run_clock::now();
  for (std::size_t i = 0; i < setup.requests; ++i) {
    std::this_thread::sleep_until(deadline_after(start, static_cast<double>(i) * servers.interval));
    tensor_type_t<M> const x = running::tensor_of<M>(setup.input(i));
    for (std::size_t k = 0; k < sessions.size(); ++k) {
      std::size_t const turn = (i + k) % sessions.size();
      seconds const time = run_clock::now() - start;
      auto const [answer, record] = sessions[turn].infer(x);
      auto const bytes = traits::data(answer);
      tell({i, turn, time, record, traits::spec(answer), {bytes.begin(), bytes.end()}});
    }
  }
}

/// Really runs it: heads on an emulated device, bytes over an emulated link, tails at an emulated
/// server, all in this process. Request by request, every strategy in turn, each with a link of its
/// own whose trace begins at the request's time: all of them meet the same conditions. `tell` hears
/// of every outcome as soon as it is there. `synchronize` waits until a device with a queue has
/// finished; empty for one without. Warns where the device to emulate is faster than this machine.
template <ExecutableModel M>
void execute(M const& model, experiment const& setup, std::function<void()> const& synchronize,
             std::function<void(outcome)> const& tell) {
  using traits = tensor_traits<tensor_type_t<M>>;
  if (setup.remote) return execute_over_network(model, setup, synchronize, tell);
  throttled<M> const device = running::emulated_device(model, setup.device, synchronize);
  tail_service<M> tails{model};
  running::warm_up(setup, model, tails);
  running::check_can_be_emulated(setup, model, synchronize);
  tails.set_load(setup.load);

  request_conditions now;
  now.load = setup.load;
  std::vector<session<throttled<M>, chooser, request_conditions>> sessions;
  for (strategy const& each : setup.strategies)
    sessions.emplace_back(device, chooser{setup, each, now}, now, running::options_of(each));
  for (std::size_t i = 0; i < setup.requests; ++i) {
    batch_input const input = setup.input(i);
    tensor_type_t<M> const x = running::tensor_of<M>(input);
    rate_trace const trace = later(setup.trace, input.time);
    now.time = input.time;
    now.rate = trace.rate_at(seconds{});
    for (std::size_t k = 0; k < sessions.size(); ++k) {
      std::size_t const turn = (i + k) % sessions.size();  // nobody always comes after the same one
      emulated_link link{trace, tails};
      now.link = &link;
      auto const [answer, record] = sessions[turn].infer(x);
      auto const bytes = traits::data(answer);
      tell({i, turn, input.time, record, traits::spec(answer), {bytes.begin(), bytes.end()}});
    }
  }
}

}  // namespace dsc::cli

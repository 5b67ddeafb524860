#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <utility>
#include <vector>

#include <dsc/run/wire.hpp>

namespace dsc {

/// The clock of everything that runs.
using run_clock = std::chrono::steady_clock;
using time_point = run_clock::time_point;

/// A span of time from now on, as a moment; times too long for the clock end at its last moment.
constexpr time_point deadline_after(time_point from, seconds time) {
  using ticks = run_clock::duration;
  std::chrono::duration<double, ticks::period> const wait = time;
  if (!(wait.count() < 0x1p62)) return time_point::max();
  ticks const added{static_cast<ticks::rep>(detail::larger(wait.count(), -0x1p62))};
  bool const past_the_end = from > time_point{} && added > time_point::max() - from;
  return past_the_end ? time_point::max() : from + added;
}

/// What the device asks of the server: run these layers on these tensors, of which there is one
/// today. The request owns its bytes.
struct request {
  layer_span layers;
  std::vector<wire_tensor> tensors;

  bytes size() const { return total_size(tensors); }
};

/// What the server answers, with what was observed on its side; 0 where a transport cannot tell.
struct reply {
  std::vector<wire_tensor> tensors;
  seconds queue{};        ///< between arrival and the first layer
  seconds tail{};         ///< in the layers
  seconds return_time{};  ///< the answer's way back
};

/// A request under way.
template <class P>
concept PendingReply = std::movable<P> && requires(P& pending, P const& seen, time_point until) {
  { seen.ready() } -> std::same_as<bool>;
  { pending.wait_until(until) } -> std::same_as<bool>;  // whether it is ready
  { pending.get() } -> std::same_as<reply>;             // blocks; throws dsc::error where the request failed
  { pending.cancel() };  // nobody waits any more; the request's bytes are let go of in time
};

/// Really moves tensors. Laws: `submit` does not wait for the answer; a request's bytes are read
/// only while the request is held; after `cancel`, and after the transport's end, `get` throws at
/// once.
template <class T>
concept Transport = requires(T& transport, request asked, time_point deadline) {
  { transport.submit(std::move(asked), deadline) } -> PendingReply;
};

}  // namespace dsc

#pragma once

#include <chrono>
#include <concepts>

#include <dsc/run/wire.hpp>

namespace dsc {

/// The clock of everything that runs.
using run_clock = std::chrono::steady_clock;
using time_point = run_clock::time_point;

/// A span of time from now on, as a moment; times too long for the clock end at its last moment.
inline time_point deadline_after(time_point from, seconds time) {
  seconds const room = time_point::max() - from;
  return time >= room ? time_point::max() : from + std::chrono::duration_cast<run_clock::duration>(time);
}

/// What the device asks of the server: run the layers [split, L) on this tensor. The request owns
/// its bytes.
struct request {
  split_point split;
  wire_tensor tensor;
};

/// What the server answers, with what was observed on its side; 0 where a transport cannot tell.
struct reply {
  wire_tensor tensor;
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
/// only while the request is held; after `cancel`, and after the transport's end, `get` throws.
template <class T>
concept Transport = requires(T& transport, request what, time_point deadline) {
  { transport.submit(std::move(what), deadline) } -> PendingReply;
};

}  // namespace dsc

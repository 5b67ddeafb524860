#pragma once

#include <chrono>
#include <concepts>

#include <dsc/run/wire.hpp>

namespace dsc {

/// The clock of everything that runs.
using run_clock = std::chrono::steady_clock;
using moment = run_clock::time_point;

/// A span of time from now on, as a moment; times too long for the clock end at its last moment.
inline moment after(moment from, seconds time) {
  seconds const room = moment::max() - from;
  return time >= room ? moment::max() : from + std::chrono::duration_cast<run_clock::duration>(time);
}

/// What the device asks of the server: run the layers [split, L) on this tensor. The request owns its bytes.
struct request {
  split_point split;
  wire_tensor tensor;
};

/// What the server answers, with what was observed on its side; 0 where a transport cannot tell.
struct reply {
  wire_tensor tensor;
  seconds queue{};   ///< between arrival and the first layer
  seconds tail{};    ///< in the layers
  seconds answer{};  ///< the answer's way back
};

/// A request under way.
template <class P>
concept PendingReply = std::movable<P> && requires(P& pending, P const& seen, moment until) {
  { seen.ready() } -> std::same_as<bool>;
  { pending.wait_until(until) } -> std::same_as<bool>;  // whether it is ready
  { pending.get() } -> std::same_as<reply>;             // blocks; throws dsc::error where the request failed
  { pending.cancel() };                                 // nobody waits any more; the request's bytes are let go of in time
};

/// Really moves tensors. Laws: `submit` does not wait for the answer; a request's bytes are read only while the request is held; after
/// `cancel`, and after the transport's end, `get` throws.
template <class T>
concept Transport = requires(T& transport, request what, moment deadline) {
  { transport.submit(std::move(what), deadline) } -> PendingReply;
};

}  // namespace dsc

#pragma once

#include <concepts>
#include <utility>
#include <vector>

#include <dsc/clock.hpp>
#include <dsc/run/wire.hpp>

namespace dsc {

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

/// Really moves tensors. Laws: `submit` does not wait for the answer, and `cancel` for nothing, as
/// the session's answer would come later by it; a request's bytes are read only while the request
/// is held; after `cancel`, and after the transport's end, `get` throws at once.
template <class T>
concept Transport = requires(T& transport, request asked, time_point deadline) {
  { transport.submit(std::move(asked), deadline) } -> PendingReply;
};

}  // namespace dsc

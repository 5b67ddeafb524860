#pragma once

#include <concepts>
#include <cstddef>
#include <utility>
#include <vector>

#include <dsc/clock.hpp>
#include <dsc/decide/record.hpp>
#include <dsc/run/wire.hpp>

namespace dsc {

/// What the device asks of the server: run these layers on these tensors, of which there is one
/// today. The request owns its bytes.
struct request {
  layer_span layers;
  std::vector<wire_tensor> tensors;
  std::size_t route = 0;  ///< which server of the transport's list

  bytes size() const { return total_size(tensors); }
};

/// What the server answers, with what was observed on its side; 0 where a transport cannot tell.
struct reply {
  std::vector<wire_tensor> tensors;
  seconds queue{};        ///< between arrival and the first layer
  seconds tail{};         ///< in the layers
  seconds return_time{};  ///< the answer's way back
  seconds elapsed{};      ///< from `submit` to the answer by the transport's own clock
  bool cold = false;      ///< the first transfer of a connection
};

/// A request under way.
template <class P>
concept PendingReply = std::movable<P> && requires(P& pending, P const& seen, time_point until) {
  { seen.ready() } -> std::same_as<bool>;
  { pending.wait_until(until) } -> std::same_as<bool>;  // whether it is ready
  { pending.get() } -> std::same_as<reply>;             // blocks; throws dsc::error where the request failed
  { pending.cancel() };  // nobody waits any more; the request's bytes are let go of in time
};

/// A request under way that knows how many of its bytes the other side has: `confirmed()`.
template <class P>
concept ConfirmingReply = PendingReply<P> && requires(P const& pending) {
  { pending.confirmed() } -> std::same_as<bytes>;
};

/// Really moves tensors. Laws: `submit` does not wait for the answer, and `cancel` for nothing, as
/// the session's answer would come later by it; a request's bytes are read only while the request
/// is held; after `cancel`, after the deadline and after the transport's end `get` throws at once.
template <class T>
concept Transport = requires(T& transport, request asked, time_point deadline) {
  { transport.submit(std::move(asked), deadline) } -> PendingReply;
};

/// A transport to several servers; a request's `route` is one of 0, ..., `route_count() - 1`. One
/// without this has one.
template <class T>
concept RoutedTransport = Transport<T> && requires(T const& transport) {
  { transport.route_count() } -> std::same_as<std::size_t>;
};

/// A transport that can send bytes for nothing: the reply to a probe has no tensors, but `elapsed`.
template <class T>
concept ProbedTransport = Transport<T> && requires(T& transport, probe const& asked, time_point deadline) {
  { transport.send_probe(asked, deadline) } -> PendingReply;
};

}  // namespace dsc

#pragma once

#include <concepts>
#include <cstddef>
#include <optional>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/decide/record.hpp>

namespace dsc {

/// Decides the split of every request: `controller` is one, `fixed_split` another.
template <class D>
concept Decider = requires(D& decider, batch_size batch) {
  { decider.decide(batch) } -> std::same_as<decision>;
};

/// A decider that learns: the session tells it of every request that was answered, by whichever
/// side, before it returns the answer.
template <class D>
concept ObservingDecider =
    Decider<D> && requires(D& decider, inference_record const& record) { decider.observe(record); };

/// A decider that weighs how long a request may take: `decide(batch, time_left)`.
template <class D>
concept DeadlineDecider = Decider<D> && requires(D& decider, batch_size batch, seconds time_left) {
  { decider.decide(batch, time_left) } -> std::same_as<decision>;
};

/// A decider that learns of the link by probes while requests do not tell it. The session asks it
/// after every answer, sends what it wants over a `ProbedTransport`, never while a request waits,
/// and tells it what became of it.
template <class D>
concept ProbingDecider = Decider<D> && requires(D& decider, time_point now, probe_record const& record) {
  { decider.wanted_probe(now) } -> std::same_as<std::optional<probe>>;
  decider.observe(record);
};

/// A link, or a rate source, that knows what its link costs beside the rate.
template <class L>
concept LinkDescription = requires(L const& link) {
  { link.parameters() } -> std::convertible_to<link_parameters>;
};

/// A decider that predicts better when it is told what the link costs beside its rate; the session
/// tells it where the link knows.
template <class D>
concept LinkAwareDecider =
    Decider<D> && requires(D& decider, link_parameters const& parameters) { decider.use_link(parameters); };

/// A decider that chooses among several servers: the session tells it how many routes the transport
/// has.
template <class D>
concept RouteAwareDecider = Decider<D> && requires(D& decider, std::size_t routes) { decider.use_routes(routes); };

/// Always the same split, with a prediction where there is one; without, a session goes by what it
/// has seen of this split.
struct fixed_split {
  split_point split;
  latency_breakdown predicted{};

  decision decide(batch_size) const { return {{{split}, predicted}, {}, {}}; }
};

}  // namespace dsc

#pragma once

#include <concepts>

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

/// Always the same split, with a prediction where there is one; without, a session waits the floor
/// of its timeout for an answer.
struct fixed_split {
  split_point split;
  latency_breakdown predicted{};

  decision decide(batch_size) const { return {{{split}, predicted}, {}, {}}; }
};

}  // namespace dsc

#pragma once

#include <utility>

#include <dsc/concepts.hpp>
#include <dsc/detail/check.hpp>

namespace dsc {

/// How busy a server is.
struct server_load {
  double slowdown = 1.0;     ///< its layers take this many times as long
  seconds queueing_delay{};  ///< what a request waits before its first layer runs

  friend constexpr bool operator==(server_load const&, server_load const&) = default;

  /// Throws `bad_quantity` for a slowdown that is not above 0 and for a negative delay.
  constexpr void check() const {
    detail::require_positive(slowdown, "the slowdown of a loaded server");
    detail::require_not_negative(queueing_delay, "the queueing delay of a loaded server");
  }
};

/// A site under load: `queueing_delay + slowdown · time`, nothing for no layers. Not additive: a
/// request queues once.
template <CostModel C>
class loaded {
 public:
  /// Throws `bad_quantity` as `server_load::check` does.
  constexpr loaded(C inner, server_load const& load) : inner_{std::move(inner)}, load_{load} { load_.check(); }

  constexpr seconds time(layer_span span, batch_size batch) const {
    return span.empty() ? seconds{} : load_.queueing_delay + load_.slowdown * seconds{inner_.time(span, batch)};
  }
  constexpr seconds tail_time(split_point split, batch_size batch) const
    requires TailCostModel<C> && LayerCountingCost<C>
  {
    return split.layers == layer_count()
               ? seconds{}
               : load_.queueing_delay + load_.slowdown * seconds{inner_.tail_time(split, batch)};
  }
  template <class M>
    requires DescribingCost<C, M>
  constexpr bool describes(M const& model) const {
    return inner_.describes(model);
  }
  constexpr std::size_t layer_count() const
    requires LayerCountingCost<C>
  {
    return inner_.layer_count();
  }

 private:
  C inner_;
  server_load load_;
};

}  // namespace dsc

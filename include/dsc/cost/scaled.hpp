#pragma once

#include <utility>

#include <dsc/concepts.hpp>
#include <dsc/detail/check.hpp>

namespace dsc {

/// Another site that takes `factor` times as long: a device six times slower than the machine that
/// was measured.
template <CostModel C>
class scaled {
 public:
  /// Throws `bad_quantity` unless the factor is above 0.
  constexpr scaled(C inner, double factor)
      : inner_{std::move(inner)}, factor_{detail::require_positive(factor, "the factor of a scaled cost")} {}

  constexpr seconds time(layer_span span, batch_size batch) const {
    return factor_ * seconds{inner_.time(span, batch)};
  }
  constexpr seconds layer_time(std::size_t index, batch_size batch) const
    requires AdditiveCostModel<C>
  {
    return factor_ * seconds{inner_.layer_time(index, batch)};
  }
  constexpr seconds tail_time(split_point split, batch_size batch) const
    requires TailCostModel<C>
  {
    return factor_ * seconds{inner_.tail_time(split, batch)};
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
  double factor_;
};

}  // namespace dsc

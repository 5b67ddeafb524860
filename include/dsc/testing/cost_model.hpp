#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include <dsc/concepts.hpp>

namespace dsc::laws {

using violations = std::vector<std::string>;

namespace detail {

inline std::string text(layer_span span, batch_size batch) {
  return "time([" + std::to_string(span.begin.layers) + ", " + std::to_string(span.end.layers) + "), batch " +
         std::to_string(batch.count) + ")";
}

template <class Visit>
void for_each_span(std::size_t layers, std::span<batch_size const> batches, Visit visit) {
  for (batch_size const batch : batches)
    for (std::size_t a = 0; a <= layers; ++a)
      for (std::size_t b = a; b <= layers; ++b) visit(layer_span{split_point{a}, split_point{b}}, batch);
}

}  // namespace detail

/// Over every span of a model of `layers` layers and each of these batch sizes: `time([a, a), B) ==
/// 0`; no time is negative or not a number.
struct check_cost_model_fn {
  violations operator()(CostModel auto const& cost, std::size_t layers, std::span<batch_size const> batches) const {
    violations broken;
    detail::for_each_span(layers, batches, [&](layer_span span, batch_size batch) {
      double const time = seconds{cost.time(span, batch)}.count();
      if (span.empty() && time != 0.0)
        broken.push_back("cost: " + detail::text(span, batch) + " of no layers is not 0");
      if (!(time >= 0.0)) broken.push_back("cost: " + detail::text(span, batch) + " is negative or not a number");
    });
    return broken;
  }
};
inline constexpr check_cost_model_fn check_cost_model{};

/// The laws of a cost model, and over the same spans: `time([a, c)) == sum of layer_time(i)` for i
/// in [a, c), to `tolerance` (relative).
struct check_additive_cost_model_fn {
  violations operator()(AdditiveCostModel auto const& cost, std::size_t layers, std::span<batch_size const> batches,
                        double tolerance = 1e-9) const {
    violations broken = check_cost_model(cost, layers, batches);
    detail::for_each_span(layers, batches, [&](layer_span span, batch_size batch) {
      double sum = 0.0;
      for (std::size_t i = span.begin.layers; i < span.end.layers; ++i)
        sum += seconds{cost.layer_time(i, batch)}.count();
      double const time = seconds{cost.time(span, batch)}.count();
      if (!(std::abs(time - sum) <= tolerance * std::max(std::abs(time), std::abs(sum))))
        broken.push_back("cost: " + detail::text(span, batch) + " is not the sum of its layers' times");
    });
    return broken;
  }
};
inline constexpr check_additive_cost_model_fn check_additive_cost_model{};

}  // namespace dsc::laws

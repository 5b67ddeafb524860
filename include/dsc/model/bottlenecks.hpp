#pragma once

#include <vector>

#include <dsc/model/layers.hpp>

namespace dsc {
namespace detail {

struct compression_ratio_fn {
  template <Model M>
  constexpr double operator()(M const& model, split_point split) const {
    check_split(split, layer_count(model));
    return representation_bytes(model, split) / model_traits<M>::input_bytes(model);
  }
};

struct natural_bottlenecks_fn {
  template <Model M, LayerSelection<M> S = every_layer>
  constexpr std::vector<split_point> operator()(M const& model, S const& select = {}) const {
    std::vector<split_point> bottlenecks;
    for (std::size_t i = 0; i < layer_count(model); ++i) {
      split_point const split{i + 1};
      if (select(layer_at(model, i)) && representation_bytes(model, split) < model_traits<M>::input_bytes(model))
        bottlenecks.push_back(split);
    }
    return bottlenecks;
  }
};

struct compressive_bottlenecks_fn {
  template <Model M, LayerSelection<M> S = every_layer>
  constexpr std::vector<split_point> operator()(M const& model, S const& select = {}) const {
    std::vector<split_point> bottlenecks;
    bytes record = model_traits<M>::input_bytes(model);
    for (split_point const split : natural_bottlenecks_fn{}(model, select)) {
      bytes const size = representation_bytes(model, split);
      if (size >= record) continue;
      record = size;
      bottlenecks.push_back(split);
    }
    return bottlenecks;
  }
};

}  // namespace detail

/// `c_l = |h_l| / |x|` in bytes as transmitted; 1 at `l = 0`. Throws `bad_split` for a split
/// outside the model.
inline constexpr detail::compression_ratio_fn compression_ratio{};

/// The natural bottlenecks, those `l` with `c_l < 1`, ascending, as split points of the whole
/// model. `(model)` judges every layer, `(model, selection)` those that the selection picks.
inline constexpr detail::natural_bottlenecks_fn natural_bottlenecks{};

/// The compressive bottlenecks, ascending: natural bottlenecks smaller than every earlier one
/// (arXiv 2205.11269, section 3). `(model)` judges every layer, `(model, selection)` those that the
/// selection picks.
inline constexpr detail::compressive_bottlenecks_fn compressive_bottlenecks{};

}  // namespace dsc

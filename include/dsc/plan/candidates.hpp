#pragma once

#include <cstdint>
#include <limits>
#include <vector>

#include <dsc/model/bottlenecks.hpp>

namespace dsc {

/// Which split points a planner weighs.
enum class split_filter : std::uint8_t {
  compressive,  ///< the paper's: running records of `|h_l|`, that is {0} ∪ compressive bottlenecks ∪ {L}. Holds an
                ///< optimum of all splits while the device is the slower site on every layer; may
                ///< lose otherwise (a loaded server)
  natural,      ///< {0} ∪ natural bottlenecks ∪ {L}. May lose where `min_split > 0`, and under the same condition as
                ///< `compressive`
  all,          ///< every split point; never loses
  undominated,  ///< every split point that no other one beats in both time and bytes, by the measured costs; never
                ///< loses
};

inline constexpr split_filter compressive = split_filter::compressive;
inline constexpr split_filter natural = split_filter::natural;
inline constexpr split_filter every_split = split_filter::all;
inline constexpr split_filter undominated = split_filter::undominated;

/// What a planner may choose from. Split points are those of the whole model whatever is selected;
/// 0 and L are always among them, as far as `min_split` and `max_split` allow.
template <class Selection = every_layer>
struct candidates {
  split_filter filter = undominated;
  split_point min_split{0};                                        ///< 1 is privacy: raw input never leaves the device
  split_point max_split{std::numeric_limits<std::size_t>::max()};  ///< below L, the device cannot finish alone
  Selection over{};  ///< layers that may be cut after, `zoo::blocks` for one
};

namespace detail {

struct candidate_splits_fn {
  /// With `min_split = m > 0` the records of `compressive` begin at `m`, natural or not: layers
  /// with `c_l ≥ 1` were dominated by `l = 0` only.
  template <Model M, LayerSelection<M> S>
  constexpr std::vector<split_point> operator()(M const& model, candidates<S> const& limits) const {
    std::size_t const layers = layer_count(model);
    check_split(limits.min_split, layers);
    bytes const input = model_traits<M>::input_bytes(model);
    bytes record{std::numeric_limits<std::uint64_t>::max()};
    std::vector<split_point> splits;
    for (std::size_t l = limits.min_split.layers; l <= layers && l <= limits.max_split.layers; ++l) {
      bool const end = l == 0 || l == layers;
      if (!end && !limits.over(layer_at(model, l - 1))) continue;
      bytes const size = representation_bytes(model, split_point{l});
      bool const keep =
          end || (limits.filter == compressive ? size < record : limits.filter != natural || size < input);
      if (keep) splits.push_back(split_point{l});
      if (size < record) record = size;
    }
    if (splits.empty())
      throw error{errc::bad_split, "no split point is left between the smallest (" +
                                       std::to_string(limits.min_split.layers) + ") and the largest (" +
                                       std::to_string(limits.max_split.layers) + ") allowed one; allow more of them"};
    return splits;
  }
};

}  // namespace detail

/// The split points that pass a filter by their sizes alone, ascending; `undominated` passes all
/// here, as it needs costs. Throws `bad_split` where the limits leave none.
inline constexpr detail::candidate_splits_fn candidate_splits{};

}  // namespace dsc

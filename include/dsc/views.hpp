#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <utility>

#include <range/v3/view/cartesian_product.hpp>
#include <range/v3/view/chunk_by.hpp>
#include <range/v3/view/exclusive_scan.hpp>
#include <range/v3/view/filter.hpp>
#include <range/v3/view/iota.hpp>
#include <range/v3/view/single.hpp>
#include <range/v3/view/transform.hpp>
#include <range/v3/view/view.hpp>
#include <range/v3/view/zip.hpp>

#include <dsc/detail/check.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/plan/plan.hpp>

/// The lazy, pipeable face of the library, on range-v3. Views of a model refer to it: it must
/// outlive them.
namespace dsc {

/// A split point as a row of a table.
struct split_row {
  split_point split;
  std::string_view name;  ///< of the layer that the cut follows; "input" at `l = 0`
  bytes size;             ///< `|h_l|` of one sample
  double ratio = 1.0;     ///< `c_l`

  friend constexpr bool operator==(split_row const&, split_row const&) = default;
};

/// States, plans or split points in a row that share one split.
template <class Range>
struct split_run {
  split_point split;
  Range items;  ///< a view of them
};

namespace detail {

// from, from + 1, … to - 1. 32 bits, as the difference type of a wider iota of range-v3 is none
// that the concepts of std know.
inline auto counted(std::size_t from, std::size_t to) {
  return ranges::views::iota(static_cast<std::uint32_t>(from), static_cast<std::uint32_t>(to));
}

// What stands behind the pipe: `model | closure` is `closure.make(model)`.
template <class Make>
struct model_closure {
  Make make;

  template <Model M>
  friend auto operator|(M const& model, model_closure const& self) {
    return self.make(model);
  }
  template <Model M>
  friend auto operator|(M const&& model, model_closure const& self) = delete;  // the view would outlive the model
};
template <class Make>
model_closure(Make) -> model_closure<Make>;

struct split_rows_fn {
  template <Model M>
  auto operator()(M const& model) const {
    auto const row = [at = &model](std::uint32_t l) {
      split_point const split{l};
      return split_row{split, split_name(*at, split), representation_bytes(*at, split), compression_ratio(*at, split)};
    };
    return counted(0, layer_count(model) + 1) | ranges::views::transform(row);
  }
  template <Model M>
  void operator()(M const&& model) const = delete;
};

struct lazy_natural_fn {
  template <Model M, LayerSelection<M> S>
  auto operator()(M const& model, S const& select) const {
    auto const natural = [at = &model, select](split_point split) {
      return select(layer_at(*at, split.layers - 1)) &&
             representation_bytes(*at, split) < model_traits<M>::input_bytes(*at);
    };
    return counted(1, layer_count(model) + 1) |
           ranges::views::transform([](std::uint32_t l) { return split_point{l}; }) | ranges::views::filter(natural);
  }
};

struct lazy_compressive_fn {
  template <Model M, LayerSelection<M> S>
  auto operator()(M const& model, S const& select) const {
    auto const size_of = [at = &model](split_point split) { return representation_bytes(*at, split); };
    auto const smaller = [](bytes a, bytes b) { return b < a ? b : a; };
    auto natural = lazy_natural_fn{}(model, select);
    auto records = natural | ranges::views::transform(size_of) |
                   ranges::views::exclusive_scan(model_traits<M>::input_bytes(model), smaller);
    return ranges::views::zip(natural, records) | ranges::views::filter([size_of](auto const& pair) {
             return size_of(std::get<0>(pair)) < std::get<1>(pair);
           }) |
           ranges::views::transform([](auto const& pair) -> split_point { return std::get<0>(pair); });
  }
};

// The view of a model by one of the above: over all its layers, or, called with a selection, over
// those that it picks.
template <class View>
struct bottleneck_view_fn {
  template <Model M, LayerSelection<M> S = every_layer>
  auto operator()(M const& model, S const& select = {}) const {
    return View{}(model, select);
  }
  template <Model M, LayerSelection<M> S = every_layer>
  void operator()(M const&& model, S const& select = {}) const = delete;

  template <class S>
    requires(!Model<S>)
  constexpr auto operator()(S const& select) const {
    return model_closure{[select](auto const& model) { return View{}(model, select); }};
  }

  template <Model M>
  friend auto operator|(M const& model, bottleneck_view_fn const&) {
    return View{}(model, every_layer{});
  }
  template <Model M>
  friend auto operator|(M const&& model, bottleneck_view_fn const&) = delete;
};

struct splits_view_fn : split_rows_fn {
  template <Model M>
  friend auto operator|(M const& model, splits_view_fn const& self) {
    return self(model);
  }
  template <Model M>
  friend auto operator|(M const&& model, splits_view_fn const&) = delete;
};

struct rates_fn {
  auto operator()(data_rate from, data_rate to, data_rate step) const {
    double const first = require_not_negative(from.bytes_per_second, "the first rate of a range");
    double const last = require_not_negative(to.bytes_per_second, "the last rate of a range");
    double const width = require_positive(step.bytes_per_second, "the step of a range of rates");
    if (last < first) throw error{errc::bad_quantity, "the last rate of a range must not be below the first"};
    double const steps = std::ceil((last - first) / width - 1e-9);
    if (!(steps < 1e9)) throw error{errc::bad_quantity, "a range of rates has at most 10^9 steps; take a larger step"};
    auto const count = static_cast<std::size_t>(std::max(steps, 0.0));
    return counted(0, count + 1) | ranges::views::transform([=](std::uint32_t i) {
             return i == count && count > 0 ? data_rate{last} : data_rate{first + static_cast<double>(i) * width};
           });
  }
};

struct state_grid_fn {
  template <class Batches, class Rates, class Loads>
  auto operator()(Batches&& batches, Rates&& rates, Loads&& loads) const {
    return ranges::views::cartesian_product(std::forward<Batches>(batches), std::forward<Loads>(loads),
                                            std::forward<Rates>(rates)) |
           ranges::views::transform(
               [](auto const& cell) { return state{std::get<0>(cell), std::get<2>(cell), std::get<1>(cell)}; });
  }
  template <class Batches, class Rates>
  auto operator()(Batches&& batches, Rates&& rates) const {
    return (*this)(std::forward<Batches>(batches), std::forward<Rates>(rates), ranges::views::single(server_load{}));
  }
};

struct runs_fn {
  template <ranges::viewable_range Plans>
    requires ranges::forward_range<Plans>
  auto operator()(Plans&& plans) const {
    return ranges::views::all(std::forward<Plans>(plans)) |
           ranges::views::chunk_by([](auto const& a, auto const& b) { return split_of(a) == split_of(b); }) |
           ranges::views::transform([]<class Items>(Items items) {
             return split_run<Items>{split_of(*ranges::begin(items)), std::move(items)};
           });
  }

 private:
  static constexpr split_point split_of(split_point split) { return split; }
  template <class T>
    requires requires(T const& x) { split_point{x.split}; }
  static constexpr split_point split_of(T const& x) {
    return x.split;
  }
};

}  // namespace detail

namespace views {

/// `net | splits`: the split points 0..L as rows.
inline constexpr dsc::detail::splits_view_fn splits{};

/// `net | natural_bottlenecks`, or `net | natural_bottlenecks(selection)`: as the eager function of
/// this name, lazily.
inline constexpr dsc::detail::bottleneck_view_fn<dsc::detail::lazy_natural_fn> natural_bottlenecks{};

/// `net | compressive_bottlenecks`, or `net | compressive_bottlenecks(selection)`: as the eager
/// function of this name, lazily.
inline constexpr dsc::detail::bottleneck_view_fn<dsc::detail::lazy_compressive_fn> compressive_bottlenecks{};

/// `rates(from, to, step)`: from, from + step, … to. Both ends are included: where the steps do not
/// meet `to`, the last one is shorter. Throws `bad_quantity` for rates that are none, a step that
/// is not above 0 and an end below the beginning.
inline constexpr dsc::detail::rates_fn rates{};

/// `state_grid(batches, rates, loads)`: every combination as a `state`; the rate changes fastest,
/// then the load, then the batch size. `state_grid(batches, rates)` is of an idle server.
/// Containers must outlive the grid.
inline constexpr dsc::detail::state_grid_fn state_grid{};

/// `plans | runs`: neighbours with equal splits together, as `split_run`s. Of plans, split points,
/// or anything with a `split`; a plan that is made lazily is made several times, so keep the plans
/// in a vector first.
inline constexpr auto runs = ranges::views::view_closure<dsc::detail::runs_fn>{};

}  // namespace views
}  // namespace dsc

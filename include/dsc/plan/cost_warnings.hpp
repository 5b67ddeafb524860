#pragma once

#include <vector>

#include <dsc/plan/planner.hpp>

namespace dsc {

/// What is strange about the costs of two sites at one batch size. Plans are right for strange
/// costs too; but times that noise made are worth measuring again, and where the device is the
/// faster site the size-only filters (`compressive`, `natural`) may lose.
struct cost_warning {
  enum class kind : std::uint8_t {
    tail_grows,    ///< a tail takes longer than a deeper one would let it: the server's time rises with the split
    device_faster  ///< the device runs the layers between two neighbouring splits faster than the server
  };

  kind what;
  batch_size batch;
  split_point split;   ///< the split with the largest difference to the one before it
  seconds worst{};     ///< that difference
  double share = 0.0;  ///< all such differences together, relative to the server's time of the first candidate's tail
};

namespace detail {

struct cost_warnings_fn {
  /// Differences that are together below `tolerance` of the server's time are left alone: layers of
  /// microseconds are never measured exactly.
  template <CostModel D, CostModel S>
  constexpr std::vector<cost_warning> operator()(planner<D, S> const& planner, batch_size batch,
                                                 double tolerance = 1e-3) const {
    std::vector<split_costs> const rows = planner.costs(batch);
    cost_warning grows{.what = cost_warning::kind::tail_grows, .batch = batch, .split = {}};
    cost_warning faster{.what = cost_warning::kind::device_faster, .batch = batch, .split = {}};
    seconds all_grown{}, all_faster{};
    for (std::size_t i = 1; i < rows.size(); ++i) {
      seconds const at_device = rows[i].head - rows[i - 1].head, at_server = rows[i - 1].tail - rows[i].tail;
      weigh(grows, all_grown, rows[i].split, -at_server);
      weigh(faster, all_faster, rows[i].split, not_below_zero(at_server) - not_below_zero(at_device));
    }
    std::vector<cost_warning> warnings;
    seconds const whole = rows.front().tail;
    for (auto const& [warning, all] : {counted{grows, all_grown}, counted{faster, all_faster}}) {
      if (!(all > tolerance * whole)) continue;
      warnings.push_back(warning);
      warnings.back().share = whole > seconds{} ? all / whole : 1.0;
    }
    return warnings;
  }

 private:
  struct counted {
    cost_warning warning;
    seconds all;
  };

  static constexpr void weigh(cost_warning& warning, seconds& all, split_point split, seconds difference) {
    if (!(difference > seconds{})) return;
    all += difference;
    if (!(difference > warning.worst)) return;
    warning.worst = difference;
    warning.split = split;
  }
};

}  // namespace detail

/// `cost_warnings(planner, batch, tolerance = 0.001)`: what is strange about a planner's costs at
/// one batch size, at most one warning of each kind.
inline constexpr detail::cost_warnings_fn cost_warnings{};

}  // namespace dsc

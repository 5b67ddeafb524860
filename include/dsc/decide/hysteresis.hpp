#pragma once

#include <dsc/units.hpp>

namespace dsc {

/// When to leave the split in use for a better one. Both 0: always the optimum.
struct hysteresis {
  double min_gain = 0.05;  ///< switch for a predicted gain of at least this share of the latency in use
  /// And not before the split has been in use this long, unless staying costs more than a dwell.
  seconds min_dwell{0.5};
};

}  // namespace dsc

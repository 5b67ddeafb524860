#pragma once

#include <dsc/channel/trace.hpp>

namespace dsc::cli {

/// The same trace, beginning at its moment `start` instead of at 0: `later(trace, s).rate_at(t) ==
/// trace.rate_at(s + t)` for a trace that loops or holds, in every round.
rate_trace later(rate_trace const& trace, seconds start);

}  // namespace dsc::cli

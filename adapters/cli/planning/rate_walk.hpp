#pragma once

#include <cstdint>
#include <vector>

#include <dsc/channel/trace.hpp>

namespace dsc::cli {

/// Rates of a mobile uplink, one a second: a bounded random walk of the rate's logarithm, with
/// outages and dips of a few seconds and short peaks, whose mean is `mean` and whose values are
/// whole thousands of bytes per second. The same seed makes the same walk everywhere.
std::vector<rate_sample> rate_walk(std::size_t seconds, data_rate mean, std::uint64_t seed);

}  // namespace dsc::cli

#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/channel/trace.hpp>

namespace dsc::detail {

/// What is wrong with a trace, and in which file.
[[noreturn]] inline void bad_trace_in(std::string_view name, std::string const& why) {
  throw error{errc::bad_trace, std::string{name} + ": " + why};
}

/// Samples whose last one holds until `end`: a trace ends as long after its last sample as that is
/// behind the one before, so the last piece is halved.
inline std::vector<rate_sample> ended_at(std::vector<rate_sample> samples, seconds end) {
  rate_sample const last = samples.back();
  samples.push_back({(last.at + end) / 2.0, last.rate});
  return samples;
}

}  // namespace dsc::detail

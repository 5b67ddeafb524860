#include "planning/later_trace.hpp"

#include <cmath>
#include <vector>

namespace dsc::cli {
namespace {

// Rounding may put a change at the start itself or next to it; such a piece is left out.
constexpr seconds negligible{1e-9};

void add(std::vector<rate_sample>& samples, seconds at, data_rate rate) {
  if (!samples.empty() && at - samples.back().at < negligible)
    samples.back().rate = rate;
  else
    samples.push_back({at, rate});
}

// A moment within the round of a trace that loops. One that rounding has put next to a change, or
// to the end of the round, is meant to be there: else the round would end with a piece of no
// length, and the piece before it would last twice as long.
seconds moment_in_round(rate_trace const& trace, seconds start) {
  seconds const length = trace.length(), moment{std::fmod(start.count(), length.count())};
  if (length - moment < negligible) return {};
  for (rate_sample const& sample : trace.samples())
    if (sample.at - moment < negligible && moment - sample.at < negligible) return sample.at;
  return moment;
}

}  // namespace

rate_trace later(rate_trace const& trace, seconds start) {
  if (start == seconds{}) return trace;
  if (trace.end() != trace_end::loop) {
    std::vector<rate_sample> rest{{seconds{}, trace.rate_at(start)}};
    for (rate_sample const& sample : trace.samples())
      if (sample.at > start) add(rest, sample.at - start, sample.rate);
    return rate_trace{std::move(rest), trace.end(), trace.parameters()};
  }
  seconds const length = trace.length(), shift = moment_in_round(trace, start);
  std::vector<rate_sample> round{{seconds{}, trace.rate_at(shift)}};
  for (rate_sample const& sample : trace.samples())
    if (sample.at > shift) add(round, sample.at - shift, sample.rate);
  for (rate_sample const& sample : trace.samples())
    if (sample.at < shift) add(round, sample.at + length - shift, sample.rate);
  // A trace ends as long after its last sample as that is behind the one before: halve the last
  // piece, and the round ends where it should.
  if (round.back().at < length) add(round, (round.back().at + length) / 2.0, round.back().rate);
  return rate_trace{std::move(round), trace_end::loop, trace.parameters()};
}

}  // namespace dsc::cli

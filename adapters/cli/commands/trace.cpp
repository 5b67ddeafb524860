#include <cmath>

#include <fmt/format.h>

#include <dsc/emulation/synthetic_trace.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/trace_csv.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "planning/rate_walk.hpp"

namespace dsc::cli {
namespace {

void show(rate_trace const& trace, std::string const& file) {
  data_rate least = unlimited, most{};
  double sum = 0.0;
  std::size_t outages = 0;
  for (rate_sample const& sample : trace.samples()) {
    least = std::min(least, sample.rate);
    most = std::max(most, sample.rate);
    sum += sample.rate.bytes_per_second;
    outages += sample.rate == data_rate{} ? 1 : 0;
  }
  data_rate const mean{sum / static_cast<double>(trace.samples().size())};
  say(fmt::format("{}: {} s, mean {} MB/s, from {} to {} MB/s, {} s without a channel\n", printable(file),
                  trace.samples().size(), in_MBps(mean), in_MBps(least), in_MBps(most), outages));
}

// Every kind has the mean that was asked for: 5G's walk exactly, the others in the long run.
rate_trace trace_of(trace_options const& options) {
  data_rate const mean = options.mean_rate;
  trace_sampling const sampling{.samples = options.samples, .seed = options.seed};
  if (options.kind == trace_kind::random_walk) return random_walk({.mean = mean}, sampling);
  if (options.kind == trace_kind::mobile_5g) return rate_trace{rate_walk(options.samples, mean, options.seed)};
  constexpr two_state_odds odds;
  return gilbert_elliott(
      {.good = data_rate{std::round(mean.bytes_per_second / (1.0 - odds.bad_share()))}, .odds = odds}, sampling);
}

}  // namespace

void make_trace(trace_options const& options) {
  rate_trace const trace = trace_of(options);
  if (names_stdout(options.output)) return say_document(trace_csv(trace));
  {
    uninterrupted const writing;
    write_file(options.output, trace_csv(trace));
  }
  show(trace, options.output);
}

}  // namespace dsc::cli

#include <cmath>

#include <fmt/format.h>

#include <dsc/emulation/synthetic_trace.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/trace_csv.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "options/quantities.hpp"
#include "planning/rate_walk.hpp"

namespace dsc::cli {
namespace {

constexpr double longest_trace = 1e6;

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
rate_trace trace_of(trace_options const& wanted) {
  data_rate const mean = wanted.mean_rate;
  trace_sampling const sampling{.samples = static_cast<std::size_t>(wanted.seconds), .seed = wanted.seed};
  if (wanted.kind == "5g") return rate_trace{rate_walk(sampling.samples, mean, wanted.seed)};
  if (wanted.kind == "random-walk") return random_walk({.mean = mean}, sampling);
  if (wanted.kind == "gilbert-elliott") {
    constexpr two_state_odds odds;
    return gilbert_elliott(
        {.good = data_rate{std::round(mean.bytes_per_second / (1.0 - odds.bad_share()))}, .odds = odds}, sampling);
  }
  throw error{cli_errc::bad_option, "--kind '" + wanted.kind + "' is none of 5g, gilbert-elliott and random-walk"};
}

}  // namespace

void make_trace(trace_options const& wanted) {
  if (!(wanted.seconds >= 1.0 && wanted.seconds <= longest_trace && wanted.seconds == std::floor(wanted.seconds)))
    throw error{cli_errc::bad_option, "--seconds must be a whole number from 1 to 1000000"};
  rate_trace const trace = trace_of(wanted);
  if (names_stdout(wanted.output)) return say_document(trace_csv(trace));
  {
    uninterrupted const writing;
    write_file(wanted.output, trace_csv(trace));
  }
  show(trace, wanted.output);
}

}  // namespace dsc::cli

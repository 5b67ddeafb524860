#include <cmath>

#include <fmt/format.h>

#include <dsc/io/file.hpp>
#include <dsc/io/trace_csv.hpp>

#include "commands.hpp"
#include "console.hpp"
#include "interrupt.hpp"
#include "quantities.hpp"
#include "rate_walk.hpp"

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
  say(fmt::format("{}: {} s, mean {} MB/s, from {} to {} MB/s, {} s without a channel\n", file, trace.samples().size(), in_MBps(mean), in_MBps(least),
                  in_MBps(most), outages));
}

}  // namespace

void make_trace(trace_options const& wanted) {
  if (!(wanted.seconds >= 1.0 && wanted.seconds <= longest_trace && wanted.seconds == std::floor(wanted.seconds)))
    throw error{errc::bad_option, "--seconds must be a whole number from 1 to 1000000"};
  if (!(wanted.mean_rate > 0.0 && std::isfinite(wanted.mean_rate))) throw error{errc::bad_option, "--mean must be a rate above 0, in MB/s"};
  rate_trace const trace{rate_walk(static_cast<std::size_t>(wanted.seconds), megabytes_per_second(wanted.mean_rate), wanted.seed)};
  if (names_stdout(wanted.output)) return say(trace_csv(trace));
  {
    uninterrupted const writing;
    write_file(wanted.output, trace_csv(trace));
  }
  show(trace, wanted.output);
}

}  // namespace dsc::cli

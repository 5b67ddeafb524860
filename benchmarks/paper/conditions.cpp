#include "conditions.hpp"

#include <algorithm>
#include <filesystem>

#include <dsc/io/trace_csv.hpp>

#include "assumptions.hpp"

namespace dsc::paper {
namespace {

constexpr seconds longest_trace{86400.0};

rate_series sampled(std::string name, bool real, rate_trace const& trace) {
  if (trace.length() > longest_trace)
    throw error{errc::bad_trace,
                "the trace '" + name +
                    "' goes on for more than a day; it is looked at second by second, so give a shorter one"};
  rate_series series{.name = std::move(name), .real = real, .rates = {}};
  for (std::size_t t = 0; seconds{static_cast<double>(t)} < trace.length(); ++t)
    series.rates.push_back(trace.rate_at(seconds{static_cast<double>(t)}));
  return series;
}

}  // namespace

double rate_series::outage_share() const {
  return static_cast<double>(std::ranges::count(rates, data_rate{0.0})) / static_cast<double>(rates.size());
}

std::vector<rate_series> rate_series_of(std::vector<std::string> const& files) {
  std::vector<rate_series> all;
  for (std::string const& file : files)
    all.push_back(sampled(std::filesystem::path{file}.stem().string(), true, read_trace(file)));
  all.push_back(sampled("gilbert-elliott", false, gilbert_elliott(outages, generated_trace)));
  all.push_back(sampled("random-walk", false, random_walk(wandering, generated_trace)));
  return all;
}

std::string_view name_of(load_kind kind) {
  switch (kind) {
    case load_kind::idle:
      return "idle";
    case load_kind::slowdown:
      return "slowdown";
    case load_kind::queue:
      return "queue";
    case load_kind::both:
      break;
  }
  return "both";
}

std::vector<server_load> loads_of(load_kind kind, std::size_t seconds_long, seconds whole) {
  bounded_walk slowdown{slowdown_walk, load_seed};
  two_state_chain busy{busy_spells, load_seed};
  std::vector<server_load> loads(seconds_long);
  for (server_load& load : loads) {
    double const factor = std::max(1.0, mean_slowdown * slowdown.next());
    bool const waits = busy.next();
    if (kind == load_kind::slowdown || kind == load_kind::both) load.slowdown = factor;
    if (waits && (kind == load_kind::queue || kind == load_kind::both)) load.queueing_delay = queued_batches * whole;
  }
  return loads;
}

}  // namespace dsc::paper

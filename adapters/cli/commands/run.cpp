#include <algorithm>

#include <fmt/format.h>

#include <dsc/io/file.hpp>
#include <dsc/io/profile_json.hpp>
#include <dsc/io/trace_csv.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/interrupt.hpp"
#include "engines/inputs.hpp"
#include "engines/measurement.hpp"
#include "engines/named_description.hpp"
#include "options/lists.hpp"
#include "options/quantities.hpp"
#include "options/writable.hpp"
#include "planning/rate_walk.hpp"
#include "running/run_document.hpp"
#include "running/run_output.hpp"
#include "running/strategies.hpp"

namespace dsc::cli {
namespace {

// Without a rate and without a trace, one is made up.
constexpr std::size_t default_trace_seconds = 120;
constexpr seconds interval_at_steady_rate{1.0};
constexpr double longest_interval = 1e6;  // seconds
constexpr double largest_margin = 1e6;    // percent

rate_trace trace_of(run_options const& wanted) {
  link_parameters const parameters = link_of(wanted.conditions);
  if (!wanted.rate.empty())
    return rate_trace{{{seconds{}, rate_in(wanted.rate, "--rate")}}, trace_end::hold, parameters};
  if (wanted.trace.empty())
    return rate_trace{rate_walk(default_trace_seconds, megabytes_per_second(usual_mean_rate), wanted.execution.seed),
                      trace_end::loop, parameters};
  rate_trace trace = read_trace(wanted.trace, trace_end::loop, parameters);
  if (std::ranges::all_of(trace.samples(), [](rate_sample const& one) { return one.rate == data_rate{}; }))
    throw error{errc::bad_trace,
                fmt::format("the trace '{}' never has a rate above 0, so nothing would ever arrive", wanted.trace)};
  return trace;
}

seconds interval_of(run_options const& wanted, rate_trace const& trace) {
  if (!(wanted.interval >= 0.0 && wanted.interval <= longest_interval))
    throw error{errc::bad_option,
                fmt::format("--interval must be a number of seconds from 0 to {:.0f}", longest_interval)};
  if (wanted.interval > 0.0) return seconds{wanted.interval};
  return trace.end() == trace_end::loop ? trace.length() / wanted.requests : interval_at_steady_rate;
}

hysteresis rules_of(run_options const& wanted) {
  hysteresis rules;
  if (wanted.margin_percent) rules.min_gain = *wanted.margin_percent / 100.0;
  if (wanted.dwell_ms) rules.min_dwell = ms_of(*wanted.dwell_ms, "--dwell");
  if (!(rules.min_gain >= 0.0 && rules.min_gain <= largest_margin / 100.0))
    throw error{errc::bad_option, fmt::format("--margin must be a percentage from 0 to {:.0f}", largest_margin)};
  return rules;
}

profile profile_in(std::string const& file, model_description const& model) {
  profile const read = read_profile(file);
  check_profile_of(model, read, file);
  return read;
}

profile measured_now(run_options const& wanted, model_description const& model, std::string const& what,
                     double slowdown) {
  measured_site const site = measure({model, wanted.execution, sorted_batches_in(wanted.batches, "--batch"), slowdown,
                                      3, wanted.repeats, "measuring " + what});
  if (!site.warning.empty()) note(what + ": " + site.warning);
  return site.result.profile;
}

profile_planner planner_for(run_options const& wanted, model_description const& model) {
  bool const known = !wanted.device.empty();
  profile const server = known ? profile_in(wanted.server, model) : measured_now(wanted, model, "the server", 1.0);
  profile const device =
      known ? profile_in(wanted.device, model) : measured_now(wanted, model, "the device", wanted.device_slowdown);
  return planner_of(device, server, wanted.candidates);
}

void check(run_options const& wanted) {
  check_factor(wanted.conditions.load, 1.0, "--load", "a server cannot act as a faster one");
  if (wanted.requests < 1) throw error{errc::bad_option, "--requests must be 1 or more"};
  check_factor(wanted.device_slowdown, 1.0, "--device-slowdown",
               "the emulated device cannot be faster than this machine");
  if (wanted.repeats < 1) throw error{errc::bad_option, "--repeats must be 1 or more"};
  if (wanted.execution.threads < 1) throw error{errc::bad_option, "--threads must be 1 or more"};
}

}  // namespace

void run(run_options const& wanted) {
  check(wanted);
  if (names_stdout(wanted.output))
    throw error{errc::bad_option, "--output is a file beside what is told on stdout; for JSON on stdout take --json"};
  if (!wanted.output.empty()) check_writable(wanted.output);
  std::vector<batch_size> const batches = batches_in(wanted.batches, "--batch");
  rate_trace const trace = trace_of(wanted);
  hysteresis const rules = rules_of(wanted);
  server_load const load = load_of(wanted.conditions);
  model_description const model = describe_model(wanted.model, wanted.execution);
  std::vector<strategy> const strategies = strategies_named(wanted.strategy, model, wanted.candidates);
  check_candidates(model, wanted.candidates);
  auto const input = inputs(model, wanted.images, wanted.execution.seed, batches, interval_of(wanted, trace));
  profile_planner const planner = planner_for(wanted, model);
  // Throws here, not in the middle of the run, for a batch that was not profiled or not planned.
  for (batch_size const batch : batches) {
    planner.costs(batch);
    for (strategy const& one : strategies)
      if (one.policy) split_at(*one.policy, batch, data_rate{});
  }

  auto const requests = static_cast<std::size_t>(wanted.requests);
  experiment const what{
      model, wanted.execution, wanted.device_slowdown, trace, load, planner, rules, strategies, batches, requests,
      input};
  run_report report{strategies};
  run_output output{wanted, what};
  execute(what, [&](outcome one) {
    output.show(one);
    report.add(std::move(one));
  });
  output.end(report);
  if (wanted.output.empty()) return;
  uninterrupted const writing;
  write_file(wanted.output, run_document(wanted, what, report) + "\n");
}

}  // namespace dsc::cli

#include <algorithm>

#include <fmt/format.h>

#include <dsc/io/profile_json.hpp>
#include <dsc/io/run_json.hpp>
#include <dsc/io/trace_file.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/interrupt.hpp"
#include "console/progress.hpp"
#include "engines/measurement.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"
#include "inputs/inputs.hpp"
#include "inputs/labels.hpp"
#include "options/lists.hpp"
#include "options/quantities.hpp"
#include "planning/rate_walk.hpp"
#include "running/run_output.hpp"
#include "running/strategies.hpp"

namespace dsc::cli {
namespace {

// Without a rate and without a trace, one is made up.
constexpr std::size_t default_trace_seconds = 120;
constexpr seconds interval_at_steady_rate{1.0};
constexpr double longest_interval = 1e6;  // seconds
constexpr double largest_min_gain = 1e6;  // percent

rate_trace trace_of(run_options const& wanted) {
  link_parameters const parameters = link_of(wanted.conditions);
  if (wanted.rate) return rate_trace{{{seconds{}, *wanted.rate}}, trace_end::hold, parameters};
  if (wanted.trace.empty())
    return rate_trace{rate_walk(default_trace_seconds, megabytes_per_second(usual_mean_rate), wanted.execution.seed),
                      trace_end::loop, parameters};
  rate_trace trace = read_any_trace(wanted.trace, trace_end::loop, parameters,
                                    {wanted.time_column, wanted.trace_column, wanted.trace_unit});
  if (std::ranges::all_of(trace.samples(), [](rate_sample const& one) { return one.rate == data_rate{}; }))
    throw error{errc::bad_trace,
                fmt::format("the trace '{}' never has a rate above 0, so nothing would ever arrive", wanted.trace)};
  return trace;
}

seconds interval_of(run_options const& wanted, rate_trace const& trace, std::size_t requests) {
  if (!(wanted.interval >= 0.0 && wanted.interval <= longest_interval))
    throw error{cli_errc::bad_option,
                fmt::format("--interval must be a number of seconds from 0 to {:.0f}", longest_interval)};
  if (wanted.interval > 0.0) return seconds{wanted.interval};
  return trace.end() == trace_end::loop ? trace.length() / static_cast<double>(requests) : interval_at_steady_rate;
}

hysteresis rules_of(run_options const& wanted) {
  hysteresis rules;
  if (wanted.min_gain_percent) rules.min_gain = *wanted.min_gain_percent / 100.0;
  if (wanted.min_dwell_ms) rules.min_dwell = ms_of(*wanted.min_dwell_ms, "--min-dwell");
  if (!(rules.min_gain >= 0.0 && rules.min_gain <= largest_min_gain / 100.0))
    throw error{cli_errc::bad_option,
                fmt::format("--min-gain must be a percentage from 0 to {:.0f}", largest_min_gain)};
  return rules;
}

profile profile_in(std::string const& file, model_description const& model) {
  profile const read = read_profile(file);
  check_profile_of(model, read, file);
  return read;
}

profile measured_now(run_options const& wanted, model_description const& model, std::string const& what,
                     double slowdown) {
  measured_site const site =
      engine_of(model).measure({model, wanted.execution, sorted_batches_in(wanted.batches, "--batch"), slowdown, 3,
                                wanted.repeats, "measuring " + what});
  if (!site.warning.empty()) note(what + ": " + site.warning);
  return site.result.profile;
}

// What is known of the two sites: profiles that were given, or measured now, as other than a
// device's are only those of this machine.
struct known_sites {
  profile device, server;
  bool device_given = false;
};

known_sites sites_for(run_options const& wanted, model_description const& model) {
  if (!wanted.device.empty()) return {profile_in(wanted.device, model), profile_in(wanted.server, model), true};
  profile server = measured_now(wanted, model, "the server", 1.0);
  return {measured_now(wanted, model, "the device", wanted.device_slowdown.value_or(usual_run_slowdown)),
          std::move(server)};
}

// How the device is emulated: by the factor that was asked for or, where only its profile tells, by
// the profile's times.
device_emulation emulation_for(run_options const& wanted, known_sites const& sites, batch_size first) {
  if (!sites.device_given || wanted.device_slowdown) return {wanted.device_slowdown.value_or(usual_run_slowdown), {}};
  layer_span const whole = head_of(split_point{sites.server.layer_count()});
  seconds const server = sites.server.time(whole, first);
  double const ratio = server > seconds{} ? sites.device.time(whole, first) / server : 1.0;
  return {ratio, sites.device};
}

// Throws before the run, not in the middle of it, for a batch that was not profiled or not planned.
void check_batches(run_options const& wanted, profile_planner const& planner, std::vector<strategy> const& strategies,
                   std::vector<batch_size> const& batches) {
  for (batch_size const batch : batches) try {
      planner.costs(batch);
      for (strategy const& candidate : strategies)
        if (candidate.policy) split_at(*candidate.policy, batch, data_rate{});
    } catch (error const& failure) {
      if (failure.code() != errc::batch_not_profiled) throw;
      throw error{
          errc::batch_not_profiled,
          fmt::format("--batch {} is outside the batch sizes of '{}' and '{}'; profile it, or leave --device and "
                      "--server out, so that it is measured first",
                      batch.count, wanted.device, wanted.server)};
    }
}

// All images once, unless it was said how many requests are to be made.
std::size_t requests_for(run_options const& wanted, std::vector<batch_size> const& batches) {
  std::size_t requests = 0, samples = 0;
  while (samples < wanted.images.files.size()) samples += batches[requests++ % batches.size()].count;
  if (!wanted.requests) return std::max(requests, static_cast<std::size_t>(usual_requests));
  if (auto const asked = static_cast<std::size_t>(*wanted.requests); asked < requests)
    note(fmt::format("{} requests are too few for all {} images, which take {}", asked, wanted.images.files.size(),
                     requests));
  return static_cast<std::size_t>(*wanted.requests);
}

// How many scores the model gives for one sample; 0 where its answer is no row of them.
std::size_t classes_of(model_description const& model) {
  tensor_spec const& answer = model.list.back().output();
  return answer.element == element_type::float32 && answer.shape.rank == 1 ? static_cast<std::size_t>(answer.shape[0])
                                                                           : 0;
}

void check(run_options const& wanted) {
  check_factor(wanted.conditions.load, 1.0, "--load", "a server cannot act as a faster one");
  if (wanted.requests.value_or(1) < 1) throw error{cli_errc::bad_option, "--requests must be 1 or more"};
  check_factor(wanted.device_slowdown.value_or(usual_run_slowdown), 1.0, "--device-slowdown",
               "the emulated device cannot be faster than this machine");
  if (wanted.repeats < 1) throw error{cli_errc::bad_option, "--repeats must be 1 or more"};
  if (wanted.execution.threads < 1) throw error{cli_errc::bad_option, "--threads must be 1 or more"};
}

}  // namespace

void run(run_options const& wanted) {
  check(wanted);
  if (names_stdout(wanted.output))
    throw error{cli_errc::bad_option,
                "--output is a file beside what is told on stdout; for JSON on stdout take --json"};
  if (!wanted.output.empty()) check_writable(wanted.output);
  std::vector<batch_size> const batches = batches_in(wanted.batches, "--batch");
  rate_trace const trace = trace_of(wanted);
  hysteresis const rules = rules_of(wanted);
  server_load const load = load_of(wanted.conditions);
  model_description const model = describe_model(wanted.model, wanted.execution);
  std::vector<strategy> const strategies = strategies_named(wanted.strategy, model, wanted.candidates);
  check_candidates(model, wanted.candidates);
  std::size_t const requests = requests_for(wanted, batches);
  auto const input = inputs(model, wanted.images, wanted.execution.seed, batches, interval_of(wanted, trace, requests));
  std::vector<std::string> const labels =
      wanted.images.labels.empty() ? std::vector<std::string>{} : read_labels(wanted.images.labels, classes_of(model));
  known_sites const sites = sites_for(wanted, model);
  profile_planner const planner = planner_of(sites.device, sites.server, wanted.candidates);
  check_batches(wanted, planner, strategies, batches);

  experiment const plan{.model = model,
                        .execution = wanted.execution,
                        .device = emulation_for(wanted, sites, batches.front()),
                        .trace = trace,
                        .load = load,
                        .planner = planner,
                        .rules = rules,
                        .strategies = strategies,
                        .batches = batches,
                        .requests = requests,
                        .input = input,
                        .images = wanted.images.files,
                        .labels = labels};
  run_report report{wanted, plan};
  run_output output{wanted, plan};
  {
    progress shown{fmt::format("running {}", model.name())};
    engine_of(model).run(plan, [&](outcome one) {
      output.show(one, shown);
      report.add(std::move(one));
    });
  }
  output.end(report);
  if (wanted.output.empty()) return;
  uninterrupted const writing;
  write_run(wanted.output, report.document());
}

}  // namespace dsc::cli

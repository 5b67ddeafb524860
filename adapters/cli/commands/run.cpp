#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

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
#include "planning/rate_walk.hpp"
#include "planning/site_profiles.hpp"
#include "running/run_output.hpp"
#include "running/servers.hpp"
#include "running/strategies.hpp"

namespace dsc::cli {
namespace {

// Without a rate and without a trace, one is made up.
constexpr std::size_t default_trace_seconds = 120;
constexpr seconds interval_at_steady_rate{1.0};

rate_trace trace_of(run_options const& options) {
  link_parameters const& parameters = options.conditions.link;
  if (options.rate) return rate_trace{{{seconds{}, *options.rate}}, trace_end::hold, parameters};
  if (options.trace.empty())
    return rate_trace{rate_walk(default_trace_seconds, megabytes_per_second(usual_mean_rate), options.execution.seed),
                      trace_end::loop, parameters};
  rate_trace trace = read_any_trace(options.trace, trace_end::loop, parameters,
                                    {options.time_column, options.trace_column, options.trace_unit});
  if (std::ranges::all_of(trace.samples(), [](rate_sample const& sample) { return sample.rate == data_rate{}; }))
    throw error{errc::bad_trace,
                fmt::format("the trace '{}' never has a rate above 0, so nothing would ever arrive", options.trace)};
  return trace;
}

seconds interval_of(run_options const& options, rate_trace const& trace, std::size_t requests) {
  if (options.interval > seconds{}) return options.interval;
  return trace.end() == trace_end::loop ? trace.length() / static_cast<double>(requests) : interval_at_steady_rate;
}

profile profile_in(std::string const& file, model_description const& model) {
  profile const read = read_profile(file);
  check_profile_of(model, read, file);
  return read;
}

// Without repetitions.
std::vector<batch_size> ascending(std::vector<batch_size> batches) {
  std::ranges::sort(batches);
  batches.erase(std::ranges::unique(batches).begin(), batches.end());
  return batches;
}

profile measured_now(run_options const& options, model_description const& model, std::string const& name,
                     double slowdown) {
  constexpr int warm_ups = 3;
  measured_site const site = engine_of(model).measure(
      {model, options.execution, ascending(options.batches), slowdown, warm_ups, options.repeats, "measuring " + name});
  if (!site.warning.empty()) note(name + ": " + site.warning);
  return site.result.profile;
}

// What is known of the two sites: profiles that were given, or measured now, as other than a
// device's are only those of this machine.
struct known_sites {
  profile device, server;
  bool device_given = false;
};

// Of servers on a network nothing may be known: the first requests will tell.
known_sites remote_sites_for(run_options const& options, model_description const& model) {
  bool const given = !options.device.empty();
  profile device = given ? profile_in(options.device, model)
                         : measured_now(options, model, "the device", options.device_slowdown.value_or(1.0));
  profile server =
      options.server.empty() ? scaled_profile(device, 1.0 / usual_server_speedup) : profile_in(options.server, model);
  return {std::move(device), std::move(server), given};
}

known_sites sites_for(run_options const& options, model_description const& model) {
  if (!options.servers.empty()) return remote_sites_for(options, model);
  if (!options.device.empty()) return {profile_in(options.device, model), profile_in(options.server, model), true};
  profile server = measured_now(options, model, "the server", 1.0);
  return {measured_now(options, model, "the device", options.device_slowdown.value_or(usual_run_slowdown)),
          std::move(server)};
}

// How the device is emulated: by the factor that was asked for or, where only its profile tells, by
// the profile's times.
device_emulation emulation_for(run_options const& options, known_sites const& sites, batch_size first) {
  if (!options.servers.empty()) return {options.device_slowdown.value_or(1.0), {}};
  if (!sites.device_given || options.device_slowdown) return {options.device_slowdown.value_or(usual_run_slowdown), {}};
  layer_span const whole = head_of(split_point{sites.server.layer_count()});
  seconds const server = sites.server.time(whole, first);
  double const ratio = server > seconds{} ? sites.device.time(whole, first) / server : 1.0;
  return {ratio, sites.device};
}

// Throws before the run, not in the middle of it, for a batch that was not profiled or not planned.
void check_batches(run_options const& options, profile_planner const& planner, std::vector<strategy> const& strategies,
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
                      batch.count, options.device, options.server)};
    }
}

// All images once, unless it was said how many requests are to be made.
std::size_t requests_for(run_options const& options, std::vector<batch_size> const& batches) {
  std::size_t requests = 0, samples = 0;
  while (samples < options.images.files.size()) samples += batches[requests++ % batches.size()].count;
  if (!options.requests) return std::max(requests, usual_requests);
  if (*options.requests < requests)
    note(fmt::format("{} requests are too few for all {} images, which take {}", *options.requests,
                     options.images.files.size(), requests));
  return *options.requests;
}

// How many scores the model gives for one sample; 0 where its answer is no row of them.
std::size_t classes_of(model_description const& model) {
  tensor_spec const& answer = model.list.back().output();
  return answer.element == element_type::float32 && answer.shape.rank == 1 ? static_cast<std::size_t>(answer.shape[0])
                                                                           : 0;
}

void check_emulated(run_options const& options) {
  if (options.device.empty() != options.server.empty())
    throw error{cli_errc::bad_option,
                options.device.empty()
                    ? fmt::format("--server '{}' is no HOST:PORT of a server on the network, and as the profile of an "
                                  "emulated one it needs --device",
                                  options.server)
                    : std::string{"--device needs --server: a profile, or HOST:PORT of a server on the network"}};
  for (auto const& [option, given] : {std::pair{"--deployment", !options.deployment.empty()},
                                      {"--tls-cert", !options.security.certificate.empty()},
                                      {"--tls-key", !options.security.key.empty()},
                                      {"--tls-ca", !options.security.authority.empty()}})
    if (given)
      throw error{cli_errc::bad_option,
                  fmt::format("{} is for servers on the network; name them by --server HOST:PORT", option)};
}

void check_options(run_options const& options) {
  if (names_stdout(options.output))
    throw error{cli_errc::bad_option,
                "--output is a file beside what is told on stdout; for JSON on stdout take --json"};
  if (!options.output.empty()) check_writable(options.output);
  if (options.servers.empty()) return check_emulated(options);
  if (!options.emulated_only.empty())
    throw error{cli_errc::bad_option,
                fmt::format("{} is for an emulated link and server; over {} they are what they are",
                            options.emulated_only, fmt::join(options.servers, ", "))};
}

}  // namespace

void run(run_options const& options) {
  check_options(options);
  std::vector<batch_size> const& batches = options.batches;
  rate_trace const trace = trace_of(options);
  model_description const model = describe_model(options.model, options.execution);
  candidate_options candidates = options.candidates;
  std::optional<remote_servers> remote;
  if (!options.servers.empty()) remote = connected(options, model, candidates.served);
  std::vector<strategy> const strategies = served_strategies(strategies_of(options.strategies, model, candidates),
                                                             candidates.served, model, options.strategies.empty());
  check_candidates(model, candidates);
  std::size_t const requests = requests_for(options, batches);
  auto const input =
      inputs(model, options.images, options.execution.seed, batches, interval_of(options, trace, requests));
  std::vector<std::string> const labels = options.images.labels.empty()
                                              ? std::vector<std::string>{}
                                              : read_labels(options.images.labels, classes_of(model));
  known_sites const sites = sites_for(options, model);
  profile_planner const planner = planner_of(sites.device, sites.server, candidates);
  check_batches(options, planner, strategies, batches);
  if (remote) remote->planners = planners_of(sites.device, sites.server, candidates, strategies);

  experiment const plan{.model = model,
                        .execution = options.execution,
                        .device = emulation_for(options, sites, batches.front()),
                        .trace = trace,
                        .load = options.conditions.load,
                        .planner = planner,
                        .rules = options.rules,
                        .strategies = strategies,
                        .batches = batches,
                        .requests = requests,
                        .input = input,
                        .images = options.images.files,
                        .labels = labels,
                        .remote = std::move(remote)};
  run_report report{options, plan};
  run_output output{options, plan};
  {
    progress shown{fmt::format("running {}", model.name())};
    engine_of(model).run(plan, [&](outcome result) {
      output.show(result, shown);
      report.add(std::move(result));
    });
  }
  output.end(report);
  if (options.output.empty()) return;
  uninterrupted const writing;
  write_run(options.output, report.document());
}

}  // namespace dsc::cli

#include "report/report_inputs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <dsc/io/file.hpp>
#include <dsc/io/run_json.hpp>
#include <dsc/io/schema.hpp>

#include "console/errors.hpp"
#include "engines/zoo.hpp"
#include "planning/planning.hpp"

namespace dsc::cli {
namespace {

void add_file(std::string const& file, std::vector<profile_file>& profiles, report_inputs& inputs) {
  std::string const text = read_file(file);
  std::string const schema = schema_of(text, file);
  if (schema == "dsc.profile/1") {
    profiles.push_back({file, parse_noted_profile(text, file)});
  } else if (schema == "dsc.plan/1") {
    if (inputs.plan)
      throw error{cli_errc::bad_option, fmt::format("'{}' and '{}' are both plans; give one", inputs.plan->file, file)};
    inputs.plan = told_by<plan_document>{file, parse_plan(text, file)};
    if (inputs.plan->what.policies.empty())
      throw error{errc::bad_file, fmt::format("'{}' is a plan without a policy; 'dsc plan --json' makes one", file)};
  } else if (schema == "dsc.run/1") {
    inputs.runs.push_back({file, parse_run(text, file)});
  } else {
    throw error{errc::bad_file, fmt::format("{}: schema must be dsc.profile/1, dsc.plan/1 or dsc.run/1, but is '{}'",
                                            file, schema.substr(0, 40))};
  }
}

[[noreturn]] void differ(std::string const& file, std::string const& other, std::string const& difference) {
  throw error{errc::bad_file, fmt::format("'{}' and '{}' are of different models: {}; give files of one model", file,
                                          other, difference)};
}

void compare_names(std::string const& file, std::string_view name, std::string const& other,
                   std::string_view other_name) {
  if (name != other_name) differ(file, other, fmt::format("'{}' and '{}'", name, other_name));
}

void compare_layers(std::string const& file, std::size_t layers, std::string const& other, std::size_t other_layers) {
  if (layers != other_layers) differ(file, other, fmt::format("{} and {} layers", layers, other_layers));
}

void check_splits(told_by<run_document> const& run, std::string const& other, std::size_t layers) {
  auto const check = [&](split_point split) {
    if (split.layers > layers) differ(run.file, other, fmt::format("split {} and {} layers", split.layers, layers));
  };
  for (run_strategy const& strategy : run.what.strategies)
    if (strategy.split) check(*strategy.split);
  for (run_request const& request : run.what.requests) check(request.record.decided.plan.split);
  auto const local = std::ranges::find(run.what.strategies, "local", &run_strategy::name);
  if (local != run.what.strategies.end() && local->split) compare_layers(run.file, local->split->layers, other, layers);
}

void check_run(told_by<run_document> const& run, report_inputs const& all) {
  zoo::efficientnet const* const model = find_model(run.what.model);
  if (model != nullptr) input_type_of(run);
  if (all.sites) {
    auto const& [file, server] = all.sites->server;
    bytes const measured = server.profile.input_bytes();
    compare_names(file, server.profile.name(), run.file, run.what.model);
    check_splits(run, file, server.profile.layer_count());
    if (model != nullptr)
      if (bytes const input = model->with_input(input_type_of(run)).input_bytes(); input != measured)
        differ(file, run.file, fmt::format("inputs of {} and {} bytes", measured.count, input.count));
  }
  if (all.plan) {
    compare_names(all.plan->file, all.plan->what.model, run.file, run.what.model);
    check_splits(run, all.plan->file, all.plan->what.layers);
  }
  auto const& first = all.runs.front();
  compare_names(first.file, first.what.model, run.file, run.what.model);
  if (first.what.input_type != run.what.input_type)
    differ(first.file, run.file, fmt::format("inputs of {} and {}", first.what.input_type, run.what.input_type));
}

void check_one_model(report_inputs const& all) {
  if (all.sites) check_same_network(all.sites->device.what.profile, all.sites->server.what.profile);
  if (all.sites && all.plan) {
    auto const& [file, server] = all.sites->server;
    compare_names(file, server.profile.name(), all.plan->file, all.plan->what.model);
    compare_layers(file, server.profile.layer_count(), all.plan->file, all.plan->what.layers);
  }
  for (told_by<run_document> const& run : all.runs) check_run(run, all);
}

}  // namespace

element_type input_type_of(told_by<run_document> const& run) {
  std::string const& type = run.what.input_type;
  if (type.empty() || type == name_of(element_type::float32)) return element_type::float32;
  if (type != name_of(element_type::uint8))
    throw error{errc::bad_file,
                fmt::format("{}: input_type must be 'float32' or 'uint8', as {} takes them, but is '{}'", run.file,
                            run.what.model, type.substr(0, 40))};
  return element_type::uint8;
}

report_inputs read_inputs(report_options const& options) {
  if (options.files.empty() && options.device.empty() && options.server.empty())
    throw error{cli_errc::bad_option, "a report needs one file at least: profiles, a plan or runs"};
  report_inputs inputs;
  std::vector<profile_file> profiles;
  for (std::string const& file : options.files) add_file(file, profiles, inputs);
  inputs.sites = sites_of(profiles_of(options.device, options.server, std::move(profiles)), options.device_slowdown);
  if (!inputs.sites && !options.needs_profiles.empty())
    throw error{
        cli_errc::bad_option,
        options.needs_profiles + " means nothing without profiles; give at least one among the files, or leave it out"};
  check_one_model(inputs);
  return inputs;
}

}  // namespace dsc::cli

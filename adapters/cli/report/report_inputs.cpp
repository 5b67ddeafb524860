#include "report/report_inputs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <dsc/io/file.hpp>

#include "console/errors.hpp"
#include "engines/zoo.hpp"
#include "planning/planning.hpp"

namespace dsc::cli {
namespace {

void add_file(std::string const& file, std::vector<profile_file>& profiles, report_inputs& found) {
  std::string const text = read_file(file);
  detail::json_document const document{text, file};
  detail::json_value const schema = document.schema();
  std::string const name = schema.text();
  if (name == "dsc.profile/1") {
    profiles.push_back({file, parse_noted_profile(text, file)});
  } else if (name == "dsc.plan/1") {
    if (found.plan)
      throw error{cli_errc::bad_option, fmt::format("'{}' and '{}' are both plans; give one", found.plan->file, file)};
    found.plan = told_by<plan_document>{file, parse_plan(text, file)};
    if (found.plan->what.policies.empty())
      throw error{errc::bad_file, fmt::format("'{}' is a plan without a policy; 'dsc plan --json' makes one", file)};
  } else if (name == "dsc.run/1") {
    found.runs.push_back({file, parse_run(text, file)});
  } else {
    schema.fail(fmt::format("must be dsc.profile/1, dsc.plan/1 or dsc.run/1, but is '{}'", name.substr(0, 40)));
  }
}

[[noreturn]] void differ(std::string const& one, std::string const& other, std::string const& what) {
  throw error{errc::bad_file,
              fmt::format("'{}' and '{}' are of different models: {}; give files of one model", one, other, what)};
}

void compare_names(std::string const& one, std::string_view name, std::string const& other,
                   std::string_view other_name) {
  if (name != other_name) differ(one, other, fmt::format("'{}' and '{}'", name, other_name));
}

void compare_layers(std::string const& one, std::size_t layers, std::string const& other, std::size_t other_layers) {
  if (layers != other_layers) differ(one, other, fmt::format("{} and {} layers", layers, other_layers));
}

void check_splits(told_by<parsed_run> const& run, std::string const& other, std::size_t layers) {
  for (parsed_strategy const& one : run.what.strategies)
    if (one.split && one.split->layers > layers)
      differ(run.file, other, fmt::format("split {} and {} layers", one.split->layers, layers));
  for (parsed_request const& one : run.what.requests)
    if (one.split.layers > layers)
      differ(run.file, other, fmt::format("split {} and {} layers", one.split.layers, layers));
  auto const local = std::ranges::find(run.what.strategies, "local", &parsed_strategy::name);
  if (local != run.what.strategies.end() && local->split) compare_layers(run.file, local->split->layers, other, layers);
}

void check_run(told_by<parsed_run> const& run, report_inputs const& all) {
  zoo::efficientnet const* const model = find_model(run.what.model);
  if (model != nullptr) input_type_of(run);
  if (all.sites) {
    auto const& [file, told] = all.sites->server;
    compare_names(file, told.profile.name(), run.file, run.what.model);
    check_splits(run, file, told.profile.layer_count());
    if (model != nullptr)
      if (bytes const input = model->with_input(input_type_of(run)).input_bytes(); input != told.profile.input_bytes())
        differ(file, run.file, fmt::format("inputs of {} and {} bytes", told.profile.input_bytes().count, input.count));
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
    auto const& [file, told] = all.sites->server;
    compare_names(file, told.profile.name(), all.plan->file, all.plan->what.model);
    compare_layers(file, told.profile.layer_count(), all.plan->file, all.plan->what.layers);
  }
  for (told_by<parsed_run> const& run : all.runs) check_run(run, all);
}

}  // namespace

element_type input_type_of(told_by<parsed_run> const& run) {
  std::string const& type = run.what.input_type;
  if (type.empty() || type == name_of(element_type::float32)) return element_type::float32;
  if (type != name_of(element_type::uint8))
    throw error{errc::bad_file,
                fmt::format("{}: input_type must be 'float32' or 'uint8', as {} takes them, but is '{}'", run.file,
                            run.what.model, type.substr(0, 40))};
  return element_type::uint8;
}

report_inputs read_inputs(report_options const& wanted) {
  if (wanted.files.empty() && wanted.device.empty() && wanted.server.empty())
    throw error{cli_errc::bad_option, "a report needs one file at least: profiles, a plan or runs"};
  report_inputs found;
  std::vector<profile_file> profiles;
  for (std::string const& file : wanted.files) add_file(file, profiles, found);
  found.sites = sites_of(profiles_of(wanted.device, wanted.server, std::move(profiles)), wanted.device_slowdown);
  if (!found.sites && !wanted.needs_profiles.empty())
    throw error{
        cli_errc::bad_option,
        wanted.needs_profiles + " means nothing without profiles; give at least one among the files, or leave it out"};
  check_one_model(found);
  return found;
}

}  // namespace dsc::cli

#include "report/report_inputs.hpp"

#include <algorithm>

#include <fmt/format.h>

#include <dsc/cost/scaled.hpp>
#include <dsc/io/file.hpp>

#include "engines/zoo.hpp"
#include "options/quantities.hpp"
#include "planning/planning.hpp"

namespace dsc::cli {
namespace {

using profile_file = told_by<noted_profile>;

void add_file(std::string const& file, std::vector<profile_file>& profiles, report_inputs& found) {
  std::string const text = read_file(file);
  detail::json_document const document{text, file};
  detail::json_value const schema = document.schema();
  std::string const name = schema.text();
  if (name == "dsc.profile/1") {
    profiles.push_back({file, parse_noted_profile(text, file)});
  } else if (name == "dsc.plan/1") {
    if (found.plan)
      throw error{errc::bad_option, fmt::format("'{}' and '{}' are both plans; give one", found.plan->file, file)};
    found.plan = told_by<plan_document>{file, parse_plan(text, file)};
    if (found.plan->what.policies.empty())
      throw error{errc::bad_file, fmt::format("'{}' is a plan without a policy; 'dsc plan --json' makes one", file)};
  } else if (name == "dsc.run/1") {
    found.runs.push_back({file, parse_run(text, file)});
  } else {
    schema.fail(fmt::format("must be dsc.profile/1, dsc.plan/1 or dsc.run/1, but is '{}'", name.substr(0, 40)));
  }
}

std::vector<profile_file> profiles_of(report_options const& wanted, std::vector<profile_file> from_files) {
  if (wanted.device.empty() && wanted.server.empty()) {
    if (from_files.size() > 2)
      throw error{errc::bad_option,
                  fmt::format("{} profiles are too many; give the device's and the server's", from_files.size())};
    return from_files;
  }
  if (!from_files.empty())
    throw error{errc::bad_option,
                fmt::format("'{}' is a profile too many; --device and --server name the profiles already",
                            from_files.front().file)};
  if (wanted.server.empty())
    throw error{errc::bad_option, "--device needs --server; a profile that stands alone is the server's"};
  std::vector<profile_file> named;
  for (std::string const& file : {wanted.device, wanted.server})
    if (!file.empty()) named.push_back({file, read_noted_profile(file)});
  return named;
}

// The same times, that much longer.
profile throttled(profile const& server, double factor) {
  scaled const device{server, factor};
  std::size_t const layers = server.layer_count();
  std::vector<batch_times> times;
  for (batch_times const& measured : server.measured()) {
    std::vector<seconds> prefix;
    for (std::size_t l = 0; l <= layers; ++l) prefix.push_back(device.time(head_of(split_point{l}), measured.batch));
    times.push_back({measured.batch, std::move(prefix), {}});
  }
  return {std::string{server.name()},
          server.input_bytes(),
          {server.layers().begin(), server.layers().end()},
          std::move(times)};
}

double slowdown_of(report_options const& wanted) {
  double const factor = wanted.device_slowdown.value_or(usual_device_slowdown);
  check_factor(factor, 1e-6, "--device-slowdown", "1 is a device as fast as the server");
  return factor;
}

std::optional<report_sites> sites_of(report_options const& wanted, std::vector<profile_file> profiles) {
  if (wanted.device_slowdown && profiles.size() != 1)
    throw error{
        errc::bad_option,
        profiles.empty()
            ? "--device-slowdown makes a device from the server's profile; give that profile"
            : "--device-slowdown makes a device from the server's profile; leave it out where the device has its own"};
  if (profiles.empty()) return std::nullopt;
  profile_file const& server = profiles.back();
  if (profiles.size() == 2) return report_sites{profiles.front(), server, {}};
  double const factor = slowdown_of(wanted);
  return report_sites{{server.file, {throttled(server.what.profile, factor), {}}}, server, factor};
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
  if (all.sites) {
    auto const& [file, told] = all.sites->server;
    compare_names(file, told.profile.name(), run.file, run.what.model);
    check_splits(run, file, told.profile.layer_count());
    if (model != nullptr)
      if (bytes const input = model->with_input(input_type_named(run.what.input_type)).input_bytes();
          input != told.profile.input_bytes())
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

report_inputs read_inputs(report_options const& wanted) {
  if (wanted.files.empty() && wanted.device.empty() && wanted.server.empty())
    throw error{errc::bad_option, "a report needs one file at least: profiles, a plan or runs"};
  report_inputs found;
  std::vector<profile_file> profiles;
  for (std::string const& file : wanted.files) add_file(file, profiles, found);
  found.sites = sites_of(wanted, profiles_of(wanted, std::move(profiles)));
  if (!found.sites && !wanted.needs_profiles.empty())
    throw error{
        errc::bad_option,
        wanted.needs_profiles + " means nothing without profiles; give at least one among the files, or leave it out"};
  check_one_model(found);
  return found;
}

}  // namespace dsc::cli

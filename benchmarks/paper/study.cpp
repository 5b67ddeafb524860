#include "study.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <set>

#include <fmt/format.h>

#include <dsc/io/file.hpp>
#include <dsc/io/profile_json.hpp>
#include <dsc/model/zoo/models.hpp>

#include "console/errors.hpp"
#include "console/warnings.hpp"
#include "lists.hpp"

namespace dsc::paper {
namespace {

constexpr std::size_t most_states = 1'000'000, most_varying_batches = 64;

zoo::efficientnet const& model_named(std::string_view name) {
  for (zoo::efficientnet const* const model : zoo::models)
    if (model->name() == name) return *model;
  throw error{cli::cli_errc::unknown_model,
              fmt::format("there is no model '{}'; --models takes names of the zoo, as efficientnet_b0", name)};
}

void check_profile_of(zoo::efficientnet const& model, profile const& measured, std::string const& file) {
  if (measured.name() == model.name() && measured.input_bytes() == model.input_bytes() && measured.describes(model))
    return;
  throw error{errc::bad_profile,
              fmt::format("'{}' is no profile of {}: it is of '{}' with {} layers and inputs of {} bytes; 'dsc profile "
                          "{}' makes one",
                          file, model.name(), measured.name(), measured.layer_count(), measured.input_bytes().count,
                          model.name())};
}

std::vector<zoo::efficientnet> models_in(std::string const& list) {
  std::vector<zoo::efficientnet> models;
  if (list.empty())
    for (zoo::efficientnet const* const model : zoo::models) models.push_back(*model);
  else
    for (std::string const& name : names_in(list, "--models")) models.push_back(model_named(name));
  return models;
}

// The profiles of a folder, one per model, and a fingerprint of each for the settings.
class profile_folder {
 public:
  profile_folder(std::filesystem::path folder, std::string const& option) : folder_{std::move(folder)} {
    if (folder_.empty())
      throw error{cli::cli_errc::bad_option, option + " is missing: the folder of the measured profiles"};
    if (!std::filesystem::is_directory(folder_))
      throw error{errc::cannot_read, fmt::format("there is no folder '{}' of profiles", folder_.string())};
  }

  std::map<std::string, profile, std::less<>> read(std::vector<zoo::efficientnet> const& models,
                                                   std::string& settings) const {
    std::map<std::string, profile, std::less<>> profiles;
    for (zoo::efficientnet const& model : models) {
      std::filesystem::path const file = folder_ / fmt::format("{}.json", model.name());
      std::string const text = read_file(file);
      profile measured = parse_profile(text, file.string());
      check_profile_of(model, measured, file.string());
      profiles.emplace(model.name(), std::move(measured));
      settings +=
          fmt::format("profile {} {} bytes, hash {:x}\n", file.string(), text.size(), std::hash<std::string>{}(text));
    }
    return profiles;
  }

 private:
  std::filesystem::path folder_;
};

site_pair pair_named(std::string const& name, options const& options, std::vector<zoo::efficientnet> const& models,
                     std::string& settings) {
  bool const single = name.ends_with("-b1");
  if (name == "modelled" || name == "modelled-b1")
    return {.name = name, .modelled = true, .single_samples = single, .servers = {}, .devices = {}};
  if (name == "measured" || name == "measured-b1")
    return {.name = name,
            .single_samples = single,
            .servers = profile_folder{options.profiles, "--profiles"}.read(models, settings),
            .devices = {}};
  if (name != "gpu")
    throw error{cli::cli_errc::bad_option,
                fmt::format("--sites '{}' is none of measured, measured-b1, modelled, modelled-b1 and gpu", name)};
  site_pair pair{.name = name,
                 .servers = profile_folder{options.gpu_profiles, "--gpu-profiles"}.read(models, settings),
                 .devices = {}};
  if (!options.gpu_device.empty())
    pair.devices = profile_folder{options.gpu_device, "--gpu-device"}.read(models, settings);
  return pair;
}

auto candidates_of(choice which) {
  auto const over = [which](zoo::efficientnet_layer const& layer) {
    return which != choice::paper || layer.is_block();
  };
  split_filter const filter = which == choice::paper ? compressive : which == choice::every ? every_split : undominated;
  return candidates{filter, split_point{0}, split_point{std::numeric_limits<std::size_t>::max()}, over};
}

void add_warnings(study& all, site_pair const& pair, zoo::efficientnet const& model) {
  profile const& server = pair.servers.find(model.name())->second;
  profile const& device = pair.devices.empty() ? server : pair.devices.find(model.name())->second;
  std::vector<cost_warning> warnings;
  std::visit(
      [&](auto const& planner) {
        for (batch_times const& times : server.measured())
          for (cost_warning const& warning : cost_warnings(planner, times.batch)) warnings.push_back(warning);
      },
      planner_for(all, pair, model, choice::undominated));
  for (std::string& sentence : cli::sentences_about(warnings, server))
    all.warnings.push_back(pair.name + ": " + std::move(sentence));
  batch_size const measured = pair.largest_measured(model.name());
  if (pair.single_samples || all.batches.back() <= measured) return;
  all.extrapolated.push_back(fmt::format("{} from {}", model.name(), measured.count));
  std::set<std::string> beyond{cli::warning_about_extrapolation(server), cli::warning_about_extrapolation(device)};
  beyond.erase("");
  for (std::string const& sentence : beyond) all.warnings.push_back(pair.name + ": " + sentence);
}

}  // namespace

batch_size site_pair::largest_measured(std::string_view model) const {
  batch_size const at_server = servers.find(model)->second.measured().back().batch;
  return devices.empty() ? at_server : std::min(at_server, devices.find(model)->second.measured().back().batch);
}

std::string_view name_of(choice which) {
  switch (which) {
    case choice::paper:
      return "paper";
    case choice::undominated:
      return "undominated";
    case choice::every:
      break;
  }
  return "every";
}

study study_of(options const& options) {
  if (!std::isfinite(options.device_slowdown) || options.device_slowdown <= 0.0)
    throw error{cli::cli_errc::bad_option, "--device-slowdown must be a finite factor above 0"};
  study all{.models = models_in(options.models),
            .pairs = {},
            .batches = batches_in(options.batches, "--batches"),
            .varying_batches = batches_in(options.varying_batches, "--varying-batches"),
            .rates = rates_in(options.rates, "--rates"),
            .device_slowdown = options.device_slowdown,
            .settings = {},
            .warnings = {},
            .extrapolated = {}};
  if (all.batches.size() * all.rates.size() > most_states || all.varying_batches.size() > most_varying_batches)
    throw error{
        cli::cli_errc::bad_option,
        fmt::format(
            "--batches and --rates make {} states and --varying-batches has {} sizes; at most {} and {} are of use",
            all.batches.size() * all.rates.size(), all.varying_batches.size(), most_states, most_varying_batches)};
  if (!options.needs_sites()) return all;
  all.settings = fmt::format("sites {}\nbatches {}\nrates {}\ndevice slowdown {}\n", options.sites, options.batches,
                             options.rates, options.device_slowdown);
  for (std::string const& name : names_in(options.sites, "--sites"))
    all.pairs.push_back(pair_named(name, options, all.models, all.settings));
  for (site_pair const& pair : all.pairs)
    if (!pair.modelled)
      for (zoo::efficientnet const& model : all.models) add_warnings(all, pair, model);
  return all;
}

any_planner planner_for(study const& all, site_pair const& pair, zoo::efficientnet const& model, choice which) {
  if (pair.modelled && pair.single_samples) {
    constexpr roofline_assumptions usual;
    return planner{
        model,
        sites{of_single_samples{roofline{model, usual.device()}}, of_single_samples{roofline{model, usual.server()}}},
        candidates_of(which)};
  }
  if (pair.modelled) return modelled(model, which, {});
  // Batches beyond the measured ones are extrapolated; coverage.csv tells from where on.
  profile const server = pair.servers.find(model.name())->second.extrapolated();
  if (pair.single_samples)
    return planner{model, sites{of_single_samples{scaled{server, all.device_slowdown}}, of_single_samples{server}},
                   candidates_of(which)};
  if (pair.devices.empty())
    return planner{model, sites{scaled{server, all.device_slowdown}, server}, candidates_of(which)};
  return planner{model, sites{pair.devices.find(model.name())->second.extrapolated(), server}, candidates_of(which)};
}

modelled_planner modelled(zoo::efficientnet const& model, choice which, roofline_assumptions const& assumed) {
  return {model, sites{roofline{model, assumed.device()}, roofline{model, assumed.server()}}, candidates_of(which)};
}

}  // namespace dsc::paper

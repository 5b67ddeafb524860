#include "planning/planning.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include <dsc/model/layers.hpp>

#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

// In what two networks differ first; empty where they do not.
std::string difference(Model auto const& first, Model auto const& second) {
  if (first.name() != second.name()) return fmt::format("'{}' and '{}'", first.name(), second.name());
  if (first.input_bytes() != second.input_bytes())
    return fmt::format("inputs of {} and {} bytes", first.input_bytes().count, second.input_bytes().count);
  if (layer_count(first) != layer_count(second))
    return fmt::format("{} and {} layers", layer_count(first), layer_count(second));
  for (std::size_t i = 0; i < layer_count(first); ++i) {
    auto const& here = layer_at(first, i);
    auto const& there = layer_at(second, i);
    if (here.name() != there.name()) return fmt::format("layer {} is '{}' and '{}'", i + 1, here.name(), there.name());
    if (here.output_bytes() != there.output_bytes())
      return fmt::format("layer '{}' puts out {} and {} bytes", here.name(), here.output_bytes().count,
                         there.output_bytes().count);
  }
  return {};
}

// The layers of a network of the zoo that are no blocks, by name: a profile does not know what a
// layer is. Every layer of another network is a block.
std::set<std::string, std::less<>> names_between_blocks(profile const& network) {
  std::set<std::string, std::less<>> names;
  if (zoo::efficientnet const* const model = find_model(network.name()))
    for (zoo::efficientnet_layer const& layer : model->layers())
      if (!layer.is_block()) names.emplace(layer.name());
  return names;
}

bool served(candidate_options const& options, split_point split) {
  return options.served.empty() || std::ranges::count(options.served, split) > 0;
}

// The layers that may not be cut after.
std::set<std::string, std::less<>> names_not_allowed(profile const& network, candidate_options const& options) {
  std::set<std::string, std::less<>> names;
  if (options.granularity == granularity::blocks) names = names_between_blocks(network);
  for (std::size_t l = 1; l < layer_count(network); ++l)
    if (!served(options, split_point{l})) names.emplace(split_name(network, split_point{l}));
  return names;
}

// Of a network of so many layers.
template <class Selection>
candidates<Selection> candidates_of(candidate_options const& options, std::size_t layers, Selection selection) {
  if (options.max_split) check_split(*options.max_split, layers);
  return {options.filter, options.min_split, options.max_split.value_or(split_point{layers}), std::move(selection)};
}

}  // namespace

void check_same_network(profile const& device, profile const& server) {
  std::string const mismatch = difference(device, server);
  if (!mismatch.empty())
    throw error{errc::bad_profile, "the profiles of device and server are of different networks: " + mismatch +
                                       "; profile one model at both sites, with the same options"};
}

void check_profile_of(model_description const& model, profile const& measured, std::string const& file) {
  std::string const mismatch = difference(model, measured);
  if (!mismatch.empty())
    throw error{errc::bad_profile,
                fmt::format("'{}' is the profile of another network than the one to run: {}; 'dsc profile {}' makes "
                            "one that fits, with the same --input, --cuts, --element and --fast as here",
                            file, mismatch, model.given)};
}

void check_candidates(model_description const& model, candidate_options const& options) {
  candidate_splits(model, candidates_of(options, layer_count(model), every_layer{}));
}

profile_planner planner_of(profile const& device, profile const& server, candidate_options const& options) {
  check_same_network(device, server);
  candidate_options allowed = options;
  if (!served(options, split_point{0})) allowed.min_split = std::max(options.min_split, split_point{1});
  auto const select = [excluded = names_not_allowed(server, options)](profiled_layer const& layer) {
    return !excluded.contains(layer.name());
  };
  return {server, sites{device, server}, candidates_of(allowed, layer_count(server), select)};
}

std::string describe(split_point split, profile const& network) {
  if (split.layers == 0) return "send the input (l = 0)";
  if (split.layers == layer_count(network)) return fmt::format("run locally (l = {})", split.layers);
  return fmt::format("split after {} (l = {})", split_name(network, split), split.layers);
}

}  // namespace dsc::cli

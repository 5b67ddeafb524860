#include "planning/planning.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include <dsc/model/layers.hpp>

#include "console/errors.hpp"
#include "engines/zoo.hpp"
#include "options/lists.hpp"
#include "options/quantities.hpp"

namespace dsc::cli {
namespace {

split_filter filter_named(std::string_view name) {
  if (name == "undominated") return undominated;
  if (name == "compressive") return compressive;
  if (name == "natural") return natural;
  if (name == "all") return every_split;
  throw error{cli_errc::bad_option,
              fmt::format("--candidates '{}' is none of undominated, compressive, natural and all", name)};
}

// In what two networks differ first; empty where they do not.
std::string difference(Model auto const& one, Model auto const& other) {
  if (one.name() != other.name()) return fmt::format("'{}' and '{}'", one.name(), other.name());
  if (one.input_bytes() != other.input_bytes())
    return fmt::format("inputs of {} and {} bytes", one.input_bytes().count, other.input_bytes().count);
  if (layer_count(one) != layer_count(other))
    return fmt::format("{} and {} layers", layer_count(one), layer_count(other));
  for (std::size_t i = 0; i < layer_count(one); ++i) {
    auto const& mine = layer_at(one, i);
    auto const& theirs = layer_at(other, i);
    if (mine.name() != theirs.name())
      return fmt::format("layer {} is '{}' and '{}'", i + 1, mine.name(), theirs.name());
    if (mine.output_bytes() != theirs.output_bytes())
      return fmt::format("layer '{}' puts out {} and {} bytes", mine.name(), mine.output_bytes().count,
                         theirs.output_bytes().count);
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

}  // namespace

void check_same_network(profile const& device, profile const& server) {
  std::string const what = difference(device, server);
  if (!what.empty())
    throw error{errc::bad_profile, "the profiles of device and server are of different networks: " + what +
                                       "; profile one model at both sites, with the same options"};
}

void check_profile_of(model_description const& model, profile const& measured, std::string const& file) {
  std::string const what = difference(model, measured);
  if (!what.empty())
    throw error{errc::bad_profile,
                fmt::format("'{}' is the profile of another network than the one to run: {}; 'dsc profile {}' makes "
                            "one that fits, with the same --input, --cuts, --element and --fast as here",
                            file, what, model.given)};
}

split_point smallest_split(candidate_options const& wanted) {
  return split_point{wanted.is_private ? 1 : wanted.min_split};
}

void check_candidates(model_description const& model, candidate_options const& wanted) {
  means_blocks(wanted.granularity);
  if (wanted.max_split != UINT64_MAX) check_split(split_point{wanted.max_split}, layer_count(model));
  candidate_splits(
      model, candidates<>{filter_named(wanted.filter), smallest_split(wanted), split_point{wanted.max_split}, {}});
}

profile_planner planner_of(profile const& device, profile const& server, candidate_options const& wanted) {
  check_same_network(device, server);
  split_filter const filter = filter_named(wanted.filter);
  if (wanted.max_split != UINT64_MAX) check_split(split_point{wanted.max_split}, layer_count(server));
  split_point const smallest = smallest_split(wanted), largest{wanted.max_split};
  sites const costs{device, server};
  if (!means_blocks(wanted.granularity)) return {server, costs, candidates<>{filter, smallest, largest, {}}};
  auto const select = [others = names_between_blocks(server)](profiled_layer const& layer) {
    return !others.contains(layer.name());
  };
  return {server, costs, candidates{filter, smallest, largest, select}};
}

link_parameters link_of(conditions_options const& wanted) {
  return {.latency = ms_of(wanted.latency_ms, "--latency"),
          .return_latency = ms_of(wanted.return_latency_ms, "--return-latency"),
          .return_rate = wanted.return_rate.empty() ? unlimited : rate_in(wanted.return_rate, "--return-rate")};
}

server_load load_of(conditions_options const& wanted) {
  check_factor(wanted.load, 1e-6, "--load", "1 is an idle server");
  return {.slowdown = wanted.load, .queueing_delay = ms_of(wanted.queue_ms, "--queue")};
}

std::string describe(split_point split, profile const& network) {
  if (split.layers == 0) return "send the input (l = 0)";
  if (split.layers == layer_count(network)) return fmt::format("run locally (l = {})", split.layers);
  return fmt::format("split after {} (l = {})", split_name(network, split), split.layers);
}

}  // namespace dsc::cli

#include "running/servers.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <dsc/io/deployment_json.hpp>
#include <dsc/oip/error.hpp>
#include <dsc/run/deployment_of.hpp>

#include "engines/registry.hpp"
#include "network/network.hpp"

namespace dsc::cli {
namespace {

// What the servers serve: as a file says, or the first of them that answers. One that was started
// together with this command needs a moment to load its weights.
deployment deployment_of_servers(run_options const& options, network const& net, oip::client_options const& client) {
  if (!options.deployment.empty()) return read_deployment(options.deployment);
  constexpr seconds patience{5.0}, pause{0.2};
  time_point const until = deadline_after(run_clock::now(), patience);
  for (std::size_t i = 0;; i = (i + 1) % options.servers.size()) try {
      return net.deployment_at(options.servers[i], client);
    } catch (error const& failure) {
      bool const is_last = i + 1 == options.servers.size();
      if (failure.code() != errc::transport_failed || (is_last && run_clock::now() > until)) throw;
      if (is_last) std::this_thread::sleep_for(pause);
    }
}

// Head and tail must be of the same network and the same weights.
void check_deployment(deployment const& served, model_description const& model, std::string const& weights,
                      std::string const& source) {
  if (served.signature != network_signature(model) || served.layers != layer_count(model))
    throw error{oip::oip_errc::other_network,
                fmt::format("{} has tails of '{}', which is another network than '{}' here, or was read with other "
                            "--cuts, --input or --element; give both sides the same",
                            source, served.network, model.name())};
  if (!served.weights.empty() && served.weights != weights)
    throw error{oip::oip_errc::other_network,
                fmt::format("{} has tails of {} with other weights ({}) than here ({}); give both sides the same file, "
                            "or the same --seed",
                            source, model.name(), served.weights, weights)};
}

}  // namespace

remote_servers connected(run_options const& options, model_description const& model, std::vector<split_point>& served) {
  network const& net = network_for("'run --server'");
  oip::client_options client;
  client.tls = {options.security.certificate, options.security.key, options.security.authority};
  deployment offered = deployment_of_servers(options, net, client);
  std::string const weights = engine_of(model).weights_fingerprint(model, options.execution);
  check_deployment(offered, model, weights, options.deployment.empty() ? options.servers.front() : options.deployment);
  batch_size const largest = *std::ranges::max_element(options.batches);
  if (offered.largest_batch.count > 0 && largest > offered.largest_batch)
    throw error{
        oip::oip_errc::bad_deployment,
        fmt::format("--batch {} is more than the servers take, which is {}; 'dsc serve --max-batch' allows more",
                    largest.count, offered.largest_batch.count)};
  for (served_tail const& tail : offered.tails) served.push_back(tail.split);
  return {.addresses = options.servers,
          .link = net.connect(options.servers, offered, client),
          .planners = {},
          .interval = options.interval};
}

std::vector<strategy> served_strategies(std::vector<strategy> list, std::vector<split_point> const& served,
                                        model_description const& model, bool all) {
  if (served.empty()) return list;
  auto const is_missing = [&](strategy const& each) {
    return each.split && each.split->layers < layer_count(model) && std::ranges::count(served, *each.split) == 0;
  };
  if (all) std::erase_if(list, is_missing);
  if (auto const missing = std::ranges::find_if(list, is_missing); missing != list.end()) {
    std::vector<std::size_t> splits;
    for (split_point const split : served) splits.push_back(split.layers);
    throw error{oip::oip_errc::bad_deployment,
                fmt::format("--strategy '{}' needs the tail of split {}, but the servers have those of {}",
                            missing->name, missing->split->layers, fmt::join(splits, ", "))};
  }
  return list;
}

std::vector<profile_planner> planners_of(profile const& device, profile const& server,
                                         candidate_options const& candidates, std::vector<strategy> const& strategies) {
  std::vector<profile_planner> planners;
  for (strategy const& each : strategies) {
    candidate_options allowed = candidates;
    if (each.split) allowed.filter = every_split, allowed.min_split = *each.split, allowed.max_split = *each.split;
    planners.push_back(planner_of(device, server, allowed));
  }
  return planners;
}

}  // namespace dsc::cli

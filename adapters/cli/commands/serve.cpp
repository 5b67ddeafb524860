#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <dsc/io/profile_json.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/plan/candidates.hpp>
#include <dsc/run/deployment_of.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "console/progress.hpp"
#include "console/quantities.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"
#include "network/network.hpp"
#include "planning/planning.hpp"

namespace dsc::cli {
namespace {

// Those that a plan may choose in some state, from profiles of both sites.
std::vector<split_point> undominated_splits(serve_options const& options, model_description const& model) {
  if (options.device.empty() || options.server.empty())
    throw error{cli_errc::bad_option,
                "--splits undominated depends on times: give the profiles of both sites by --device and --server, or "
                "take compressive or all"};
  profile const device = read_profile(options.device), server = read_profile(options.server);
  check_profile_of(model, device, options.device);
  check_profile_of(model, server, options.server);
  profile_planner const planner =
      planner_of(device, server, {.filter = undominated, .min_split = options.min_split, .max_split = {}});
  std::vector<split_point> splits;
  for (batch_times const& measured : device.measured())
    if (std::ranges::count(server.measured(), measured.batch, &batch_times::batch) > 0)
      for (split_point const split : planner.splits(measured.batch)) splits.push_back(split);
  return splits;
}

// The splits of a list are taken as they stand; of a filter, those that are large enough.
std::vector<split_point> splits_of(serve_options const& options, model_description const& model) {
  split_point const end{layer_count(model)};
  served_splits const& asked = options.splits;
  std::vector<split_point> splits = asked.list;
  for (split_point const split : splits)
    if (split >= end || split < options.min_split)
      throw error{errc::bad_split, fmt::format("--splits has {}, but the tails of {} begin at {}..{}", split.layers,
                                               model.name(), options.min_split.layers, end.layers - 1)};
  if (!splits.empty()) return splits;
  if (asked.filter == undominated) {
    splits = undominated_splits(options, model);
  } else {
    splits = candidate_splits(model, candidates<>{.filter = asked.filter, .min_split = options.min_split});
    // `run` compares those of the blocks, too.
    if (asked.filter == compressive)
      for (split_point const split : compressive_bottlenecks(model, zoo::blocks))
        if (split >= options.min_split) splits.push_back(split);
  }
  std::erase(splits, end);
  if (splits.empty())
    throw error{errc::bad_split, fmt::format("no split of {} is left to serve; take a smaller --min-split, or --splits "
                                             "all",
                                             model.name())};
  return splits;
}

// First passes allocate and choose kernels; they are nobody's latency.
void warm_up(deployment const& served, tail_runner const& run) {
  progress shown{fmt::format("warming up {} tails", served.tails.size())};
  for (std::size_t i = 0; i < served.tails.size(); ++i) {
    tensor_spec const spec = batched(served.tails[i].inputs.front().sample, batch_size{1});
    auto const zeros = std::make_shared<std::vector<std::byte> const>(spec.size().count);
    run(tail_of(served.tails[i].split, served.layers), {{spec, {zeros, *zeros}}});
    shown.show(static_cast<double>(i + 1) / static_cast<double>(served.tails.size()), served.tails[i].model);
  }
}

oip::server_options server_options_of(serve_options const& options) {
  oip::server_options server;
  server.listen = options.listen;
  server.tls = {options.security.certificate, options.security.key, options.security.authority};
  server.workers = options.workers;
  server.longest_queue = options.longest_queue;
  server.largest_request = options.largest_request;
  server.largest_queue = std::max(server.largest_queue, options.largest_request);
  server.metrics = options.metrics;
  return server;
}

void show_beginning(serve_options const& options, deployment const& served, hosted_tails const& here) {
  std::string splits;
  for (served_tail const& tail : served.tails)
    splits += fmt::format("{}{}", splits.empty() ? "" : ", ", tail.split.layers);
  say(fmt::format("{}: {} tails of {} layers, l = {}; weights {}\n", printable(served.network), served.tails.size(),
                  served.layers, splits, served.weights));
  bool const is_alone = here.is_for_this_machine_alone(), is_secured = !options.security.certificate.empty();
  say(fmt::format(
      "serving at {}{}{}\n", here.address(), is_alone ? ", for this machine alone" : "",
      is_secured ? options.security.authority.empty() ? ", by TLS" : ", by TLS with clients' certificates" : ""));
  if (std::string const metrics = here.metrics_address(); !metrics.empty())
    say(fmt::format("metrics at http://{}/metrics\n", metrics));
  finish_saying();
  if (!is_alone && !is_secured)
    warn(
        fmt::format("whoever reaches {} may use this server and read what is sent; --tls-cert, --tls-key and "
                    "--tls-ca secure it",
                    here.address()));
}

void show_end(oip::server_totals const& totals) {
  say(fmt::format("answered {} requests ({} bytes in, {} out); {} refused, {} invalid, {} dropped, {} failed\n",
                  totals.answered, grouped(totals.received.count), grouped(totals.sent.count), totals.refused,
                  totals.invalid, totals.dropped, totals.failed));
}

}  // namespace

void serve(serve_options const& options) {
  network const& net = network_for("'serve'");
  model_description const model = describe_model(options.model, options.execution);
  std::vector<split_point> const splits = splits_of(options, model);
  hosted_model const hosted = engine_of(model).host(model, options.execution);
  deployment served = deployment_of(model, splits, model.name(), hosted.weights);
  served.largest_batch = options.largest_batch;
  warm_up(served, hosted.run);

  constexpr seconds time_to_end{30.0};
  awaited_interrupt interrupt;
  std::unique_ptr<hosted_tails> const here = net.host(served, hosted.run, server_options_of(options));
  show_beginning(options, served, *here);
  interrupt.wait();
  here->drain(deadline_after(run_clock::now(), time_to_end));
  show_end(here->totals());
}

}  // namespace dsc::cli

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include <dsc/model/layers.hpp>
#include <dsc/run/deployment_of.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"
#include "network/network.hpp"
#include "serving/splits_to_serve.hpp"

namespace dsc::cli {
namespace {

// First passes allocate and choose kernels; they are nobody's latency.
void warm_up(deployment const& served, tail_runner const& run) {
  for (served_tail const& tail : served.tails) {
    tensor_spec const spec = batched(tail.inputs.front().sample, batch_size{1});
    auto const zeros = std::make_shared<std::vector<std::byte> const>(spec.size().count);
    run(tail_of(tail.split, served.layers), {{spec, {zeros, *zeros}}});
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
  std::vector<split_point> const splits = splits_to_serve(model, options.tails);
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

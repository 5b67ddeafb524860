#include "running/run_document.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

using json = nlohmann::ordered_json;

// JSON has no infinity: what never ends, and what is unlimited, is null.
json finite_or_null(double x) { return std::isfinite(x) ? json(x) : json(nullptr); }
json seconds_of(seconds time) { return finite_or_null(time.count()); }

json breakdown(latency_breakdown const& of) {
  return {{"head", seconds_of(of.head)},
          {"transfer", seconds_of(of.transfer)},
          {"queue", seconds_of(of.queue)},
          {"tail", seconds_of(of.tail)},
          {"return_time", seconds_of(of.return_time)}};
}

json link_document(run_options const& wanted, rate_trace const& trace) {
  link_parameters const& parameters = trace.parameters();
  return {{"rate", wanted.rate.empty() ? json(nullptr) : json(trace.samples().front().rate.bytes_per_second)},
          {"trace", wanted.trace.empty() ? json(nullptr) : json(wanted.trace)},
          {"latency", seconds_of(parameters.latency)},
          {"return_latency", seconds_of(parameters.return_latency)},
          {"return_rate", finite_or_null(parameters.return_rate.bytes_per_second)}};
}

json strategy_document(strategy_summary const& one) {
  json document{{"name", one.strategy.name}};
  if (one.strategy.split) document["split"] = one.strategy.split->layers;
  document["mean_seconds"] = seconds_of(one.mean);
  document["median_seconds"] = seconds_of(one.median);
  document["gain_percent"] = one.gain_percent ? json(*one.gain_percent) : json(nullptr);
  document["prediction_error"] = one.prediction_error ? json(*one.prediction_error) : json(nullptr);
  document["fallbacks"] = one.fallbacks;
  document["identical_answers"] = one.identical_answers;
  return document;
}

json request_document(outcome const& one, std::vector<strategy> const& strategies) {
  inference_record const& record = one.record;
  plan const& decided = record.decided.plan;
  return {{"request", one.request + 1},
          {"strategy", strategies[one.strategy].name},
          {"time", one.time.count()},
          {"batch", record.batch.count},
          {"rate", record.decided.rate.value_or(data_rate{}).bytes_per_second},
          {"split", decided.split.layers},
          {"predicted_seconds", seconds_of(decided.latency.total())},
          {"observed_seconds", record.total.count()},
          {"predicted", breakdown(decided.latency)},
          {"observed", breakdown(record.observed)},
          {"fallback", record.fell_back() ? json(record.fallback) : json(nullptr)}};
}

}  // namespace

std::string run_document(run_options const& wanted, experiment const& what, run_report const& report) {
  json strategies = json::array(), requests = json::array(), batches = json::array();
  for (strategy_summary const& one : report.summaries()) strategies.push_back(strategy_document(one));
  for (outcome const& one : report.outcomes()) requests.push_back(request_document(one, report.strategies()));
  for (batch_size const batch : what.batches) batches.push_back(batch.count);
  std::optional<double> const error = report.prediction_error();
  json document{{"schema", "dsc.run/1"},
                {"model", what.model.name()},
                {"input_type", name_of(what.model.input().element)},
                {"batch", batches},
                {"device_slowdown", wanted.device_slowdown},
                {"link", link_document(wanted, what.trace)},
                {"load", {{"slowdown", what.load.slowdown}, {"queueing_delay", seconds_of(what.load.queueing_delay)}}},
                {"strategies", strategies},
                {"requests", requests},
                {"prediction_error", error ? json(*error) : json(nullptr)}};
  if (!report.top_classes().empty()) document["top_classes"] = report.top_classes();
  return document.dump(2);
}

}  // namespace dsc::cli

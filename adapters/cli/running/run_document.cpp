#include "running/run_document.hpp"

#include <cmath>

#include <nlohmann/json.hpp>

#include "console/printable.hpp"
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
  return {{"rate", wanted.rate ? json(wanted.rate->bytes_per_second) : json(nullptr)},
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
  document["gain_noise_percent"] = one.gain_noise ? json(*one.gain_noise) : json(nullptr);
  document["same_splits"] = one.same_splits;
  document["prediction_error"] = one.prediction_error ? json(*one.prediction_error) : json(nullptr);
  document["fallbacks"] = one.fallbacks;
  document["identical_answers"] = one.identical_answers;
  return document;
}

json image_document(image_classes const& image, experiment const& plan) {
  json classes = json::array();
  for (class_score const& score : image.best) {
    json entry{{"class", score.index}, {"probability", finite_or_null(score.probability)}};
    if (!plan.labels.empty()) entry["label"] = plan.labels[score.index];
    classes.push_back(std::move(entry));
  }
  return {{"file", plan.images[image.image]}, {"classes", classes}};
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

std::string run_document(run_options const& wanted, experiment const& plan, run_report const& report) {
  json strategies = json::array(), requests = json::array(), batches = json::array();
  for (strategy_summary const& one : report.summaries()) strategies.push_back(strategy_document(one));
  for (outcome const& one : report.outcomes()) requests.push_back(request_document(one, report.strategies()));
  for (batch_size const batch : plan.batches) batches.push_back(batch.count);
  std::optional<double> const error = report.prediction_error();
  json document{{"schema", "dsc.run/1"},
                {"model", plan.model.name()},
                {"input_type", name_of(plan.model.input().element)},
                {"batch", batches},
                {"device_slowdown", plan.device.slowdown},
                {"link", link_document(wanted, plan.trace)},
                {"load", {{"slowdown", plan.load.slowdown}, {"queueing_delay", seconds_of(plan.load.queueing_delay)}}},
                {"strategies", strategies},
                {"requests", requests},
                {"prediction_error", error ? json(*error) : json(nullptr)}};
  if (!report.top_classes().empty()) document["top_classes"] = report.top_classes();
  json images = json::array();
  for (image_classes const& image : report.images()) images.push_back(image_document(image, plan));
  if (!images.empty()) document["images"] = images;
  return json_text(document);
}

}  // namespace dsc::cli

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <dsc/error.hpp>
#include <dsc/io/detail/json_text.hpp>
#include <dsc/io/file.hpp>
#include <dsc/run/session.hpp>

/// Runs as JSON, schema `dsc.run/1`, which `dsc report` shows, and as CSV: what was predicted for
/// every request and what happened. Rates are bytes per second, times seconds; null is a rate
/// without limit, a time that never comes, or what is not known.
namespace dsc {

/// A way to choose the split that requests were made with.
struct run_strategy {
  std::string name;                            ///< `dynamic` is the one that others are compared with
  std::optional<split_point> split{};          ///< always this one; nothing: chosen again for every request
  bool identical_answers = true;               ///< bit for bit those of the first strategy
  std::optional<double> gain_noise_percent{};  ///< standard error of `dynamic`'s gain; nothing where it is not known
  std::optional<bool> same_splits{};           ///< whether `dynamic` took the same split at every request
};

/// What a model of classes takes an image for.
struct run_image {
  struct scored_class {
    std::size_t index = 0;
    double probability = 0.0;
    std::string label{};  ///< empty where it is not known
  };

  std::string file;
  std::vector<scored_class> classes{};  ///< best first

  explicit run_image(std::string name) : file{std::move(name)} {}
};

/// One request of one strategy.
struct run_request {
  std::uint64_t number = 1;  ///< from 1; the same for all strategies that were given this input
  std::size_t strategy = 0;  ///< its place in `run_document::strategies`
  seconds time{};            ///< when it was made, from the beginning of the run
  inference_record record{};
};

/// Everything that a run's file tells.
struct run_document {
  std::string model;
  std::string input_type{};                 ///< as in `float32`; empty where nobody needs to know
  std::optional<double> device_slowdown{};  ///< of an emulated device; nothing where it is none
  std::optional<data_rate> rate{};          ///< where it is steady
  std::string trace{};                      ///< a trace's name; empty for none
  link_parameters link{};
  server_load load{};
  std::vector<batch_size> batches{};  ///< request by request the next one; those of the requests where empty
  std::vector<run_strategy> strategies{};
  std::vector<run_request> requests{};
  std::vector<run_image> images{};
  std::vector<std::size_t> top_classes{};  ///< of the first output, best first; none where it is no row of scores
};

/// One strategy over all its requests.
struct run_summary {
  seconds mean{};
  seconds median{};
  std::optional<double> gain_percent{};      ///< of `dynamic` over it, `100/N · Σ (T − T_dyn) / T`
  std::optional<double> prediction_error{};  ///< median of `|predicted − observed| / observed`
  std::size_t fallbacks = 0;                 ///< requests that the device had to finish by itself
};

namespace detail {

inline std::optional<double> median(std::vector<double> values) {
  if (values.empty()) return std::nullopt;
  std::ranges::sort(values);
  std::size_t const n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2.0;
}

// Where the channel was dead nothing was predicted, and where the device finished by itself
// something else happened.
inline void add_prediction_error(std::vector<double>& errors, inference_record const& record) {
  seconds const predicted = record.predicted();
  if (predicted == never || record.fell_back() || record.total <= seconds{}) return;
  errors.push_back(std::abs(predicted.count() - record.total.count()) / record.total.count());
}

inline void check_run(run_document const& run) {
  for (run_request const& request : run.requests)
    if (request.strategy >= run.strategies.size())
      throw error{errc::bad_quantity, "request " + std::to_string(request.number) + " of the run of '" + run.model +
                                          "' is of strategy " + std::to_string(request.strategy) + ", but there are " +
                                          std::to_string(run.strategies.size()) + "; name it in `strategies`"};
}

}  // namespace detail

/// What each strategy of a run comes to: means and medians of what was observed, 0 for one without
/// requests. The gain is nothing where `dynamic` was not given the same requests. Throws
/// `bad_quantity` for a request of no strategy.
inline std::vector<run_summary> summaries(run_document const& run) {
  detail::check_run(run);
  std::vector<std::vector<double>> times(run.strategies.size()), errors(run.strategies.size());
  std::vector<run_summary> list(run.strategies.size());
  auto const dynamic = std::ranges::find(run.strategies, "dynamic", &run_strategy::name);
  std::size_t const reference = static_cast<std::size_t>(dynamic - run.strategies.begin());
  std::unordered_map<std::uint64_t, double> of_dynamic;
  for (run_request const& request : run.requests) {
    inference_record const& record = request.record;
    times[request.strategy].push_back(record.total.count());
    detail::add_prediction_error(errors[request.strategy], record);
    list[request.strategy].fallbacks += record.fell_back() ? 1 : 0;
    if (request.strategy == reference) of_dynamic.emplace(request.number, record.total.count());
  }

  std::vector<double> saved(run.strategies.size());
  std::vector<std::size_t> pairs(run.strategies.size());
  for (run_request const& request : run.requests) {
    auto const mine = of_dynamic.find(request.number);
    double const total = request.record.total.count();
    if (mine == of_dynamic.end() || total <= 0.0) continue;
    saved[request.strategy] += 100.0 * (total - mine->second) / total;
    ++pairs[request.strategy];
  }
  for (std::size_t s = 0; s < list.size(); ++s) {
    if (!times[s].empty())
      list[s].mean =
          seconds{std::accumulate(times[s].begin(), times[s].end(), 0.0) / static_cast<double>(times[s].size())};
    list[s].median = seconds{detail::median(times[s]).value_or(0.0)};
    list[s].prediction_error = detail::median(errors[s]);
    if (pairs[s] > 0) list[s].gain_percent = saved[s] / static_cast<double>(pairs[s]);
  }
  return list;
}

/// Median of `|predicted − observed| / observed` over all requests of all strategies; nothing where
/// nothing could be predicted.
inline std::optional<double> prediction_error(run_document const& run) {
  std::vector<double> errors;
  for (run_request const& request : run.requests) detail::add_prediction_error(errors, request.record);
  return detail::median(std::move(errors));
}

namespace detail {

inline ordered_json number_or_null(std::optional<double> const& x) {
  return x ? finite_or_null(*x) : ordered_json(nullptr);
}

inline ordered_json breakdown_object(latency_breakdown const& latency) {
  return {{"head", finite_or_null(latency.head.count())},
          {"transfer", finite_or_null(latency.transfer.count())},
          {"queue", finite_or_null(latency.queue.count())},
          {"tail", finite_or_null(latency.tail.count())},
          {"return_time", finite_or_null(latency.return_time.count())}};
}

inline ordered_json strategy_object(run_strategy const& strategy, run_summary const& summary) {
  ordered_json object{{"name", strategy.name}};
  if (strategy.split) object["split"] = strategy.split->layers;
  object["mean_seconds"] = summary.mean.count();
  object["median_seconds"] = summary.median.count();
  object["gain_percent"] = number_or_null(summary.gain_percent);
  if (strategy.same_splits) {
    object["gain_noise_percent"] = number_or_null(strategy.gain_noise_percent);
    object["same_splits"] = *strategy.same_splits;
  }
  object["prediction_error"] = number_or_null(summary.prediction_error);
  object["fallbacks"] = summary.fallbacks;
  object["identical_answers"] = strategy.identical_answers;
  return object;
}

inline ordered_json image_object(run_image const& image) {
  ordered_json classes = ordered_json::array();
  for (run_image::scored_class const& scored : image.classes) {
    ordered_json entry{{"class", scored.index}, {"probability", finite_or_null(scored.probability)}};
    if (!scored.label.empty()) entry["label"] = scored.label;
    classes.push_back(std::move(entry));
  }
  return {{"file", image.file}, {"classes", std::move(classes)}};
}

inline ordered_json request_object(run_request const& request, std::string const& strategy) {
  inference_record const& record = request.record;
  return {{"request", request.number},
          {"strategy", strategy},
          {"time", request.time.count()},
          {"batch", record.batch.count},
          {"rate", finite_or_null(record.decided.rate.value_or(data_rate{}).bytes_per_second)},
          {"split", record.decided.plan.split.layers},
          {"predicted_seconds", finite_or_null(record.predicted().count())},
          {"observed_seconds", record.total.count()},
          {"predicted", breakdown_object(record.decided.plan.latency)},
          {"observed", breakdown_object(record.observed)},
          {"fallback", record.fell_back() ? ordered_json(record.fallback) : ordered_json(nullptr)}};
}

// A text as a cell: within quotes where it would be taken for something else.
inline std::string csv_cell(std::string const& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string cell = "\"";
  for (char const c : text) cell += c == '"' ? std::string{"\"\""} : std::string{c};
  return cell + "\"";
}

inline std::string csv_cell(double x) { return x - x == 0.0 ? ordered_json(x).dump() : ""; }

}  // namespace detail

/// A run as text that `dsc report` reads. Throws `bad_quantity` for a request of no strategy.
inline std::string run_json(run_document const& run) {
  using detail::ordered_json;
  std::vector<run_summary> const sums = summaries(run);
  ordered_json document{{"schema", "dsc.run/1"}, {"model", run.model}};
  if (!run.input_type.empty()) document["input_type"] = run.input_type;
  ordered_json& batches = document["batch"] = ordered_json::array();
  for (batch_size const batch : run.batches) batches.push_back(batch.count);
  if (run.batches.empty())
    for (run_request const& request : run.requests)
      if (request.strategy == 0) batches.push_back(request.record.batch.count);
  document["device_slowdown"] = detail::number_or_null(run.device_slowdown);
  document["link"] = {{"rate", run.rate ? detail::finite_or_null(run.rate->bytes_per_second) : ordered_json(nullptr)},
                      {"trace", run.trace.empty() ? ordered_json(nullptr) : ordered_json(run.trace)},
                      {"latency", run.link.latency.count()},
                      {"return_latency", run.link.return_latency.count()},
                      {"return_rate", detail::finite_or_null(run.link.return_rate.bytes_per_second)}};
  document["load"] = {{"slowdown", run.load.slowdown}, {"queueing_delay", run.load.queueing_delay.count()}};
  ordered_json& strategies = document["strategies"] = ordered_json::array();
  for (std::size_t s = 0; s < run.strategies.size(); ++s)
    strategies.push_back(detail::strategy_object(run.strategies[s], sums[s]));
  ordered_json& requests = document["requests"] = ordered_json::array();
  for (run_request const& request : run.requests)
    requests.push_back(detail::request_object(request, run.strategies[request.strategy].name));
  document["prediction_error"] = detail::number_or_null(prediction_error(run));
  if (!run.top_classes.empty()) document["top_classes"] = run.top_classes;
  for (run_image const& image : run.images) document["images"].push_back(detail::image_object(image));
  return detail::json_text(document) + "\n";
}

/// The requests of a run, one a line; cells are empty where a time never comes or nothing is known.
/// Throws `bad_quantity` for a request of no strategy.
inline std::string run_csv(run_document const& run) {
  detail::check_run(run);
  std::string text =
      "request,strategy,time,batch,rate,split,predicted,observed,head,transfer,queue,tail,return_time,fallback\n";
  for (run_request const& request : run.requests) {
    inference_record const& record = request.record;
    latency_breakdown const& parts = record.observed;
    text += std::to_string(request.number) + "," + detail::csv_cell(run.strategies[request.strategy].name) + "," +
            detail::csv_cell(request.time.count()) + "," + std::to_string(record.batch.count) + "," +
            (record.decided.rate ? detail::csv_cell(record.decided.rate->bytes_per_second) : "") + "," +
            std::to_string(record.decided.plan.split.layers);
    for (seconds const time :
         {record.predicted(), record.total, parts.head, parts.transfer, parts.queue, parts.tail, parts.return_time})
      text += "," + detail::csv_cell(time.count());
    text += "," + detail::csv_cell(record.fallback) + "\n";
  }
  return text;
}

/// Makes or replaces a run's file, all or nothing. Throws `cannot_write`.
inline void write_run(std::filesystem::path const& path, run_document const& run) { write_file(path, run_json(run)); }

}  // namespace dsc

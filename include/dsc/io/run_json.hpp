#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include <dsc/io/detail/json.hpp>
#include <dsc/io/detail/json_parts.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/json_text.hpp>
#include <dsc/io/run_document.hpp>

/// Runs as JSON, schema `dsc.run/1`, which `dsc report` shows, and as CSV: what was predicted for
/// every request and what happened. Rates are bytes per second, times seconds; null is a rate
/// without limit, a time that never comes, or what is not known.
namespace dsc {

namespace detail {

inline char const* const run_schema = "dsc.run/1";

inline ordered_json number_or_null(std::optional<double> const& x) {
  return x ? finite_or_null(*x) : ordered_json(nullptr);
}

inline ordered_json strategy_object(run_strategy const& strategy, run_summary const& summary) {
  ordered_json object{{"name", strategy.name}};
  if (strategy.split) object["split"] = strategy.split->layers;
  object["mean_seconds"] = summary.mean.count();
  object["median_seconds"] = summary.median.count();
  object["gain_percent"] = number_or_null(summary.gain_percent);
  if (summary.same_splits) {
    object["gain_noise_percent"] = number_or_null(summary.gain_noise_percent);
    object["same_splits"] = *summary.same_splits;
  }
  object["prediction_error"] = number_or_null(summary.prediction_error);
  object["fallbacks"] = summary.fallbacks;
  object["waited_seconds"] = summary.waited.count();
  object["hedged_seconds"] = summary.hedged.count();
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
  ordered_json object{{"request", request.number},
                      {"strategy", strategy},
                      {"time", request.time.count()},
                      {"batch", record.batch.count},
                      {"rate", finite_or_null(record.decided.rate.value_or(data_rate{}).bytes_per_second)},
                      {"split", record.decided.plan.split.layers},
                      {"predicted_seconds", finite_or_null(record.predicted().count())},
                      {"observed_seconds", record.total.count()},
                      {"predicted", breakdown_object(record.decided.plan.latency)},
                      {"observed", breakdown_object(record.observed)},
                      {"route", record.decided.plan.route},
                      {"sent", record.sent.count},
                      {"received", record.received.count},
                      {"confirmed", record.confirmed.count},
                      {"confirmed_within", record.confirmed_within.count()},
                      {"waited", record.waited.count()},
                      {"hedged", record.hedged.count()},
                      {"cold", record.cold},
                      {"fallback", record.fell_back() ? ordered_json(record.fallback) : ordered_json(nullptr)}};
  if (!record.decided.rate) object["rate_known"] = false;
  if (record.exit_confidence) object["exit_confidence"] = finite_or_null(*record.exit_confidence);
  if (record.deadline != never) object["deadline"] = record.deadline.count();
  for (auto const& [key, text] : {std::pair{"reason", &record.decided.reason}, {"warning", &record.warning}})
    if (!text->empty()) object[key] = *text;
  return object;
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
  std::vector<run_summary> const sums = summaries(run);
  ordered_json document{{"schema", detail::run_schema}, {"model", run.model}};
  if (!run.input_type.empty()) document["input_type"] = run.input_type;
  ordered_json& batches = document["batch"] = ordered_json::array();
  for (batch_size const batch : run.batches) batches.push_back(batch.count);
  if (run.batches.empty())
    for (run_request const& request : run.requests)
      if (request.strategy == 0) batches.push_back(request.record.batch.count);
  document["device_slowdown"] = detail::number_or_null(run.device_slowdown);
  document["link"] = {{"rate", run.rate ? finite_or_null(run.rate->bytes_per_second) : ordered_json(nullptr)},
                      {"trace", run.trace.empty() ? ordered_json(nullptr) : ordered_json(run.trace)}};
  document["link"].update(detail::link_object(run.link));
  if (!run.servers.empty()) document["link"]["servers"] = run.servers;
  document["load"] = detail::load_object(run.load);
  ordered_json& strategies = document["strategies"] = ordered_json::array();
  for (std::size_t s = 0; s < run.strategies.size(); ++s)
    strategies.push_back(detail::strategy_object(run.strategies[s], sums[s]));
  ordered_json& requests = document["requests"] = ordered_json::array();
  for (run_request const& request : run.requests)
    requests.push_back(detail::request_object(request, run.strategies[request.strategy].name));
  document["prediction_error"] = detail::number_or_null(prediction_error(run));
  if (!run.top_classes.empty()) document["top_classes"] = run.top_classes;
  for (run_image const& image : run.images) document["images"].push_back(detail::image_object(image));
  return json_text(document);
}

/// The requests of a run, one a line; cells are empty where a time never comes or nothing is known.
/// Throws `bad_quantity` for a request of no strategy.
inline std::string run_csv(run_document const& run) {
  detail::check_run(run);
  std::string text =
      "request,strategy,time,batch,rate,split,predicted,observed,head,transfer,queue,tail,return_time,fallback,"
      "waited,hedged,route,sent,received,confirmed,confirmed_within,cold,reason\n";
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
    text += "," + detail::csv_cell(record.fallback) + "," + detail::csv_cell(record.waited.count()) + "," +
            detail::csv_cell(record.hedged.count());
    for (std::uint64_t const number :
         {std::uint64_t{record.decided.plan.route}, record.sent.count, record.received.count, record.confirmed.count})
      text += "," + std::to_string(number);
    text += "," + detail::csv_cell(record.confirmed_within.count()) + (record.cold ? ",1," : ",0,") +
            detail::csv_cell(record.decided.reason) + "\n";
  }
  return text;
}

namespace detail {

inline run_strategy read_strategy(json_value const& entry) {
  run_strategy strategy{entry.at("name").text()};
  if (auto const split = entry.find("split")) strategy.split = split_point{static_cast<std::size_t>(split->whole(0))};
  strategy.identical_answers = entry.at("identical_answers").boolean();
  return strategy;
}

using strategy_places = std::unordered_map<std::string, std::size_t>;

inline strategy_places places_of(std::vector<run_strategy> const& strategies, json_value const& list) {
  strategy_places places;
  for (run_strategy const& strategy : strategies)
    if (!places.emplace(strategy.name, places.size()).second) list.fail("must hold strategies with names of their own");
  return places;
}

inline std::size_t read_place(json_value const& name, strategy_places const& places) {
  auto const place = places.find(name.text());
  if (place == places.end()) name.fail("must be the name of one of the strategies");
  return place->second;
}

// What files of older versions do not tell.
inline void read_traffic(json_value const& entry, inference_record& record) {
  if (auto const route = entry.find("route")) record.decided.plan.route = static_cast<std::size_t>(route->whole(0));
  for (auto const& [key, amount] :
       {std::pair{"sent", &record.sent}, {"received", &record.received}, {"confirmed", &record.confirmed}})
    if (auto const told = entry.find(key)) *amount = bytes{told->whole(0)};
  for (auto const& [key, time] : {std::pair{"confirmed_within", &record.confirmed_within},
                                  {"waited", &record.waited},
                                  {"hedged", &record.hedged},
                                  {"deadline", &record.deadline}})
    if (auto const told = entry.find(key)) *time = read_time(*told);
  if (auto const sure = entry.find("exit_confidence"); sure && !sure->is_null())
    record.exit_confidence = sure->not_negative();
  if (auto const cold = entry.find("cold")) record.cold = cold->boolean();
  if (auto const reason = entry.find("reason")) record.decided.reason = reason->text();
  if (auto const warning = entry.find("warning")) record.warning = warning->text();
}

inline inference_record read_record(json_value const& entry) {
  inference_record record{};
  record.batch = batch_size{entry.at("batch").whole(1)};
  record.decided.rate = read_rate(entry.at("rate"));
  if (auto const known = entry.find("rate_known"); known && !known->boolean()) record.decided.rate.reset();
  record.decided.plan.split = split_point{static_cast<std::size_t>(entry.at("split").whole(0))};
  if (auto const parts = entry.find("predicted"))
    record.decided.plan.latency = read_breakdown(*parts, read_time_or_never);
  record.decided.plan.latency.end_to_end = read_time_or_never(entry.at("predicted_seconds"));
  if (auto const parts = entry.find("observed")) record.observed = read_breakdown(*parts, read_time_or_never);
  record.total = read_time(entry.at("observed_seconds"));
  if (json_value const fallback = entry.at("fallback"); !fallback.is_null()) record.fallback = fallback.text();
  read_traffic(entry, record);
  return record;
}

inline run_request read_request(json_value const& entry, strategy_places const& places) {
  return {entry.at("request").whole(1), read_place(entry.at("strategy"), places), read_time(entry.at("time")),
          read_record(entry)};
}

inline run_image read_image(json_value const& entry) {
  run_image image{entry.at("file").text()};
  image.classes = entry.at("classes").each([](json_value const& scored) {
    json_value const probability = scored.at("probability");
    auto const label = scored.find("label");
    return run_image::scored_class{
        static_cast<std::size_t>(scored.at("class").whole(0)),
        probability.is_null() ? std::numeric_limits<double>::quiet_NaN() : probability.not_negative(),
        label ? label->text() : std::string{}};
  });
  return image;
}

// What is told beside strategies and requests.
inline run_document read_conditions(json_value const& root) {
  json_value const link = root.at("link");
  run_document run{.model = root.at("model").text()};
  if (auto const type = root.find("input_type")) run.input_type = type->text();
  if (auto const factor = root.find("device_slowdown"); factor && !factor->is_null())
    run.device_slowdown = factor->positive();
  if (auto const rate = link.find("rate"); rate && !rate->is_null()) run.rate = read_rate(*rate);
  if (auto const trace = link.find("trace"); trace && !trace->is_null()) run.trace = trace->text();
  if (auto const servers = link.find("servers"))
    run.servers = servers->each([](json_value const& address) { return address.text(); });
  run.link = read_link(link);
  run.load = read_load(root.at("load"));
  if (auto const batches = root.find("batch"))
    run.batches = batches->each([](json_value const& batch) { return batch_size{batch.whole(1)}; });
  if (auto const classes = root.find("top_classes"))
    run.top_classes = classes->each([](json_value const& place) { return static_cast<std::size_t>(place.whole(0)); });
  if (auto const images = root.find("images")) run.images = images->each(read_image);
  return run;
}

}  // namespace detail

/// A run from the text of a file; `name` is what errors call it. What summaries the file has are
/// left unread: `summaries` gives them from the requests. Throws `bad_file`, naming the file and
/// the key.
inline run_document parse_run(std::string_view text, std::string_view name) {
  detail::json_document const document{text, name, detail::run_schema, errc::bad_file};
  detail::json_value const root = document.root();
  run_document run = detail::read_conditions(root);
  detail::json_value const strategies = root.at("strategies"), requests = root.at("requests");
  run.strategies = strategies.each(detail::read_strategy);
  if (run.strategies.empty()) strategies.fail("must hold one strategy at least");
  detail::strategy_places const places = detail::places_of(run.strategies, strategies);
  run.requests =
      requests.each([&](detail::json_value const& request) { return detail::read_request(request, places); });
  if (run.requests.empty()) requests.fail("must hold one request at least");
  return run;
}

/// A run from a file. Throws `cannot_read` and `bad_file`.
inline run_document read_run(std::filesystem::path const& path) { return parse_run(read_file(path), path.string()); }

/// Makes or replaces a run's file, all or nothing. Throws `cannot_write`.
inline void write_run(std::filesystem::path const& path, run_document const& run) { write_file(path, run_json(run)); }

}  // namespace dsc

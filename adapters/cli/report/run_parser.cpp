#include "report/run_parser.hpp"

#include <unordered_map>

#include <dsc/io/detail/json.hpp>

namespace dsc::cli {
namespace {

using detail::json_value;

seconds time_in(json_value const& value) { return seconds{value.not_negative()}; }
seconds time_or_never(json_value const& value) { return value.is_null() ? never : time_in(value); }
data_rate rate_or_unlimited(json_value const& value) {
  return value.is_null() ? unlimited : data_rate{value.not_negative()};
}
std::optional<double> number_or_nothing(json_value const& value) {
  return value.is_null() ? std::nullopt : std::optional{value.number()};
}
split_point split_in(json_value const& value) { return split_point{static_cast<std::size_t>(value.whole(0))}; }

parsed_strategy strategy_in(json_value const& entry) {
  auto const split = entry.find("split");
  return {entry.at("name").text(),
          split ? std::optional{split_in(*split)} : std::nullopt,
          time_in(entry.at("mean_seconds")),
          time_in(entry.at("median_seconds")),
          number_or_nothing(entry.at("gain_percent")),
          number_or_nothing(entry.at("prediction_error")),
          entry.at("fallbacks").whole(0),
          entry.at("identical_answers").boolean()};
}

using strategy_places = std::unordered_map<std::string, std::size_t>;

strategy_places places_of(std::vector<parsed_strategy> const& strategies, json_value const& list) {
  strategy_places places;
  for (parsed_strategy const& strategy : strategies)
    if (!places.emplace(strategy.name, places.size()).second) list.fail("must hold strategies with names of their own");
  return places;
}

std::size_t strategy_named(json_value const& name, strategy_places const& places) {
  auto const found = places.find(name.text());
  if (found == places.end()) name.fail("must be the name of one of the strategies");
  return found->second;
}

parsed_request request_in(json_value const& entry, strategy_places const& places) {
  json_value const fallback = entry.at("fallback");
  return {entry.at("request").whole(1),
          strategy_named(entry.at("strategy"), places),
          time_in(entry.at("time")),
          batch_size{entry.at("batch").whole(1)},
          rate_or_unlimited(entry.at("rate")),
          split_in(entry.at("split")),
          time_or_never(entry.at("predicted_seconds")),
          time_in(entry.at("observed_seconds")),
          fallback.is_null() ? std::string{} : fallback.text()};
}

}  // namespace

parsed_run parse_run(std::string_view text, std::string_view name) {
  detail::json_document const document{text, name, "dsc.run/1", errc::bad_file};
  json_value const root = document.root(), link = root.at("link"), load = root.at("load");
  parsed_run run{.model = root.at("model").text()};
  if (auto const type = root.find("input_type")) run.input_type = type->text();
  if (auto const factor = root.find("device_slowdown"); factor && !factor->is_null())
    run.device_slowdown = factor->positive();
  run.link = {time_in(link.at("latency")), time_in(link.at("return_latency")),
              rate_or_unlimited(link.at("return_rate"))};
  run.load = {load.at("slowdown", "slow_down").positive(), time_in(load.at("queueing_delay"))};
  run.prediction_error = number_or_nothing(root.at("prediction_error"));
  json_value const strategies = root.at("strategies"), requests = root.at("requests");
  run.strategies = strategies.each(strategy_in);
  if (run.strategies.empty()) strategies.fail("must hold one strategy at least");
  strategy_places const places = places_of(run.strategies, strategies);
  run.requests = requests.each([&](json_value const& request) { return request_in(request, places); });
  if (run.requests.empty()) requests.fail("must hold one request at least");
  return run;
}

}  // namespace dsc::cli

#include "report/run_parser.hpp"

#include <dsc/io/detail/json.hpp>

#include "engines/zoo.hpp"

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

parsed_strategy strategy_in(json_value const& one) {
  auto const split = one.find("split");
  return {one.at("name").text(),
          split ? std::optional{split_in(*split)} : std::nullopt,
          time_in(one.at("mean_seconds")),
          time_in(one.at("median_seconds")),
          number_or_nothing(one.at("gain_percent")),
          number_or_nothing(one.at("prediction_error")),
          one.at("fallbacks").whole(0),
          one.at("identical_answers").boolean()};
}

std::vector<parsed_strategy> strategies_in(json_value const& list) {
  std::vector<parsed_strategy> all = list.each(strategy_in);
  if (all.empty()) list.fail("must hold one strategy at least");
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j)
      if (all[i].name == all[j].name) list.fail("must hold strategies with names of their own");
  return all;
}

std::size_t strategy_named(json_value const& name, std::vector<parsed_strategy> const& among) {
  for (std::size_t i = 0; i < among.size(); ++i)
    if (among[i].name == name.text()) return i;
  name.fail("must be the name of one of the strategies");
}

parsed_request request_in(json_value const& one, std::vector<parsed_strategy> const& strategies) {
  json_value const fallback = one.at("fallback");
  return {one.at("request").whole(1),
          strategy_named(one.at("strategy"), strategies),
          time_in(one.at("time")),
          batch_size{one.at("batch").whole(1)},
          data_rate{one.at("rate").not_negative()},
          split_in(one.at("split")),
          time_or_never(one.at("predicted_seconds")),
          time_in(one.at("observed_seconds")),
          fallback.is_null() ? std::string{} : fallback.text()};
}

}  // namespace

parsed_run parse_run(std::string_view text, std::string_view name) {
  detail::json_document const document{text, name, "dsc.run/1", errc::bad_file};
  json_value const root = document.root(), link = root.at("link"), load = root.at("load"), type = root.at("input_type");
  parsed_run run{.model = root.at("model").text(),
                 .input_type = type.text(),
                 .device_slowdown = root.at("device_slowdown").positive()};
  if (run.input_type != name_of(element_type::float32) && run.input_type != name_of(element_type::uint8))
    type.fail("must be 'float32' or 'uint8'");
  run.link = {time_in(link.at("latency")), time_in(link.at("return_latency")),
              rate_or_unlimited(link.at("return_rate"))};
  run.load = {load.at("slowdown", "slow_down").positive(), time_in(load.at("queueing_delay"))};
  run.prediction_error = number_or_nothing(root.at("prediction_error"));
  run.strategies = strategies_in(root.at("strategies"));
  json_value const requests = root.at("requests");
  run.requests = requests.each([&](json_value const& one) { return request_in(one, run.strategies); });
  if (run.requests.empty()) requests.fail("must hold one request at least");
  return run;
}

}  // namespace dsc::cli

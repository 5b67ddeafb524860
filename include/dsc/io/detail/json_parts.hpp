#pragma once

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/io/detail/json.hpp>
#include <dsc/io/json_text.hpp>
#include <dsc/plan/plan.hpp>

/// What plans and runs have in common.
namespace dsc::detail {

inline ordered_json link_object(link_parameters const& link) {
  return {{"latency", link.latency.count()},
          {"return_latency", link.return_latency.count()},
          {"return_rate", finite_or_null(link.return_rate.bytes_per_second)}};
}

inline ordered_json load_object(server_load const& load) {
  return {{"slowdown", load.slowdown}, {"queueing_delay", load.queueing_delay.count()}};
}

inline ordered_json breakdown_object(latency_breakdown const& latency) {
  return {{"head", finite_or_null(latency.head.count())},
          {"transfer", finite_or_null(latency.transfer.count())},
          {"queue", finite_or_null(latency.queue.count())},
          {"tail", finite_or_null(latency.tail.count())},
          {"return_time", finite_or_null(latency.return_time.count())}};
}

inline data_rate read_rate(json_value const& value) {
  return value.is_null() ? unlimited : data_rate{value.not_negative()};
}
inline seconds read_time(json_value const& value) { return seconds{value.not_negative()}; }
inline seconds read_time_or_never(json_value const& value) { return value.is_null() ? never : read_time(value); }

inline link_parameters read_link(json_value const& value) {
  return {read_time(value.at("latency")), read_time(value.at("return_latency")), read_rate(value.at("return_rate"))};
}

inline server_load read_load(json_value const& value) {
  return {value.at("slowdown", "slow_down").positive(), read_time(value.at("queueing_delay"))};
}

/// `read(part)` of every part; the total is their sum.
template <class Read>
latency_breakdown read_breakdown(json_value const& parts, Read read) {
  return {.head = read(parts.at("head")),
          .transfer = read(parts.at("transfer")),
          .queue = read(parts.at("queue")),
          .tail = read(parts.at("tail")),
          .return_time = read(parts.at("return_time", "answer"))};
}

}  // namespace dsc::detail

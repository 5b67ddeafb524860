#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/io/detail/json.hpp>
#include <dsc/io/detail/trace_samples.hpp>

namespace dsc {

/// Whether a text looks like JSON, as `iperf3 --json` writes it.
inline bool looks_like_iperf3(std::string_view text) {
  std::size_t const first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

/// A trace from what `iperf3 --json` wrote: the rates of its intervals, all streams together.
/// Throws `bad_file` for what is no JSON, `bad_trace` for JSON that is not iperf3's, with the name.
inline rate_trace parse_iperf3(std::string_view text, std::string_view name, trace_end end = trace_end::hold,
                               link_parameters const& parameters = {}) {
  detail::json_document const document{text, name, errc::bad_trace};
  seconds begin{}, stop{};
  std::vector<rate_sample> samples;
  if (!document.root().find("intervals"))
    detail::bad_trace_in(name, "is JSON, but has no 'intervals' as what 'iperf3 --json' writes; is it the right file?");
  document.root().at("intervals").each([&](detail::json_value const& interval) {
    detail::json_value const sum = interval.at("sum");
    seconds const from{sum.at("start").not_negative()};
    if (samples.empty()) begin = from;
    if (!samples.empty() && from - begin <= samples.back().at) sum.fail("does not begin after the one before");
    samples.push_back({from - begin, data_rate{sum.at("bits_per_second").not_negative() / 8.0}});
    stop = seconds{sum.at("end").not_negative()} - begin;
    if (stop <= samples.back().at) sum.fail("ends before it begins");
    return 0;
  });
  if (samples.empty()) detail::bad_trace_in(name, "holds no intervals; run iperf3 for a second or more");
  return rate_trace{detail::ended_at(std::move(samples), stop), end, parameters};
}

}  // namespace dsc

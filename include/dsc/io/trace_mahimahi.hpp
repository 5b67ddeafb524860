#pragma once

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/io/detail/trace_samples.hpp>

/// Traces of Mahimahi's `mm-link`: one line for every packet of 1500 bytes that the link can carry,
/// the millisecond at which it can.
namespace dsc {
namespace detail {

// The milliseconds of all lines. They do not fall.
inline std::vector<std::uint64_t> mahimahi_times(std::string_view text, std::string_view name) {
  constexpr std::uint64_t longest = 100'000'000;
  std::vector<std::uint64_t> times;
  while (!text.empty()) {
    std::size_t const end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    std::string const place = "line " + std::to_string(times.size() + 1);
    std::uint64_t time = 0;
    auto const [stop, failure] = std::from_chars(line.data(), line.data() + line.size(), time);
    if (failure != std::errc{} || stop != line.data() + line.size() || time > longest)
      bad_trace_in(name, place + " has '" + std::string{line.substr(0, 40)} +
                             "' where Mahimahi has a whole number of milliseconds, at most 100000000");
    if (!times.empty() && time < times.back()) bad_trace_in(name, place + " is earlier than the line before");
    times.push_back(time);
  }
  return times;
}

}  // namespace detail

/// Whether a text looks like Mahimahi's: its first line is one whole number.
inline bool looks_like_mahimahi(std::string_view text) {
  std::string_view const line = text.substr(0, text.find_first_of("\r\n"));
  return !line.empty() && line.find_first_not_of("0123456789") == std::string_view::npos;
}

/// A trace from the text of a Mahimahi file, as rates over tenths of a second: what the packets of
/// each carry. It ends at the last line's time. Throws `bad_trace` with the name and the line.
inline rate_trace parse_mahimahi(std::string_view text, std::string_view name, trace_end end = trace_end::loop,
                                 link_parameters const& parameters = {}) {
  constexpr std::uint64_t tenth = 100;  // ms
  constexpr double packet = 1500.0;     // bytes
  std::vector<std::uint64_t> const times = detail::mahimahi_times(text, name);
  if (times.empty() || times.back() == 0)
    detail::bad_trace_in(name, "holds no samples; give one line of milliseconds per packet");
  std::uint64_t const period = times.back();
  std::vector<double> carried((period + tenth - 1) / tenth);
  for (std::uint64_t const time : times) carried[(std::max<std::uint64_t>(time, 1) - 1) / tenth] += packet;
  std::vector<rate_sample> samples;
  for (std::size_t i = 0; i < carried.size(); ++i) {
    std::uint64_t const from = i * tenth, until = std::min(from + tenth, period);
    samples.push_back(
        {seconds{static_cast<double>(from) / 1e3}, data_rate{carried[i] * 1e3 / static_cast<double>(until - from)}});
  }
  return rate_trace{detail::ended_at(std::move(samples), seconds{static_cast<double>(period) / 1e3}), end, parameters};
}

}  // namespace dsc

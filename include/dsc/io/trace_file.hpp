#pragma once

#include <filesystem>
#include <string>

#include <dsc/io/trace_csv.hpp>
#include <dsc/io/trace_iperf3.hpp>
#include <dsc/io/trace_mahimahi.hpp>

namespace dsc {

/// A trace from a file of any kind that dsc reads, told apart by what it holds: CSV, Mahimahi's
/// lines of milliseconds, or the JSON of iperf3. `columns` are of CSV. Throws `cannot_read`,
/// `bad_file` and `bad_trace`.
inline rate_trace read_any_trace(std::filesystem::path const& path, trace_end end = trace_end::hold,
                                 link_parameters const& parameters = {}, trace_columns const& columns = {}) {
  std::string const text = read_file(path), name = path.string();
  try {
    if (looks_like_iperf3(text)) return parse_iperf3(text, name, end, parameters);
    if (looks_like_mahimahi(text)) return parse_mahimahi(text, name, end, parameters);
    return parse_trace(text, name, end, parameters, columns);
  } catch (error const& refusal) {
    // What is wrong with the trace as a whole does not name the file that it came from.
    std::string const sentence{refusal.what()};
    if (sentence.find(name) != std::string::npos) throw;
    throw error{refusal.code(), name + ": " + sentence.substr(sentence.find(": ") + 2)};
  }
}

}  // namespace dsc

#pragma once

#include <charconv>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/io/file.hpp>

/// Rate traces as CSV: two columns, seconds since the start (the first 0, then increasing) and
/// megabytes per second. The header line `seconds,megabytes_per_second` may be left out; lines may
/// end as on Windows; there are no comments.
namespace dsc {
namespace detail {

class trace_lines {
 public:
  trace_lines(std::string_view text, std::string_view name) : rest_{text}, name_{name} {
    while (rest_.ends_with('\n') || rest_.ends_with('\r')) rest_.remove_suffix(1);
  }

  std::vector<rate_sample> samples() {
    std::vector<rate_sample> all;
    while (!rest_.empty()) {
      std::string_view const line = next();
      if (number_ == 1 && line == header) continue;
      rate_sample const sample = parse(line);
      if (all.empty() && sample.at != seconds{})
        fail("begins at " + std::string{line.substr(0, line.find(','))} + " s; a trace must begin at 0 seconds");
      if (!all.empty() && sample.at <= all.back().at) fail("is not later than the line before; sort the lines by time");
      all.push_back(sample);
    }
    if (all.empty()) throw error{errc::bad_trace, name_ + ": holds no samples; give lines of " + std::string{header}};
    return all;
  }

  static constexpr std::string_view header = "seconds,megabytes_per_second";

 private:
  std::string_view next() {
    ++number_;
    std::size_t const end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  rate_sample parse(std::string_view line) const {
    std::size_t const comma = line.find(',');
    if (comma == std::string_view::npos || line.find(',', comma + 1) != std::string_view::npos)
      fail("must hold two columns, " + std::string{header});
    return {seconds{number(line.substr(0, comma))}, megabytes_per_second(number(line.substr(comma + 1)))};
  }

  double number(std::string_view cell) const {
    std::string_view const blank = " \t";
    std::size_t const from = std::min(cell.find_first_not_of(blank), cell.size());
    std::string_view const digits = cell.substr(from, cell.find_last_not_of(blank) + 1 - from);
    double value = 0.0;
    auto const [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (failure != std::errc{} || end != digits.data() + digits.size() || !is_finite(value * 1e6) || value < 0.0)
      fail("has '" + std::string{digits.substr(0, 40)} + "' where a finite number of 0 or more must stand");
    return value;
  }

  [[noreturn]] void fail(std::string const& why) const {
    throw error{errc::bad_trace, name_ + ": line " + std::to_string(number_) + " " + why};
  }

  std::string_view rest_;
  std::string name_;
  std::size_t number_ = 0;
};

inline void append_number(std::string& text, double x) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
}

}  // namespace detail

/// A trace from the text of a CSV file; `name` is what errors call it. Throws `bad_trace` with the
/// name and the line.
inline rate_trace parse_trace(std::string_view text, std::string_view name, trace_end end = trace_end::hold,
                              link_parameters const& parameters = {}) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, as spreadsheets write it
  return rate_trace{detail::trace_lines{text, name}.samples(), end, parameters};
}

/// A trace from a CSV file. Throws `cannot_read`, and `bad_trace` with the file's name and the
/// line.
inline rate_trace read_trace(std::filesystem::path const& path, trace_end end = trace_end::hold,
                             link_parameters const& parameters = {}) {
  return parse_trace(read_file(path), path.string(), end, parameters);
}

/// The samples of a trace as CSV, with the header line. What happens at its end and the link's
/// terms are not part of it.
inline std::string trace_csv(rate_trace const& trace) {
  std::string text = std::string{detail::trace_lines::header} + "\n";
  for (rate_sample const& sample : trace.samples()) {
    detail::append_number(text, sample.at.count());
    text += ',';
    detail::append_number(text, sample.rate.bytes_per_second / 1e6);
    text += '\n';
  }
  return text;
}

}  // namespace dsc

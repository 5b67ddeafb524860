#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/io/detail/trace_samples.hpp>
#include <dsc/io/detail/trace_time.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/rate_text.hpp>

/// Rate traces as CSV. Without a header: two columns, seconds and megabytes per second. With one:
/// a column of times and one whose name says the unit of its rates, among any others. Times may
/// begin anywhere and are counted from the first. Lines may end as on Windows; there are no
/// comments.
namespace dsc {

/// Which columns of a CSV file with a header hold the trace; where nothing is said, the header
/// tells.
struct trace_columns {
  std::string time;               ///< its name; empty: the one that is called as times are
  std::string rate;               ///< its name; empty: the only one whose name ends in a unit
  std::optional<data_rate> unit;  ///< of its rates; nothing: as its name says
};

namespace detail {

inline constexpr std::string_view trace_header = "seconds,megabytes_per_second";

// The cells of a line; those in quotes may hold the separator.
inline std::vector<std::string_view> csv_cells(std::string_view line, char separator) {
  std::vector<std::string_view> cells;
  for (;;) {
    bool const quoted = line.starts_with('"');
    std::size_t const close = quoted ? line.find('"', 1) : 0;
    std::size_t const end = close == std::string_view::npos ? close : line.find(separator, close);
    std::string_view cell = line.substr(0, end);
    if (quoted && cell.size() > 1 && cell.ends_with('"')) cell = cell.substr(1, cell.size() - 2);
    cells.push_back(without_blanks(cell));
    if (end == std::string_view::npos) return cells;
    line.remove_prefix(end + 1);
  }
}

// The unit that a column's name ends in: `mbps`, `rate_mbps`, `Throughput (Mbit/s)`.
inline std::optional<data_rate> unit_in_name(std::string_view column) {
  if (column.ends_with(')') || column.ends_with(']')) {
    std::size_t const open = column.find_last_of("([");
    if (open == std::string_view::npos) return std::nullopt;
    return rate_unit(column.substr(open + 1, column.size() - open - 2));
  }
  for (std::size_t from = 0; from != std::string_view::npos;) {
    if (auto const unit = rate_unit(column.substr(from))) return unit;
    std::size_t const next = column.find_first_of("_ ", from);
    from = next == std::string_view::npos ? next : next + 1;
  }
  return std::nullopt;
}

class trace_lines {
 public:
  trace_lines(std::string_view text, std::string_view name, trace_columns const& columns)
      : rest_{text}, name_{name}, columns_{columns} {
    while (rest_.ends_with('\n') || rest_.ends_with('\r')) rest_.remove_suffix(1);
  }

  std::vector<rate_sample> samples() {
    std::vector<rate_sample> all;
    seconds first{};
    while (!rest_.empty()) {
      std::string_view const line = next();
      if (number_ == 1 && read_header(line)) continue;
      auto [at, rate] = parse(line);
      if (all.empty()) first = at;
      at -= first;
      if (!all.empty() && at <= all.back().at) fail("is not later than the line before; sort the lines by time");
      all.push_back({at, rate});
    }
    if (all.empty()) bad_trace_in(name_, "holds no samples; give lines of " + std::string{trace_header});
    return all;
  }

 private:
  std::string_view next() {
    ++number_;
    std::size_t const end = rest_.find('\n');
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  // Whether the first line is a header; then it says where times and rates stand.
  bool read_header(std::string_view line) {
    for (char const other : {';', '\t'})
      if (line.find(separator_) == std::string_view::npos && line.find(other) != std::string_view::npos)
        separator_ = other;
    std::vector<std::string_view> const names = csv_cells(line, separator_);
    bool const asked = !columns_.time.empty() || !columns_.rate.empty();
    if (!asked && (time_in(names[0]) || names.size() < 2)) {
      if (separator_ != ',') fail("must hold two columns, " + std::string{trace_header});
      if (columns_.unit) unit_ = *columns_.unit;
      return false;
    }
    width_ = names.size();
    find_time(names);
    find_rate(names);
    return true;
  }

  void find_time(std::vector<std::string_view> const& names) {
    constexpr std::array known{"seconds",   "time",   "t",     "s",        "sec",
                               "timestamp", "time_s", "dtime", "datetime", "unixtime"};
    constexpr std::array milliseconds{"ms", "time_ms", "milliseconds", "timestamp_ms"};
    for (std::size_t i = 0; i < names.size(); ++i) {
      std::string const lower = in_lower_case(names[i]);
      bool const in_ms = std::ranges::find(milliseconds, lower) != milliseconds.end();
      if (columns_.time.empty() ? !in_ms && std::ranges::find(known, lower) == known.end() : names[i] != columns_.time)
        continue;
      time_ = i;
      time_unit_ = in_ms ? 1e-3 : 1.0;
      return;
    }
    if (!columns_.time.empty()) no_such_column(columns_.time, names);
    fail("has '" + shown(names[0]) + "' and no column that is called as times are (time, seconds, timestamp, ms); " +
         advice);
  }

  void find_rate(std::vector<std::string_view> const& names) {
    std::optional<std::size_t> place;
    for (std::size_t i = 0; i < names.size(); ++i) {
      if (columns_.rate.empty() ? i == time_ || !unit_in_name(names[i]) : names[i] != columns_.rate) continue;
      if (place && columns_.rate.empty())
        fail("has the rates '" + shown(names[*place]) + "' and '" + shown(names[i]) +
             "'; say which with --trace-column");
      place = place.value_or(i);
    }
    // Of two columns it is clear which one it is, if somebody says what it counts.
    if (!place && columns_.rate.empty() && columns_.unit && names.size() == 2) place = 1 - time_;
    if (!place && !columns_.rate.empty()) no_such_column(columns_.rate, names);
    if (!place)
      fail("has '" + shown(names[0]) + "' and no column whose name ends in a unit, as in time,Mbit/s; " + advice);
    rate_ = *place;
    std::optional<data_rate> const unit = columns_.unit ? columns_.unit : unit_in_name(names[rate_]);
    if (!unit) fail("does not say what '" + shown(names[rate_]) + "' counts; give --trace-unit, as in kbit/s");
    unit_ = *unit;
  }

  [[noreturn]] void no_such_column(std::string const& column, std::vector<std::string_view> const& names) const {
    std::string list;
    for (std::string_view const name : names) list += (list.empty() ? "" : ", ") + shown(name);
    fail("has no column '" + column + "'; there are " + list);
  }

  rate_sample parse(std::string_view line) const {
    std::vector<std::string_view> const cells = csv_cells(line, separator_);
    if (cells.size() != width_)
      fail("must hold " + (width_ == 2 ? "two columns, " + std::string{trace_header}
                                       : std::to_string(width_) + " columns, as the header has"));
    std::optional<double> const at = time_in(cells[time_]);
    if (!at) bad_cell(cells[time_]);
    return {seconds{*at * time_unit_}, data_rate{rate_in(cells[rate_])}};
  }

  double rate_in(std::string_view cell) const {
    double value = 0.0;
    auto const [end, failure] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    double const rate = value * unit_.bytes_per_second;
    if (failure != std::errc{} || end != cell.data() + cell.size() || !is_finite(rate) || value < 0.0) bad_cell(cell);
    return rate;
  }

  static std::string shown(std::string_view cell) { return std::string{cell.substr(0, 40)}; }

  [[noreturn]] void bad_cell(std::string_view cell) const {
    fail("has '" + shown(cell) + "' where a finite number of 0 or more must stand");
  }
  [[noreturn]] void fail(std::string const& why) const {
    bad_trace_in(name_, "line " + std::to_string(number_) + " " + why);
  }

  static constexpr char const* advice =
      "call the columns seconds,megabytes_per_second, or name them and their unit with --time-column, --trace-column "
      "and --trace-unit";

  std::string_view rest_;
  std::string name_;
  trace_columns const& columns_;
  std::size_t number_ = 0;
  char separator_ = ',';
  std::size_t width_ = 2, time_ = 0, rate_ = 1;
  double time_unit_ = 1.0;
  data_rate unit_ = megabytes_per_second(1.0);
};

inline void append_number(std::string& text, double x) {
  char buffer[32];
  text.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, x).ptr);
}

}  // namespace detail

/// A trace from the text of a CSV file; `name` is what errors call it. Throws `bad_trace` with the
/// name and the line.
inline rate_trace parse_trace(std::string_view text, std::string_view name, trace_end end = trace_end::hold,
                              link_parameters const& parameters = {}, trace_columns const& columns = {}) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // a byte order mark, as spreadsheets write it
  return rate_trace{detail::trace_lines{text, name, columns}.samples(), end, parameters};
}

/// A trace from a CSV file. Throws `cannot_read`, and `bad_trace` with the file's name and the
/// line.
inline rate_trace read_trace(std::filesystem::path const& path, trace_end end = trace_end::hold,
                             link_parameters const& parameters = {}, trace_columns const& columns = {}) {
  return parse_trace(read_file(path), path.string(), end, parameters, columns);
}

/// The samples of a trace as CSV, with the header line. What happens at its end and the link's
/// terms are not part of it.
inline std::string trace_csv(rate_trace const& trace) {
  std::string text = std::string{detail::trace_header} + "\n";
  for (rate_sample const& sample : trace.samples()) {
    detail::append_number(text, sample.at.count());
    text += ',';
    detail::append_number(text, sample.rate.bytes_per_second / 1e6);
    text += '\n';
  }
  return text;
}

}  // namespace dsc

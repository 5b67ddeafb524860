#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/io/detail/json.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/json_text.hpp>

/// Profiles as JSON, schema `dsc.profile/1`: `model`, `input_bytes`, `layers[] {name,
/// output_bytes}`, `batches[]`, `prefix_seconds` (one list per batch size, each of L+1 entries, the
/// first 0) or `layer_seconds` (one list per batch size, each of L entries: every layer's own
/// time), optionally `unit` (`s`, `ms` or `us`: of all times, whatever their key), `suffix_seconds`
/// (the same, the last 0), `prefix_mad_seconds` and `environment`. Bytes are those of one sample.
/// Keys that are not known are left unread.
namespace dsc {

/// What a profile file may tell beside the times.
struct profile_notes {
  std::vector<std::pair<std::string, std::string>>
      environment;  ///< how it was measured: site, device, threads, library, date …
  std::vector<std::vector<seconds>>
      prefix_mad;  ///< noise: median absolute deviation of every prefix time, batch by batch; or empty

  friend bool operator==(profile_notes const&, profile_notes const&) = default;
};

/// A profile with its notes.
struct noted_profile {
  dsc::profile profile;
  profile_notes notes;
};

namespace detail {

inline char const* const profile_schema = "dsc.profile/1";

inline std::vector<profiled_layer> read_layers(json_value const& list) {
  std::set<std::string> names;
  auto layers = list.each([&](json_value const& entry) {
    profiled_layer layer{entry.at("name").text(), bytes{entry.at("output_bytes").whole(1)}};
    if (!names.emplace(layer.name()).second)
      entry.at("name").fail("is the name of an earlier layer too; layers need names of their own");
    return layer;
  });
  if (layers.empty()) list.fail("must hold one layer at least");
  return layers;
}

inline std::vector<batch_times> read_batches(json_value const& list) {
  std::vector<batch_times> batches;
  list.each([&](json_value const& value) {
    batch_size const batch{value.whole(1)};
    if (!batches.empty() && batch <= batches.back().batch) value.fail("is not larger than the batch size before it");
    batches.push_back({batch, {}, {}});
    return batch;
  });
  if (batches.empty()) list.fail("must hold one batch size at least");
  return batches;
}

// One list of L+1 times per batch size.
inline std::vector<std::vector<seconds>> read_rows(json_value const& table, std::size_t batches, double unit,
                                                   std::size_t entries, char const* how_many) {
  auto rows = table.each([&](json_value const& row) {
    auto times = row.each([&](json_value const& time) { return seconds{time.not_negative() * unit}; });
    if (times.size() != entries)
      row.fail("must hold " + std::to_string(entries) + " times, " + how_many + ", but holds " +
               std::to_string(times.size()));
    return times;
  });
  if (rows.size() != batches)
    table.fail("must hold one list per batch size, " + std::to_string(batches) + ", but holds " +
               std::to_string(rows.size()));
  return rows;
}

// One list of L+1 times per batch size.
inline std::vector<std::vector<seconds>> read_times(json_value const& table, std::size_t batches, std::size_t layers,
                                                    double unit) {
  return read_rows(table, batches, unit, layers + 1, "one more than layers");
}

inline double read_unit(json_value const& root) {
  auto const unit = root.find("unit");
  if (!unit) return 1.0;
  std::string const name = unit->text();
  if (name == "s") return 1.0;
  if (name == "ms") return 1e-3;
  if (name == "us") return 1e-6;
  unit->fail("must be 's', 'ms' or 'us', but is '" + name.substr(0, 40) + "'");
}

// Times of the layers [0, l), told as such or as the layers' own.
inline std::vector<std::vector<seconds>> read_prefixes(json_value const& root, std::size_t batches, std::size_t layers,
                                                       double unit) {
  auto const each = root.find("layer_seconds");
  if (!each) return read_times(root.at("prefix_seconds"), batches, layers, unit);
  if (root.find("prefix_seconds")) each->fail("cannot stand beside prefix_seconds, which tells the same; give one");
  auto rows = read_rows(*each, batches, unit, layers, "one per layer");
  for (std::vector<seconds>& row : rows) {
    seconds sum{};
    for (seconds& time : row) sum = std::exchange(time, sum) + sum;
    row.push_back(sum);
  }
  return rows;
}

inline void check_zero(json_value const& table, std::vector<std::vector<seconds>> const& rows, std::size_t entry) {
  for (std::size_t b = 0; b < rows.size(); ++b)
    if (rows[b][entry] != seconds{})
      table.fail("must hold lists that are 0 at entry " + std::to_string(entry) + ", where no layer runs, but list " +
                 std::to_string(b) + " is not");
}

inline profile_notes read_notes(json_value const& root, std::size_t batches, std::size_t layers, double unit) {
  profile_notes notes;
  if (auto const environment = root.find("environment"))
    environment->each_member([&](std::string const& key, nlohmann::json const& value) {
      notes.environment.emplace_back(key, value.is_string() ? value.get<std::string>() : value.dump());
    });
  if (auto const noise = root.find("prefix_mad_seconds")) notes.prefix_mad = read_times(*noise, batches, layers, unit);
  return notes;
}

inline ordered_json rows_of_times(std::vector<std::vector<seconds>> const& rows) {
  ordered_json table = ordered_json::array();
  for (std::vector<seconds> const& row : rows) {
    ordered_json list = ordered_json::array();
    for (seconds const time : row) list.push_back(time.count());
    table.push_back(std::move(list));
  }
  return table;
}

}  // namespace detail

/// A profile and its notes from the text of a file; `name` is what errors call it. Throws
/// `bad_file` for what is no profile of this schema, `bad_profile` for a missing key or a bad
/// value; both name the file and the key.
inline noted_profile parse_noted_profile(std::string_view text, std::string_view name) {
  detail::json_document const document{text, name, detail::profile_schema, errc::bad_profile};
  detail::json_value const root = document.root();
  std::string model = root.at("model").text();
  bytes const input{root.at("input_bytes").whole(1)};
  std::vector<profiled_layer> layers = detail::read_layers(root.at("layers"));
  std::vector<batch_times> times = detail::read_batches(root.at("batches"));

  double const unit = detail::read_unit(root);
  auto prefixes = detail::read_prefixes(root, times.size(), layers.size(), unit);
  if (auto const table = root.find("prefix_seconds")) detail::check_zero(*table, prefixes, 0);
  for (std::size_t b = 0; b < times.size(); ++b) times[b].prefix = std::move(prefixes[b]);
  if (auto const table = root.find("suffix_seconds")) {
    auto suffixes = detail::read_times(*table, times.size(), layers.size(), unit);
    detail::check_zero(*table, suffixes, layers.size());
    for (std::size_t b = 0; b < times.size(); ++b) times[b].suffix = std::move(suffixes[b]);
  }
  profile_notes notes = detail::read_notes(root, times.size(), layers.size(), unit);
  return {dsc::profile{std::move(model), input, std::move(layers), std::move(times)}, std::move(notes)};
}

/// `parse_noted_profile` without the notes.
inline profile parse_profile(std::string_view text, std::string_view name) {
  return parse_noted_profile(text, name).profile;
}

/// A profile and its notes from a file. Throws `cannot_read`, `bad_file` and `bad_profile`.
inline noted_profile read_noted_profile(std::filesystem::path const& path) {
  return parse_noted_profile(read_file(path), path.string());
}

/// A profile from a file. Throws `cannot_read`, `bad_file` and `bad_profile`.
inline profile read_profile(std::filesystem::path const& path) { return read_noted_profile(path).profile; }

/// A sentence for each way in which a profile's times look as if they were in another unit: a layer
/// that takes over a minute for one sample, or layers that take less than a nanosecond on average.
/// `name` is what they call the profile.
inline std::vector<std::string> warnings_about_times(profile const& measured, std::string_view name) {
  constexpr double longest = 60.0, shortest = 1e-9;
  std::vector<std::string> sentences;
  for (batch_times const& times : measured.measured()) {
    double const samples = static_cast<double>(times.batch.count);
    for (std::size_t i = 0; sentences.empty() && i < measured.layer_count(); ++i)
      if (double const each = (times.prefix[i + 1] - times.prefix[i]).count() / samples; each > longest)
        sentences.push_back(std::string{name} + ": layer '" + std::string{measured.layers()[i].name()} + "' takes " +
                            std::to_string(static_cast<std::uint64_t>(std::min(each, 1e18))) +
                            " s for one sample at batch " + std::to_string(times.batch.count) +
                            "; are these times in another unit? \"unit\": \"ms\" in the file says so");
  }
  seconds const total = measured.measured().front().prefix.back();
  if (total > seconds{} && total.count() / static_cast<double>(measured.layer_count()) < shortest)
    sentences.push_back(std::string{name} + ": all " + std::to_string(measured.layer_count()) +
                        " layers together take less than " + std::to_string(measured.layer_count()) +
                        " ns; are these times in another unit?");
  return sentences;
}

/// A profile as text that `parse_profile` reads back to the same numbers. Suffix times are written
/// where every batch size has them.
inline std::string profile_json(profile const& measured, profile_notes const& notes = {}) {
  ordered_json document{
      {"schema", detail::profile_schema}, {"model", measured.name()}, {"input_bytes", measured.input_bytes().count}};
  if (!notes.environment.empty()) document["environment"] = ordered_json::object();
  for (auto const& [key, value] : notes.environment) document["environment"][key] = value;
  for (profiled_layer const& layer : measured.layers())
    document["layers"].push_back(ordered_json{{"name", layer.name()}, {"output_bytes", layer.output_bytes().count}});

  std::vector<std::vector<seconds>> prefixes, suffixes;
  for (auto const& [batch, prefix, suffix] : measured.measured()) {
    document["batches"].push_back(batch.count);
    prefixes.push_back(prefix);
    if (!suffix.empty()) suffixes.push_back(suffix);
  }
  document["prefix_seconds"] = detail::rows_of_times(prefixes);
  if (suffixes.size() == prefixes.size()) document["suffix_seconds"] = detail::rows_of_times(suffixes);
  if (!notes.prefix_mad.empty()) document["prefix_mad_seconds"] = detail::rows_of_times(notes.prefix_mad);
  return json_text(document);
}

/// Makes or replaces a profile's file, all or nothing. Throws `cannot_write`.
inline void write_profile(std::filesystem::path const& path, profile const& measured, profile_notes const& notes = {}) {
  write_file(path, profile_json(measured, notes));
}

}  // namespace dsc

#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/io/detail/json.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/json_text.hpp>
#include <dsc/run/deployment.hpp>

/// Deployments as JSON, schema `dsc.deployment/1`: `network`, `layers` (L), `signature`, `weights`,
/// optionally `largest_batch`, and `tails[] {split, model, inputs[], outputs[]}` with tensors
/// `{name, element, shape}` of one sample. Keys that are not known are left unread.
namespace dsc {

namespace detail {

inline char const* const deployment_schema = "dsc.deployment/1";

inline element_type read_element(json_value const& value) {
  std::string const name = value.text();
  for (auto const type : {element_type::uint8, element_type::int8, element_type::float16, element_type::bfloat16,
                          element_type::int32, element_type::float32, element_type::int64, element_type::float64})
    if (element_name(type) == name) return type;
  value.fail("is no element type that dsc knows, as float32 or uint8 are");
}

inline served_tensor read_served_tensor(json_value const& entry) {
  served_tensor tensor{entry.at("name").text(), {read_element(entry.at("element")), {}}};
  json_value const extents = entry.at("shape");
  for (std::uint64_t const extent : extents.each([](json_value const& value) { return value.whole(1); })) {
    if (tensor.sample.shape.rank + 1 >= shape::max_rank) extents.fail("has more than 7 extents for one sample");
    if (extent > std::uint64_t{1} << 40U) extents.fail("has an extent that no tensor has");
    tensor.sample.shape.push_back(static_cast<std::int64_t>(extent));
  }
  return tensor;
}

inline std::vector<served_tensor> read_served_tensors(json_value const& list) {
  auto tensors = list.each(read_served_tensor);
  if (tensors.empty()) list.fail("must hold one tensor at least");
  return tensors;
}

inline ordered_json served_tensors_array(std::vector<served_tensor> const& tensors) {
  ordered_json list = ordered_json::array();
  for (served_tensor const& tensor : tensors) {
    ordered_json extents = ordered_json::array();
    for (std::int64_t const extent : tensor.sample.shape) extents.push_back(extent);
    list.push_back(
        {{"name", tensor.name}, {"element", element_name(tensor.sample.element)}, {"shape", std::move(extents)}});
  }
  return list;
}

}  // namespace detail

/// A deployment from the text of a file; `name` is what errors call it. Throws `bad_file` for what
/// is no deployment of this schema, naming the place.
inline deployment parse_deployment(std::string_view text, std::string_view name) {
  detail::json_document const document{text, name, detail::deployment_schema, errc::bad_file};
  detail::json_value const root = document.root();
  deployment read;
  read.network = root.at("network").text();
  read.layers = root.at("layers").whole(1);
  read.signature = root.at("signature").text();
  read.weights = root.at("weights").text();
  if (auto const largest = root.find("largest_batch")) read.largest_batch = batch_size{largest->whole(0)};
  detail::json_value const tails = root.at("tails");
  tails.each([&](detail::json_value const& entry) {
    served_tail tail{split_point{entry.at("split").whole(0)}, entry.at("model").text(),
                     detail::read_served_tensors(entry.at("inputs")), detail::read_served_tensors(entry.at("outputs"))};
    if (tail.split.layers >= read.layers) entry.at("split").fail("is no split before the last layer");
    if (!read.tails.empty() && tail.split <= read.tails.back().split)
      entry.at("split").fail("does not come after the split before it");
    read.tails.push_back(std::move(tail));
    return 0;
  });
  return read;
}

/// A deployment from a file. Throws `cannot_read` and `bad_file`.
inline deployment read_deployment(std::filesystem::path const& path) {
  return parse_deployment(read_file(path), path.string());
}

/// A deployment as text that `parse_deployment` reads back.
inline std::string deployment_json(deployment const& served) {
  ordered_json document{{"schema", detail::deployment_schema},
                        {"network", served.network},
                        {"layers", served.layers},
                        {"signature", served.signature},
                        {"weights", served.weights}};
  if (served.largest_batch.count > 0) document["largest_batch"] = served.largest_batch.count;
  document["tails"] = ordered_json::array();
  for (served_tail const& tail : served.tails)
    document["tails"].push_back({{"split", tail.split.layers},
                                 {"model", tail.model},
                                 {"inputs", detail::served_tensors_array(tail.inputs)},
                                 {"outputs", detail::served_tensors_array(tail.outputs)}});
  return json_text(document);
}

/// Makes or replaces a deployment's file, all or nothing. Throws `cannot_write`.
inline void write_deployment(std::filesystem::path const& path, deployment const& served) {
  write_file(path, deployment_json(served));
}

}  // namespace dsc

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <dsc/model/bottlenecks.hpp>

#include "commands.hpp"
#include "console.hpp"
#include "quantities.hpp"
#include "table.hpp"
#include "zoo.hpp"

namespace dsc::cli {
namespace {

using json = nlohmann::ordered_json;

// A model as it was looked at. Split points are those of the whole model; a layer's own is how many layers end with it.
struct findings {
  zoo::efficientnet model;
  bool blocks_only;
  std::vector<split_point> natural;
  std::vector<split_point> compressive;

  bool judges(std::size_t index) const { return !blocks_only || layer_at(model, index).is_block(); }
  bool is_natural(std::size_t index) const { return std::ranges::binary_search(natural, split_point{index + 1}); }
  bool is_compressive(std::size_t index) const { return std::ranges::binary_search(compressive, split_point{index + 1}); }
  std::size_t judged() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < layer_count(model); ++i) count += judges(i) ? 1 : 0;
    return count;
  }
};

findings look_at(zoo::efficientnet const& model, bool blocks_only) {
  auto const select = [blocks_only](zoo::efficientnet_layer const& layer) { return !blocks_only || layer.is_block(); };
  return {model, blocks_only, natural_bottlenecks(model, select), compressive_bottlenecks(model, select)};
}

std::vector<std::int64_t> extents_of(shape const& of) { return {of.begin(), of.end()}; }

json layer_document(findings const& seen, std::size_t i) {
  zoo::efficientnet_layer const& layer = layer_at(seen.model, i);
  shape const extents = layer.output().shape;
  return {{"index", i + 1},
          {"name", layer.name()},
          {"shape", std::vector<std::int64_t>(extents.begin(), extents.end())},
          {"bytes", layer.output_bytes().count},
          {"ratio", compression_ratio(seen.model, split_point{i + 1})},
          {"natural", seen.is_natural(i)},
          {"compressive", seen.is_compressive(i)},
          {"macs", layer.macs()}};
}

// dsc.inspect/1, as docs/formats.md describes it.
json document(findings const& seen) {
  tensor_spec const& input = seen.model.input();
  json layers = json::array();
  for (std::size_t i = 0; i < layer_count(seen.model); ++i)
    if (seen.judges(i)) layers.push_back(layer_document(seen, i));
  return {
      {"schema", "dsc.inspect/1"},
      {"model", seen.model.name()},
      {"granularity", seen.blocks_only ? "blocks" : "layers"},
      {"input", {{"shape", extents_of(input.shape)}, {"element_type", name_of(input.element)}, {"bytes", input.size().count}}},
      {"counts",
       {{"layers", layer_count(seen.model)}, {"judged", seen.judged()}, {"natural", seen.natural.size()}, {"compressive", seen.compressive.size()}}},
      {"layers", layers}};
}

std::string verdict(findings const& seen, std::size_t i) {
  if (!seen.judges(i)) return "-";
  return seen.is_compressive(i) ? "compressive" : seen.is_natural(i) ? "natural" : "";
}

void show(findings const& seen) {
  tensor_spec const& input = seen.model.input();
  bool const other_type = input.element != element_type::float32;  // features are float32, and then elements tell another ratio than bytes
  using enum table::align;
  std::vector<table::column> columns{{"l"}, {"layer", left}, {"shape", left}, {"bytes"}, {"ratio"}, {"bottleneck", left}, {"MACs"}};
  if (other_type) columns.push_back({"ratio in elements"});
  table rows{columns};
  for (std::size_t i = 0; i < layer_count(seen.model); ++i) {
    zoo::efficientnet_layer const& layer = layer_at(seen.model, i);
    double const elements = static_cast<double>(layer.output().shape.elements()) / static_cast<double>(input.shape.elements());
    rows.add({std::to_string(i + 1), std::string{layer.name()}, extents(layer.output().shape), grouped(layer.output_bytes().count),
              fmt::format("{:.4f}", compression_ratio(seen.model, split_point{i + 1})), verdict(seen, i), grouped(layer.macs()),
              fmt::format("{:.4f}", elements)});
  }
  say(fmt::format("{}, input {} {}, {} bytes\n{}", seen.model.name(), extents(input.shape), name_of(input.element), grouped(input.size().count),
                  rows.text()));
  say(fmt::format("{} layers, {} of them judged ({}): {} natural bottlenecks, {} of them compressive\n", layer_count(seen.model), seen.judged(),
                  seen.blocks_only ? "blocks" : "all layers", seen.natural.size(), seen.compressive.size()));
}

}  // namespace

void inspect(inspect_options const& wanted) {
  bool const blocks_only = means_blocks(wanted.granularity);
  element_type const input = input_type_named(wanted.input_type);
  std::vector<findings> seen;
  for (std::string const& name : wanted.models) seen.push_back(look_at(model_named(name).with_input(input), blocks_only));
  if (!wanted.json) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (i > 0) say("\n");
      show(seen[i]);
    }
    return;
  }
  json documents = json::array();
  for (findings const& one : seen) documents.push_back(document(one));
  say((documents.size() == 1 ? documents[0] : documents).dump(2) + "\n");
}

}  // namespace dsc::cli

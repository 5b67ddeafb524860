#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include <dsc/io/json_text.hpp>
#include <dsc/model/bottlenecks.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "console/table.hpp"
#include "engines/named_description.hpp"
#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

using json = ordered_json;

// A model as it was looked at. Split points are those of the whole model; a layer's own is how many
// layers end with it.
struct findings {
  model_description model;
  bool blocks_only;
  std::vector<split_point> natural;
  std::vector<split_point> compressive;

  bool judges(std::size_t index) const { return !blocks_only || layer_at(model, index).is_block(); }
  bool is_natural(std::size_t index) const { return std::ranges::binary_search(natural, split_point{index + 1}); }
  bool is_compressive(std::size_t index) const {
    return std::ranges::binary_search(compressive, split_point{index + 1});
  }
  std::size_t judged() const {
    std::size_t count = 0;
    for (std::size_t i = 0; i < layer_count(model); ++i) count += judges(i) ? 1 : 0;
    return count;
  }
};

findings look_at(model_description const& model, bool blocks_only) {
  auto const select = [blocks_only](layer_description const& layer) { return !blocks_only || layer.is_block(); };
  return {model, blocks_only, natural_bottlenecks(model, select), compressive_bottlenecks(model, select)};
}

std::vector<std::int64_t> extents_of(shape const& of) { return {of.begin(), of.end()}; }

json layer_document(findings const& seen, std::size_t i) {
  layer_description const& layer = layer_at(seen.model, i);
  json document{{"index", i + 1},
                {"name", layer.name()},
                {"shape", extents_of(layer.output().shape)},
                {"bytes", layer.output_bytes().count},
                {"ratio", compression_ratio(seen.model, split_point{i + 1})},
                {"natural", seen.is_natural(i)},
                {"compressive", seen.is_compressive(i)},
                {"macs", layer.macs ? json(*layer.macs) : json(nullptr)}};
  if (seen.model.file) document["module"] = layer.module;
  return document;
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
      {"input",
       {{"shape", extents_of(input.shape)}, {"element_type", name_of(input.element)}, {"bytes", input.size().count}}},
      {"counts",
       {{"layers", layer_count(seen.model)},
        {"judged", seen.judged()},
        {"natural", seen.natural.size()},
        {"compressive", seen.compressive.size()}}},
      {"layers", layers}};
}

std::string verdict(findings const& seen, std::size_t i) {
  if (!seen.judges(i)) return "-";
  return seen.is_compressive(i) ? "compressive" : seen.is_natural(i) ? "natural" : "";
}

// What is told of a layer: always, where its type is another than the input's, and where the model
// is a file.
table layer_table(findings const& seen) {
  tensor_spec const& input = seen.model.input();
  bool const other_type = std::ranges::any_of(
      seen.model.layers(), [&](layer_description const& layer) { return layer.output().element != input.element; });
  bool const of_file = seen.model.file != nullptr;
  using enum table::align;
  std::vector<table::column> columns{{"l"},     {"layer", left},      {"shape", left}, {"bytes"},
                                     {"ratio"}, {"bottleneck", left}, {"MACs"}};
  if (other_type) columns.push_back({"ratio in elements"});
  if (of_file) columns.push_back({"module", left});
  table rows{columns};
  for (std::size_t i = 0; i < layer_count(seen.model); ++i) {
    layer_description const& layer = layer_at(seen.model, i);
    double const elements =
        static_cast<double>(layer.output().shape.elements()) / static_cast<double>(input.shape.elements());
    std::vector<std::string> cells{std::to_string(i + 1),
                                   layer.label,
                                   extents(layer.output().shape),
                                   grouped(layer.output_bytes().count),
                                   fmt::format("{:.4f}", compression_ratio(seen.model, split_point{i + 1})),
                                   verdict(seen, i),
                                   layer.macs ? grouped(*layer.macs) : "-"};
    if (other_type) cells.push_back(fmt::format("{:.4f}", elements));
    if (of_file) cells.push_back(layer.module.empty() ? "-" : layer.module);
    rows.add(std::move(cells));
  }
  return rows;
}

void show(findings const& seen) {
  tensor_spec const& input = seen.model.input();
  say(fmt::format("{}, input {} {}, {} bytes\n{}", printable(seen.model.name()), extents(input.shape),
                  name_of(input.element), grouped(input.size().count), layer_table(seen).text()));
  say(fmt::format("{} layers, {} of them judged ({}): {} natural bottlenecks, {} of them compressive\n",
                  layer_count(seen.model), seen.judged(), seen.blocks_only ? "blocks" : "all layers",
                  seen.natural.size(), seen.compressive.size()));
}

}  // namespace

void inspect(inspect_options const& options) {
  bool const blocks_only = options.granularity == granularity::blocks;
  std::vector<findings> seen;
  for (std::string const& name : options.models)
    seen.push_back(look_at(describe_model(name, options.execution), blocks_only));
  if (!options.json) {
    for (std::size_t i = 0; i < seen.size(); ++i) {
      if (i > 0) say("\n");
      show(seen[i]);
    }
    return;
  }
  json documents = json::array();
  for (findings const& model : seen) documents.push_back(document(model));
  say_document(json_text(documents.size() == 1 ? documents[0] : documents));
}

}  // namespace dsc::cli

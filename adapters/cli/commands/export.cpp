#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include <fmt/format.h>

#include <dsc/io/deployment_json.hpp>
#include <dsc/io/file.hpp>
#include <dsc/io/json_text.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/run/deployment_of.hpp>

#include "commands/commands.hpp"
#include "console/console.hpp"
#include "console/errors.hpp"
#include "console/interrupt.hpp"
#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "console/table.hpp"
#include "engines/named_description.hpp"
#include "engines/registry.hpp"
#include "engines/zoo.hpp"
#include "serving/splits_to_serve.hpp"
#include "serving/triton_repository.hpp"

namespace dsc::cli {
namespace {

namespace fs = std::filesystem;
using json = ordered_json;

// A model cut in two, and where its parts go.
struct parts {
  model_description model;
  split_point split;
  fs::path head, tail;
};

model_description described(export_options const& options) {
  model_description model = describe_model(options.model, options.execution);
  if (!model.file && options.execution.weights.empty())
    note(fmt::format("{} is written with random weights, those of --seed {}; --weights gives it trained ones",
                     model.name(), options.execution.seed));
  return model;
}

split_point split_at(std::variant<split_point, std::string> const& place, model_description const& model) {
  if (auto const* const split = std::get_if<split_point>(&place)) return *split;
  std::string const& name = std::get<std::string>(place);
  auto const layer = std::ranges::find(model.list, name, &layer_description::label);
  if (layer == model.list.end())
    throw error{errc::bad_split,
                fmt::format("--split '{}' is no number and no layer of {}; 'dsc inspect' names its layers", name,
                            model.name())};
  return split_point{static_cast<std::size_t>(layer - model.list.begin()) + 1};
}

split_point split_in_two(std::variant<split_point, std::string> const& place, model_description const& model) {
  if (layer_count(model) == 1)
    throw error{errc::bad_split, fmt::format("{} is a single layer, so there is nowhere to split it", model.name())};
  split_point const split = split_at(place, model);
  std::string const choice = fmt::format("take one of 1..{}", layer_count(model) - 1);
  if (split.layers > layer_count(model))
    throw error{errc::bad_split, fmt::format("--split {} is outside of {}, which has {} layers; {}", split.layers,
                                             model.name(), layer_count(model), choice)};
  if (split.layers == 0 || split.layers == layer_count(model))
    throw error{errc::bad_split, fmt::format("--split {} leaves no layer for the {}, so there is nothing to write; {}",
                                             split.layers, split.layers == 0 ? "head" : "tail", choice)};
  return split;
}

// `PREFIX.head.pt` or `PREFIX.tail.pt`, as the engine's files end; in a folder, under the model's
// name.
fs::path part_file(export_options const& options, model_description const& model, std::string_view part) {
  std::error_code ignored;
  fs::path const prefix{options.output};
  bool const names_none = prefix.filename().empty() || fs::is_directory(prefix, ignored);
  fs::path file = names_none ? prefix / model.name() : prefix;
  file += part;
  file += model.kind->file_endings.front();
  check_writable(file);
  if (fs::equivalent(file, model.given, ignored))
    throw error{cli_errc::bad_option, fmt::format("'{}' is the file to export; take another --output", file.string())};
  return file;
}

// Both files or none: each is on the disk before the first of them takes its place.
void write(parts const& of, layer_writer const& layers_as_file) {
  uninterrupted const writing;
  staged_file head{of.head, layers_as_file(head_of(of.split))};
  staged_file tail{of.tail, layers_as_file(tail_of(of.model, of.split))};
  head.publish();
  tail.publish();
}

json spec_document(tensor_spec const& spec) {
  return {{"shape", std::vector<std::int64_t>(spec.shape.begin(), spec.shape.end())},
          {"element_type", name_of(spec.element)}};
}

json part_document(fs::path const& file, tensor_spec const& input, tensor_spec const& output) {
  return {{"file", file.string()}, {"input", spec_document(input)}, {"output", spec_document(output)}};
}

// dsc.export/1, as docs/formats.md describes it.
json document(parts const& of) {
  tensor_spec const& between = spec_at(of.model, of.split);
  return {{"schema", "dsc.export/1"},
          {"model", of.model.name()},
          {"layers", layer_count(of.model)},
          {"split", of.split.layers},
          {"layer", split_name(of.model, of.split)},
          {"head", part_document(of.head, of.model.input(), between)},
          {"tail", part_document(of.tail, between, spec_at(of.model, split_point{layer_count(of.model)}))}};
}

std::string line(fs::path const& file, tensor_spec const& input, tensor_spec const& output) {
  auto const text = [](tensor_spec const& spec) {
    return fmt::format("{} {}", extents(spec.shape), name_of(spec.element));
  };
  return fmt::format("{}: {} in, {} out\n", printable(file.string()), text(input), text(output));
}

void show(parts const& of) {
  tensor_spec const& between = spec_at(of.model, of.split);
  say(fmt::format("{}: split after {} (l = {} of {})\n", printable(of.model.name()),
                  printable(split_name(of.model, of.split)), of.split.layers, layer_count(of.model)));
  say(line(of.head, of.model.input(), between));
  say(line(of.tail, between, spec_at(of.model, split_point{layer_count(of.model)})));
}

void export_parts(export_options const& options) {
  if (!options.split)
    throw error{cli_errc::bad_option,
                "where is it to be split? give --split, or --format triton for the tails of several splits"};
  if (names_stdout(options.output))
    throw error{cli_errc::bad_option, "--output is what two files' names begin with; they cannot go to stdout"};
  model_description const model = described(options);
  split_point const split = split_in_two(*options.split, model);
  parts const cut{model, split, part_file(options, model, ".head"), part_file(options, model, ".tail")};
  write(cut, engine_of(model).writer_of(model, options.execution));
  if (options.json) return say_document(json_text(document(cut)));
  show(cut);
}

void show(deployment const& served, model_description const& model, std::string const& folder) {
  using enum table::align;
  table rows{{{"l"}, {"tail behind", left}, {"model", left}, {"input", left}, {"output", left}}};
  for (served_tail const& tail : served.tails)
    rows.add({std::to_string(tail.split.layers), std::string{split_name(model, tail.split)}, tail.model,
              text_of(tail.inputs.front().sample), text_of(tail.outputs.front().sample)});
  say(fmt::format("{}: the tails of {} of {} splits, as models of Triton in {}\n{}", printable(model.name()),
                  served.tails.size(), layer_count(model), printable(folder), rows.text()));
}

void export_repository(export_options const& options) {
  if (options.output.empty())
    throw error{cli_errc::bad_option, "where is the repository to be? give --output, the name of a new folder"};
  if (names_stdout(options.output))
    throw error{cli_errc::bad_option, "--output is a folder; a repository cannot go to stdout"};
  model_description const model = described(options);
  std::vector<split_point> const splits = splits_to_serve(model, options.tails);
  engine const& runner = engine_of(model);
  deployment served = deployment_of(model, splits, model.name(), runner.weights_fingerprint(model, options.execution));
  served.largest_batch = options.triton.largest_batch;
  write_triton_repository(options.output, served, options.triton, model, runner.writer_of(model, options.execution));
  if (options.json) return say_document(deployment_json(served));
  show(served, model, options.output);
}

}  // namespace

void export_model(export_options const& options) {
  bool const is_repository = options.format == export_format::triton;
  if (!options.misplaced.empty())
    throw error{cli_errc::bad_option,
                fmt::format("{} is for {}", options.misplaced,
                            is_repository ? "head and tail as two files; --format triton takes --splits"
                                          : "--format triton; head and tail as two files take --split")};
  is_repository ? export_repository(options) : export_parts(options);
}

}  // namespace dsc::cli

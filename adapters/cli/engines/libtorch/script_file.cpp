#include "engines/script_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

#include "console/errors.hpp"
#include "engines/libtorch/model.hpp"
#include "engines/zoo.hpp"
#include "options/lists.hpp"

namespace dsc::cli {
namespace {

libtorch::script_options options_of(execution_options const& wanted) {
  libtorch::script_options how{.cut = means_all_cuts(wanted.cuts) ? libtorch::cuts::all : libtorch::cuts::blocks,
                               .output_name = wanted.output_name};
  if (!wanted.input.empty())
    how.input = tensor_spec{input_type_named(wanted.input_type.empty() ? "float32" : wanted.input_type),
                            shape_in(wanted.input, "--input")};
  how.execution = execution_of(wanted);
  if (!wanted.trust) how.first_reading = libtorch::reading_limits{};
  return how;
}

// Without a shape the file's own input counts, type and all.
void check_input_type(libtorch::script_model const& net, execution_options const& wanted) {
  if (wanted.input_type.empty() || input_type_named(wanted.input_type) == net.input().element) return;
  throw error{cli_errc::bad_option, fmt::format("--input-type {} goes with --input; {} says that it takes {}",
                                                wanted.input_type, net.name(), name_of(net.input().element))};
}

// A file that is called as a network of the zoo is not taken for it, wherever its name will be
// read.
std::string name_apart_from_zoo(std::string_view name) {
  return std::string{name} + (find_model(name) == nullptr ? "" : ".pt");
}

// Whether the shape looks as if the batch were in it.
bool begins_with_one(std::string const& input) { return input.starts_with("1x"); }

// Whether LibTorch could not run a model for a sample's shape, as far as its words tell.
bool speaks_of_shapes(std::string_view sentence) {
  return std::ranges::any_of(std::initializer_list<char const*>{"xpected", "shape", "size", "imension"},
                             [&](char const* word) { return sentence.find(word) != std::string_view::npos; });
}

std::shared_ptr<loaded_model const> loaded_from(std::string const& file, execution_options const& wanted) try {
  return std::make_shared<loaded_model const>(libtorch::script_model{file, options_of(wanted)});
} catch (error const& failure) {
  std::string_view const sentence{failure.what()};
  bool const of_input = sentence.find("does not run on a sample") != std::string_view::npos;
  if (wanted.input.empty() || !of_input || !speaks_of_shapes(sentence)) throw;
  throw error{failure.code(), fmt::format("{}; --input is one sample's shape, without the batch: is it {}?",
                                          sentence.substr(sentence.find(": ") + 2),
                                          begins_with_one(wanted.input) ? wanted.input.substr(2)
                                                                        : "that which the model was made for")};
}

}  // namespace

model_description read_script(std::string const& file, execution_options const& wanted) {
  std::shared_ptr<loaded_model const> const loaded = loaded_from(file, wanted);
  libtorch::script_model const& net = loaded->net;
  check_input_type(net, wanted);
  model_description made{.label = name_apart_from_zoo(net.name()),
                         .given = file,
                         .input_spec = net.input(),
                         .list = {},
                         .network = {},
                         .file = loaded};
  for (libtorch::script_layer const& layer : net.layers())
    made.list.push_back({layer.label, layer.output(), {}, true, layer.module_type});
  return made;
}

std::string exported_script(model_description const& model, layer_span span) {
  return model.file->net.exported_span(span);
}

}  // namespace dsc::cli

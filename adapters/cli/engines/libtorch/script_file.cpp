#include "engines/script_file.hpp"

#include <fmt/format.h>

#include "console/errors.hpp"
#include "console/quantities.hpp"
#include "engines/libtorch/model.hpp"
#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

libtorch::script_options options_of(execution_options const& wanted) {
  libtorch::script_options how{.cut = wanted.cuts == cut_places::all ? libtorch::cuts::all : libtorch::cuts::blocks,
                               .output_name = wanted.output_name};
  if (wanted.input) how.input = tensor_spec{wanted.input_type.value_or(element_type::float32), *wanted.input};
  how.execution = execution_of(wanted);
  if (!wanted.trust) how.first_reading = libtorch::reading_limits{};
  return how;
}

// Without a shape the file's own input counts, type and all.
void check_input_type(libtorch::script_model const& net, execution_options const& wanted) {
  if (!wanted.input_type || *wanted.input_type == net.input().element) return;
  throw error{cli_errc::bad_option, fmt::format("--input-type {} goes with --input; {} says that it takes {}",
                                                name_of(*wanted.input_type), net.name(), name_of(net.input().element))};
}

// A file that is called as a network of the zoo is not taken for it, wherever its name will be
// read.
std::string name_apart_from_zoo(std::string_view name) {
  return std::string{name} + (find_model(name) == nullptr ? "" : ".pt");
}

// Whether the shape looks as if the batch were in it.
bool begins_with_one(std::optional<shape> const& input) { return input && input->rank > 1 && (*input)[0] == 1; }

shape without_batch(shape const& batched) {
  shape sample;
  for (std::size_t i = 1; i < batched.rank; ++i) sample.push_back(batched[i]);
  return sample;
}

std::shared_ptr<loaded_model const> loaded_from(std::string const& file, execution_options const& wanted) try {
  return std::make_shared<loaded_model const>(libtorch::script_model{file, options_of(wanted)});
} catch (error const& failure) {
  std::string_view const sentence{failure.what()};
  bool const of_input = sentence.find("does not run on a sample") != std::string_view::npos;
  if (!of_input || !begins_with_one(wanted.input)) throw;
  throw error{failure.code(),
              fmt::format("{}; --input is one sample's shape, without the batch: is it {}?",
                          sentence.substr(sentence.find(": ") + 2), extents(without_batch(*wanted.input)))};
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

void write_script(model_description const& model, layer_span span, std::filesystem::path const& file) {
  model.file->net.export_span(span, file);
}

}  // namespace dsc::cli

#include "engines/libtorch/script_file.hpp"

#include <algorithm>
#include <initializer_list>
#include <string_view>

#include <fmt/format.h>

#include "console/errors.hpp"
#include "console/quantities.hpp"
#include "engines/libtorch/kind.hpp"
#include "engines/libtorch/model.hpp"
#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

struct loaded_script final : loaded_model {
  explicit loaded_script(libtorch::script_model model) : net{std::move(model)} {}
  libtorch::script_model net;
};

libtorch::script_options script_options_of(execution_options const& options) {
  libtorch::script_options script{.cut = options.cuts == cut_places::all ? libtorch::cuts::all : libtorch::cuts::blocks,
                                  .output_name = options.output_name};
  if (options.input) script.input = tensor_spec{options.input_type.value_or(element_type::float32), *options.input};
  script.execution = execution_of(options);
  if (!options.trust) script.first_reading = libtorch::reading_limits{};
  return script;
}

// Without a shape the file's own input counts, type and all.
void check_input_type(libtorch::script_model const& net, execution_options const& options) {
  if (!options.input_type || *options.input_type == net.input().element) return;
  throw error{cli_errc::bad_option,
              fmt::format("--input-type {} goes with --input; {} says that it takes {}", name_of(*options.input_type),
                          net.name(), name_of(net.input().element))};
}

// Whether the shape looks as if the batch were in it.
bool begins_with_one(std::optional<shape> const& input) { return input && input->rank > 1 && (*input)[0] == 1; }

shape without_batch(shape const& batched) {
  shape sample;
  for (std::size_t i = 1; i < batched.rank; ++i) sample.push_back(batched[i]);
  return sample;
}

// Whether LibTorch could not run a model for a sample's shape, as far as its words tell.
bool speaks_of_shapes(std::string_view sentence) {
  return std::ranges::any_of(std::initializer_list<char const*>{"xpected", "shape", "size", "imension"},
                             [&](char const* word) { return sentence.find(word) != std::string_view::npos; });
}

std::shared_ptr<loaded_script const> loaded_from(std::string const& file, execution_options const& options) try {
  return std::make_shared<loaded_script const>(libtorch::script_model{file, script_options_of(options)});
} catch (error const& failure) {
  std::string_view const sentence{failure.what()};
  bool const of_input = sentence.find("does not run on a sample") != std::string_view::npos;
  if (!options.input || !of_input || !speaks_of_shapes(sentence)) throw;
  throw error{failure.code(), fmt::format("{}; --input is one sample's shape, without the batch: is it {}?",
                                          sentence.substr(sentence.find(": ") + 2),
                                          begins_with_one(options.input) ? extents(without_batch(*options.input))
                                                                         : "that which the model was made for")};
}

}  // namespace

model_description read_script(std::string const& file, execution_options const& options) {
  std::shared_ptr<loaded_script const> const loaded = loaded_from(file, options);
  libtorch::script_model const& net = loaded->net;
  check_input_type(net, options);
  model_description model{.label = std::string{net.name()},
                          .given = file,
                          .input_spec = net.input(),
                          .list = {},
                          .network = {},
                          .file = loaded,
                          .kind = &libtorch_kind};
  for (libtorch::script_layer const& layer : net.layers())
    model.list.push_back({layer.label, layer.output(), {}, true, layer.module_type});
  return model;
}

libtorch::script_model const& script_of(model_description const& model) {
  return static_cast<loaded_script const&>(*model.file).net;
}

}  // namespace dsc::cli

#include "engines/named_description.hpp"

#include <algorithm>
#include <filesystem>

#include <fmt/format.h>

#include <dsc/error.hpp>

#include "console/errors.hpp"
#include "engines/registry.hpp"
#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

namespace fs = std::filesystem;

bool looks_like_file(std::string const& text) {
  std::error_code ignored;
  return text.find('/') != std::string::npos || fs::is_regular_file(text, ignored) || kind_of_ending(text) != nullptr;
}

model_description in_zoo(std::string const& name, execution_options const& options) {
  zoo::efficientnet const& network = model_named(name);
  for (auto const& [option, given] : {std::pair{"--input", options.input.has_value()},
                                      {"--cuts", options.cuts == cut_places::all},
                                      {"--output-name", !options.output_name.empty()},
                                      {"--trust", options.trust}})
    if (given)
      throw error{cli_errc::bad_option, fmt::format("{} is for {} files; {} is of the zoo, where all of that is known",
                                                    option, file_types(), name)};
  return description_of(options.input_type ? network.with_input(*options.input_type) : network, options.element);
}

model_description in_file(std::string const& path, execution_options const& options) {
  if (!options.weights.empty())
    throw error{cli_errc::bad_option,
                fmt::format("--weights is for models of the zoo; '{}' is a file that brings its own", path)};
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw error{errc::cannot_read, fmt::format("cannot read '{}': it is a folder; give a {} file", path, file_types())};
  if (!fs::exists(path, ignored))
    throw error{errc::cannot_read, fmt::format("cannot read '{}': there is no such file; check the path", path)};
  engine_kind const* const kind = kind_of_ending(path);
  engine const& reader = engine_of(kind == nullptr ? *engine_kinds().front() : *kind);
  model_description model = reader.describe(path, options);
  model.kind = &reader.kind();
  // A file that is called as a network of the zoo is not taken for it, wherever its name will be
  // read.
  if (find_model(model.label) != nullptr) model.label += reader.kind().file_endings.front();
  return model;
}

}  // namespace

model_description describe_model(std::string const& text, execution_options const& options) {
  return find_model(text) == nullptr && looks_like_file(text) ? in_file(text, options) : in_zoo(text, options);
}

}  // namespace dsc::cli

#include "engines/named_description.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include <dsc/error.hpp>

#include "console/errors.hpp"
#include "engines/script_file.hpp"
#include "engines/zoo.hpp"

namespace dsc::cli {
namespace {

namespace fs = std::filesystem;

bool looks_like_file(std::string const& text) {
  constexpr std::array endings{".pt", ".pth", ".ts", ".torchscript"};
  std::error_code ignored;
  return text.find('/') != std::string::npos || fs::is_regular_file(text, ignored) ||
         std::ranges::any_of(endings, [&](char const* ending) { return text.ends_with(ending); });
}

model_description in_zoo(std::string const& name, execution_options const& wanted) {
  zoo::efficientnet const& network = model_named(name);
  for (auto const& [option, given] : {std::pair{"--input", wanted.input.has_value()},
                                      {"--cuts", wanted.cuts == cut_places::all},
                                      {"--output-name", !wanted.output_name.empty()},
                                      {"--trust", wanted.trust}})
    if (given)
      throw error{
          cli_errc::bad_option,
          fmt::format("{} is for TorchScript files; {} is of the zoo, where all of that is known", option, name)};
  return description_of(wanted.input_type ? network.with_input(*wanted.input_type) : network, wanted.element);
}

model_description in_file(std::string const& path, execution_options const& wanted) {
  if (!wanted.weights.empty())
    throw error{cli_errc::bad_option,
                fmt::format("--weights is for models of the zoo; '{}' is a file that brings its own", path)};
  std::error_code ignored;
  if (fs::is_directory(path, ignored))
    throw error{errc::cannot_read, fmt::format("cannot read '{}': it is a folder; give a TorchScript file", path)};
  if (!fs::exists(path, ignored))
    throw error{errc::cannot_read, fmt::format("cannot read '{}': there is no such file; check the path", path)};
  return read_script(path, wanted);
}

}  // namespace

model_description describe_model(std::string const& text, execution_options const& wanted) {
  return find_model(text) == nullptr && looks_like_file(text) ? in_file(text, wanted) : in_zoo(text, wanted);
}

}  // namespace dsc::cli

#include "arguments.hpp"

#include <algorithm>
#include <cstdlib>
#include <sstream>

#include <dsc/error.hpp>
#include <dsc/libtorch/error.hpp>

namespace gpu {
namespace {

dsc::zoo::efficientnet const* model_named(std::string_view name) {
  for (dsc::zoo::efficientnet const* const model : dsc::zoo::models)
    if (model->name() == name) return model;
  throw dsc::error{dsc::libtorch::libtorch_errc::bad_option, "there is no model '" + std::string{name} + "'"};
}

std::vector<std::string> parts(std::string const& list) {
  std::vector<std::string> entries;
  std::istringstream text{list};
  for (std::string entry; std::getline(text, entry, ',');) entries.push_back(entry);
  return entries;
}

}  // namespace

arguments parsed(int argc, char** argv) {
  arguments given;
  std::vector<dsc::zoo::efficientnet const*> models;
  for (int i = 1; i < argc; ++i) {
    std::string_view const option = argv[i];
    if (option == "--quick") {
      given.quick = true;
      given.repeats = 3;
      given.models = {&dsc::zoo::efficientnet_b0};
    } else if (i + 1 == argc)
      throw dsc::error{dsc::libtorch::libtorch_errc::bad_option, std::string{usage}};
    else if (option == "--only")
      given.only = parts(argv[++i]);
    else if (option == "--model")
      models.push_back(model_named(argv[++i]));
    else if (option == "--script")
      given.scripts.emplace_back(argv[++i]);
    else if (option == "--threads")
      given.threads = std::max(1, std::atoi(argv[++i]));
    else if (option == "--repeats")
      given.repeats = static_cast<std::size_t>(std::max(1, std::atoi(argv[++i])));
    else if (option == "--device")
      given.device = argv[++i];
    else if (option == "--out")
      given.out = argv[++i];
    else
      throw dsc::error{dsc::libtorch::libtorch_errc::bad_option, std::string{usage}};
  }
  if (!models.empty()) given.models = models;
  return given;
}

}  // namespace gpu

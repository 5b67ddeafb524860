#include "engines/registry.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include <dsc/error.hpp>

#include "console/errors.hpp"

namespace dsc::cli {
namespace {

std::vector<engine const*>& engines_in_use() {
  static std::vector<engine const*> engines;
  return engines;
}

}  // namespace

void use_engines(std::vector<engine const*> engines) { engines_in_use() = std::move(engines); }

engine const& engine_of(engine_kind const& kind) {
  std::vector<engine const*> const& engines = engines_in_use();
  auto const match =
      std::ranges::find_if(engines, [&](engine const* candidate) { return candidate->kind().name == kind.name; });
  if (match != engines.end()) return **match;
  throw error{cli_errc::bad_option,
              fmt::format("this build of dsc has no {}, which {}{} files need; build it where {} is installed",
                          kind.name, kind.runs_zoo ? "'profile', 'run' and " : "", kind.file_type, kind.package)};
}

engine const& engine_of(model_description const& model) { return engine_of(*model.kind); }

}  // namespace dsc::cli

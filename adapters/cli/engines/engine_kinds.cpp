#include <algorithm>
#include <array>

#include "engines/engine_kind.hpp"
#include "engines/libtorch/kind.hpp"

namespace dsc::cli {
namespace {

// The list of what there is: one entry for each folder here.
constexpr std::array<engine_kind const*, 1> kinds{&libtorch_kind};
static_assert(std::ranges::any_of(kinds, &engine_kind::runs_zoo));

}  // namespace

std::span<engine_kind const* const> engine_kinds() { return kinds; }

engine_kind const* kind_of_ending(std::string_view file) {
  for (engine_kind const* const kind : kinds)
    if (std::ranges::any_of(kind->file_endings, [&](std::string_view ending) { return file.ends_with(ending); }))
      return kind;
  return nullptr;
}

engine_kind const& kind_of_zoo() { return **std::ranges::find_if(kinds, &engine_kind::runs_zoo); }

std::string file_types() {
  std::string types;
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (i > 0) types += i + 1 == kinds.size() ? " or " : ", ";
    types += kinds[i]->file_type;
  }
  return types;
}

}  // namespace dsc::cli

#pragma once

#include <string_view>
#include <vector>

namespace dsc::cli {

/// At most three of the names that come nearest to a wrong one, best first; none where none comes
/// near. Those that end in it are near however much longer they are.
std::vector<std::string_view> near_names(std::string_view wrong, std::vector<std::string_view> const& names);

}  // namespace dsc::cli

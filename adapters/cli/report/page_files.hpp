#pragma once

#include <string_view>

namespace dsc::cli {

/// A file of the folder `report`, as it was when this program was built.
std::string_view page_file(std::string_view name);

}  // namespace dsc::cli

#pragma once

#include <string_view>

namespace dsc::cli {

/// A file of the folder `serving`, as it was when this program was built.
std::string_view triton_model(std::string_view name);

}  // namespace dsc::cli

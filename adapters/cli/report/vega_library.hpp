#pragma once

#include <filesystem>
#include <string>

namespace dsc::cli {

/// The charts' library as one script: those modules of Vega, as Debian's libjs-vega installs them,
/// that drawing needs, each registered in `vegaModules` under its name. Throws `cannot_read`,
/// naming the package, where the folder has not what is needed.
std::string vega_library(std::filesystem::path const& folder);

}  // namespace dsc::cli

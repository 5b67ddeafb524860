#pragma once

#include <array>
#include <string_view>

#include "engines/engine_kind.hpp"

namespace dsc::cli {

inline constexpr std::array<std::string_view, 4> torchscript_endings{".pt", ".pth", ".ts", ".torchscript"};

/// LibTorch: networks of the zoo and TorchScript files.
inline constexpr engine_kind libtorch_kind{.name = "LibTorch",
                                           .file_type = "TorchScript",
                                           .file_endings = torchscript_endings,
                                           .package = "libtorch-dev",
                                           .runs_zoo = true};

}  // namespace dsc::cli

#pragma once

#include <filesystem>

#include "torchscript/input_file.hpp"

namespace dsc::libtorch::detail {

/// Looks at everything in a file of torch.jit.save that LibTorch's own reader would trust:
/// checksums, sizes, lists of objects, names, nesting, and code that would run while it is read.
/// Throws `cannot_read`, and `bad_file` with what is wrong.
void check_script_archive(std::filesystem::path const& path);

}  // namespace dsc::libtorch::detail

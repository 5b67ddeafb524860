#pragma once

#include <filesystem>

namespace dsc::cli {

/// Throws `cannot_write` for an output that cannot be made: before long work, not after it. What
/// this does not see, writing the file tells.
void check_writable(std::filesystem::path const& file);

}  // namespace dsc::cli

#pragma once

#include <filesystem>
#include <functional>

#include <dsc/libtorch/script_model.hpp>

namespace dsc::libtorch::detail {

/// Runs `action`, which reads `file`, in a child of this process within these limits, and leaves
/// nothing of it here. An error of the library in it is thrown here too; a crash, and a limit that
/// it hits, become `bad_file`. Only the calling thread lives on in the child: no other may hold
/// what `action` needs.
void in_child(std::filesystem::path const& file, reading_limits const& limits, std::function<void()> const& action);

}  // namespace dsc::libtorch::detail

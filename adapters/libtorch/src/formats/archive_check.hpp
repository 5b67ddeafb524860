#pragma once

#include <cstddef>
#include <filesystem>
#include <vector>

namespace dsc::libtorch::detail {

/// The file of torch.jit.save at `path`, written anew in memory from what was looked at: of the
/// entries those that a model is read from, stored. LibTorch's own reader, which trusts its input,
/// never sees another file, so that the two cannot disagree on what is in it. Everything that
/// reader would trust is looked at: checksums, sizes, lists of objects, names, nesting, and code
/// that would run while it is read. Throws `cannot_read`, and `bad_file` with what is wrong.
std::vector<std::byte> checked_archive(std::filesystem::path const& path);

}  // namespace dsc::libtorch::detail

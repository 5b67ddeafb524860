#pragma once

#include "device/aten.hpp"

#include <cstdint>
#include <optional>
#include <vector>

namespace dsc::libtorch::detail {

/// In which order a tensor's extents lie in memory, the one with the largest steps first: {0, 1, 2,
/// 3} is contiguous, {0, 2, 3, 1} channels last. Kernels differ by it, and so do roundings: a tail
/// sees `h_l` as the whole network would have.
using memory_layout = std::vector<std::int64_t>;

/// The layout of a tensor; nothing where it has gaps or shares elements.
std::optional<memory_layout> layout_of(at::Tensor const& tensor);

bool is_contiguous(memory_layout const& layout);

/// The way back from a layout: where each extent lies in it.
memory_layout inverse(memory_layout const& layout);

/// The same tensor in this layout; the same memory where it has it.
at::Tensor laid_out(at::Tensor const& tensor, memory_layout const& layout);

}  // namespace dsc::libtorch::detail

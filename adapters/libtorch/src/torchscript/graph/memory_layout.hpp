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

/// How the tensor of a cut lies in memory in the whole network. It may be otherwise for one sample
/// than for several, as an extent of one can be anywhere.
struct cut_layout {
  memory_layout of_one, of_several;
  std::vector<std::int64_t> sizes_of_one, steps_of_one;

  bool is_plain() const;  ///< whether a fresh tensor lies like that
};

/// That of a cut through which one sample and two went so; nothing where one of them has gaps or
/// shares elements.
std::optional<cut_layout> cut_layout_of(at::Tensor const& single, at::Tensor const& pair);

/// The same batch in this layout; the same memory where it has it.
at::Tensor laid_out(at::Tensor const& batch, cut_layout const& layout);

}  // namespace dsc::libtorch::detail

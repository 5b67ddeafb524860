#include "memory_layout.hpp"

#include <algorithm>
#include <numeric>

namespace dsc::libtorch::detail {
namespace {

memory_layout contiguous(std::int64_t extents) {
  memory_layout layout(static_cast<std::size_t>(extents));
  std::iota(layout.begin(), layout.end(), std::int64_t{0});
  return layout;
}

}  // namespace

memory_layout layout_of(at::Tensor const& tensor) {
  memory_layout layout = contiguous(tensor.dim());
  std::ranges::stable_sort(layout, std::ranges::greater{}, [&](std::int64_t extent) { return tensor.stride(extent); });
  return tensor.permute(layout).is_contiguous() ? layout : contiguous(tensor.dim());
}

bool is_contiguous(memory_layout const& layout) { return std::ranges::is_sorted(layout); }

memory_layout inverse(memory_layout const& layout) {
  memory_layout back(layout.size());
  for (std::size_t i = 0; i < layout.size(); ++i) back[static_cast<std::size_t>(layout[i])] = static_cast<std::int64_t>(i);
  return back;
}

at::Tensor laid_out(at::Tensor const& tensor, memory_layout const& layout) {
  if (is_contiguous(layout)) return tensor.contiguous();
  return tensor.permute(layout).contiguous().permute(inverse(layout));
}

}  // namespace dsc::libtorch::detail

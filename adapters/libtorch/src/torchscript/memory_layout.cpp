#include "torchscript/memory_layout.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

namespace dsc::libtorch::detail {
namespace {

// Dense memory may have any steps at extents of one, and kernels are chosen by those too: here they
// are what a fresh tensor has.
at::Tensor with_plain_steps(at::Tensor const& dense) { return dense.view({-1}).view(dense.sizes()); }

}  // namespace

std::optional<memory_layout> layout_of(at::Tensor const& tensor) {
  memory_layout layout(static_cast<std::size_t>(tensor.dim()));
  std::iota(layout.begin(), layout.end(), std::int64_t{0});
  // Of equal steps, those of an extent of one belong to the outer one.
  std::ranges::sort(layout, std::ranges::greater{}, [&](std::int64_t extent) {
    return std::tuple{tensor.stride(extent), tensor.size(extent), -extent};
  });
  if (!tensor.permute(layout).is_contiguous()) return {};
  return layout;
}

bool is_contiguous(memory_layout const& layout) { return std::ranges::is_sorted(layout); }

memory_layout inverse(memory_layout const& layout) {
  memory_layout back(layout.size());
  for (std::size_t i = 0; i < layout.size(); ++i)
    back[static_cast<std::size_t>(layout[i])] = static_cast<std::int64_t>(i);
  return back;
}

at::Tensor laid_out(at::Tensor const& tensor, memory_layout const& layout) {
  if (is_contiguous(layout)) return tensor.contiguous();
  return with_plain_steps(tensor.permute(layout).contiguous()).permute(inverse(layout));
}

}  // namespace dsc::libtorch::detail

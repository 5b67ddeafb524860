#include "torchscript/graph/memory_layout.hpp"

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

bool cut_layout::is_plain() const {
  std::int64_t step = 1;
  for (std::size_t i = sizes_of_one.size(); i-- > 0; step *= sizes_of_one[i])
    if (steps_of_one[i] != step) return false;
  return is_contiguous(of_several);
}

std::optional<cut_layout> cut_layout_of(at::Tensor const& single, at::Tensor const& pair) {
  auto const of_one = layout_of(single), of_several = layout_of(pair);
  if (!of_one || !of_several) return {};
  return cut_layout{*of_one, *of_several, single.sizes().vec(), single.strides().vec()};
}

at::Tensor laid_out(at::Tensor const& batch, cut_layout const& layout) {
  if (batch.size(0) == 1) {
    if (batch.strides() == at::IntArrayRef{layout.steps_of_one}) return batch;
    return batch.permute(layout.of_one).contiguous().as_strided(layout.sizes_of_one, layout.steps_of_one);
  }
  if (is_contiguous(layout.of_several)) return batch.contiguous();
  return with_plain_steps(batch.permute(layout.of_several).contiguous()).permute(inverse(layout.of_several));
}

}  // namespace dsc::libtorch::detail

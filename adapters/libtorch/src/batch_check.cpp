#include "batch_check.hpp"

#include <algorithm>

namespace dsc::libtorch::detail {

bool is_batch_of(tensor_spec const& sample, at::Tensor const& x) {
  if (!x.defined() || x.layout() != at::kStrided || x.scalar_type() != scalar_type(sample.element)) return false;
  return x.dim() == static_cast<std::int64_t>(sample.shape.rank) + 1 && x.size(0) > 0 &&
         std::equal(x.sizes().begin() + 1, x.sizes().end(), sample.shape.begin(), sample.shape.end());
}

std::string described_batch(tensor_spec const& sample) {
  std::string text = std::string{name_of(sample.element)} + " [B";
  for (std::int64_t const extent : sample.shape) text += ", " + std::to_string(extent);
  return text + "]";
}

std::string described(at::Tensor const& x) {
  return x.defined() ? std::string{at::toString(x.scalar_type())} + " " + text(x.sizes()) : "an undefined one";
}

}  // namespace dsc::libtorch::detail

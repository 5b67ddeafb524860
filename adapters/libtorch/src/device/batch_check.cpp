#include "device/batch_check.hpp"

#include <algorithm>
#include <string>

#include <dsc/error.hpp>

namespace dsc::libtorch::detail {
namespace {

bool is_batch_of(tensor_spec const& sample, at::Tensor const& x) {
  if (!x.defined() || x.layout() != at::kStrided || x.scalar_type() != scalar_type(sample.element)) return false;
  return x.dim() == static_cast<std::int64_t>(sample.shape.rank) + 1 && x.size(0) > 0 &&
         std::equal(x.sizes().begin() + 1, x.sizes().end(), sample.shape.begin(), sample.shape.end());
}

}  // namespace

void check_batch(std::string_view model, split_point split, tensor_spec const& sample, at::Tensor const& x) {
  if (is_batch_of(sample, x)) return;
  std::string extents = "[B";
  for (std::int64_t const extent : sample.shape) extents += ", " + std::to_string(extent);
  std::string const description =
      x.defined() ? std::string{at::toString(x.scalar_type())} + " " + text(x.sizes()) : "an undefined one";
  throw error{errc::bad_tensor, std::string{model} + " takes a tensor of " + std::string{name_of(sample.element)} +
                                    " " + extents + "] at split point " + std::to_string(split.layers) + ", but got " +
                                    description};
}

}  // namespace dsc::libtorch::detail

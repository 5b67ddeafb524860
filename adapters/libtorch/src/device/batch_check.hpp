#pragma once

#include "device/aten.hpp"

#include <string_view>

#include <dsc/units.hpp>

namespace dsc::libtorch::detail {

/// Throws `bad_tensor` unless `x` is a batch of at least one sample of this type and shape, which
/// is what the model takes at this split point.
void check_batch(std::string_view model, split_point split, tensor_spec const& sample, at::Tensor const& x);

}  // namespace dsc::libtorch::detail

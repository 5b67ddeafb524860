#pragma once

#include "aten.hpp"

#include <string>

namespace dsc::libtorch::detail {

/// Whether `x` is a batch of at least one sample of this type and shape.
bool is_batch_of(tensor_spec const& sample, at::Tensor const& x);

/// `float32 [B, 3, 224, 224]`, for sentences.
std::string described_batch(tensor_spec const& sample);

/// `Float [1, 3, 224, 224]`, for sentences.
std::string described(at::Tensor const& x);

}  // namespace dsc::libtorch::detail

#pragma once

#include <ATen/core/Tensor.h>

#include <dsc/run/fingerprint.hpp>

namespace dsc::libtorch::detail {

/// Takes in a tensor's type, shape and values, whatever its device and memory layout.
void add_to(fingerprint& all, at::Tensor const& tensor);

}  // namespace dsc::libtorch::detail

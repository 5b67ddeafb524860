#pragma once

// ivalue.h first: in C++20 clang needs IValue to be complete before LibTorch 1.13 names a vector of
// it.
#include <ATen/core/ivalue.h>

#include <ATen/core/Tensor.h>
#include <ATen/core/grad_mode.h>

#include <string>
#include <string_view>

#include <dsc/shape.hpp>

namespace dsc::libtorch::detail {

/// LibTorch's name of an element type.
at::ScalarType scalar_type(element_type element);

/// `float32`, for sentences.
std::string_view name_of(element_type element);

/// `[3, 224, 224]`, for sentences.
std::string text(at::IntArrayRef sizes);

}  // namespace dsc::libtorch::detail

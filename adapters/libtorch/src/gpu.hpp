#pragma once

#include <string>

#include <c10/core/Device.h>

namespace dsc::libtorch::detail {

/// The name of a GPU: one definition where LibTorch has CUDA, another where it has not.
std::string gpu_name(at::Device device);

}  // namespace dsc::libtorch::detail

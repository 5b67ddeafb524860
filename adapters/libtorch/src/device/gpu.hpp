#pragma once

#include <string>

#include <c10/core/Device.h>

// What needs CUDA's own headers: one definition where LibTorch has CUDA, another where it has not.
namespace dsc::libtorch::detail {

/// The name of a GPU.
std::string gpu_name(at::Device device);

/// Frees the blocks that the caching allocators of device and pinned memory hold and nobody uses.
void release_gpu_memory();

}  // namespace dsc::libtorch::detail

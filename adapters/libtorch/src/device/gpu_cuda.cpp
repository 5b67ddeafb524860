#include "device/aten.hpp"

#include "device/gpu.hpp"

#include <ATen/cuda/CachingHostAllocator.h>
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAFunctions.h>
#include <cuda_runtime_api.h>

namespace dsc::libtorch::detail {

// Asked of the runtime: ATen/cuda/CUDAContext.h would ask for the headers of cuBLAS, cuSPARSE and
// cuSOLVER.
std::string gpu_name(at::Device device) {
  if (!device.is_cuda()) return device.str();
  cudaDeviceProp properties{};
  C10_CUDA_CHECK(
      cudaGetDeviceProperties(&properties, device.has_index() ? device.index() : c10::cuda::current_device()));
  return properties.name;
}

void release_gpu_memory() {
  c10::cuda::CUDACachingAllocator::emptyCache();
// Its successor came with LibTorch 2.8.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  at::cuda::CachingHostAllocator_emptyCache();
#pragma GCC diagnostic pop
}

}  // namespace dsc::libtorch::detail

#include "gpu.hpp"

#include <ATen/cuda/CUDAContext.h>

namespace dsc::libtorch::detail {

std::string gpu_name(at::Device device) {
  if (!device.is_cuda()) return device.str();
  return device.has_index() ? at::cuda::getDeviceProperties(device.index())->name : at::cuda::getCurrentDeviceProperties()->name;
}

}  // namespace dsc::libtorch::detail

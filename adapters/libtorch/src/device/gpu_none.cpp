#include "device/gpu.hpp"

namespace dsc::libtorch::detail {

std::string gpu_name(at::Device device) { return device.str(); }

void release_gpu_memory() {}

}  // namespace dsc::libtorch::detail

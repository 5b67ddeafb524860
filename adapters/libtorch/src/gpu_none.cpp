#include "gpu.hpp"

namespace dsc::libtorch::detail {

std::string gpu_name(at::Device device) { return device.str(); }

}  // namespace dsc::libtorch::detail

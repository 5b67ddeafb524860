#pragma once

#include <cstdint>

#include <c10/core/Device.h>

#include <dsc/shape.hpp>

namespace dsc::libtorch {

/// How layers compute.
enum class arithmetic : std::uint8_t {
  exact,  ///< operator by operator, bit for bit what PyTorch computes on the same device
  fast  ///< batch normalisation folded into the filters, channels last; EfficientNets by oneDNN on the CPU whatever the
        ///< batch: other roundings, so answers differ from the exact ones, in tests by less than
        ///< 1e-4 of the largest one in float32
};

/// Where and how a network computes.
struct execution {
  at::Device device = at::kCPU;
  libtorch::arithmetic arithmetic = libtorch::arithmetic::exact;
  element_type element =
      element_type::float32;  ///< of weights and features, which travel in it: float32, float16 or bfloat16
};

}  // namespace dsc::libtorch

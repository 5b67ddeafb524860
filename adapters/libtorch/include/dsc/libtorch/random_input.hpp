#pragma once

#include <cstdint>

#include <ATen/core/Tensor.h>

#include <dsc/shape.hpp>
#include <dsc/units.hpp>

namespace dsc::libtorch {

/// Made-up samples, always the same for one seed: [B, ...] of the type and shape of a sample, on
/// the CPU; floating-point numbers in [0, 1), bytes 0 to 255. Throws `backend_failed` where there
/// is no memory for them.
at::Tensor random_input(tensor_spec const& sample, batch_size batch, std::uint64_t seed = 0);

}  // namespace dsc::libtorch

#pragma once

#include <optional>

#include <ATen/core/Tensor.h>
#include <c10/core/Device.h>
#include <c10/core/Stream.h>

namespace dsc::libtorch::detail {

/// Moves tensors between the CPU's memory and a network's device. To and from a GPU they go through
/// pinned memory, which PyTorch's allocator keeps for the next ones; answers have a stream of their
/// own, so that those of one thread do not hold up what another one computes.
class transfer {
 public:
  explicit transfer(at::Device device);

  /// `x` on the device, contiguous. Does not wait for a GPU: what is queued there afterwards comes
  /// after it.
  at::Tensor to_device(at::Tensor const& x) const;

  /// `x` in the CPU's memory, contiguous and complete: waits for what made it and for the copy, for
  /// nothing else on the device.
  at::Tensor to_host(at::Tensor const& x) const;

 private:
  at::Device device_;
  std::optional<c10::Stream> copies_;  // on a GPU
};

}  // namespace dsc::libtorch::detail

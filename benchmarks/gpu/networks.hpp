#pragma once

#include <ATen/core/ivalue.h>

#include <ATen/core/Tensor.h>

#include <algorithm>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/model/layers.hpp>

namespace gpu {

using dsc::batch_size;
using dsc::split_point;
using dsc::libtorch::efficientnet;

/// The network on a device, with the weights that it has everywhere.
inline efficientnet network(dsc::zoo::efficientnet const& net, dsc::libtorch::execution const& execution) {
  return {net, dsc::libtorch::random_weights(net), execution};
}

inline dsc::layer_span whole(efficientnet const& net) { return dsc::tail_of(net, split_point{0}); }
inline dsc::layer_span tail(efficientnet const& net, split_point split) { return dsc::tail_of(net, split); }

/// Largest difference of two answers, relative to the largest number in them.
inline double difference(at::Tensor const& a, at::Tensor const& b) {
  at::Tensor const due = b.to(at::kDouble);
  return a.to(at::kDouble).sub(due).abs().max().item<double>() / std::max(1e-30, due.abs().max().item<double>());
}

}  // namespace gpu

#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

#include <dsc/libtorch/execution.hpp>
#include <dsc/libtorch/weights.hpp>
#include <dsc/model/zoo/efficientnet.hpp>

namespace dsc::libtorch::detail {

/// A layer with its weights, on its device: leaves its input as it is, as somebody else may be
/// reading it, and never waits for the device.
using bound_layer = std::function<at::Tensor(at::Tensor const&)>;

/// The layers of a network, for inputs that lie where `mode` says and have its element type.
/// `weights` have been checked.
std::vector<bound_layer> bind_layers(zoo::efficientnet const& net, state_dict const& weights, execution const& mode);

}  // namespace dsc::libtorch::detail

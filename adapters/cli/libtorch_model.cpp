#include "libtorch_model.hpp"

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/weights.hpp>

namespace dsc::cli {

libtorch::efficientnet libtorch_model(zoo::efficientnet const& model, execution_options const& wanted) {
  at::Device const device = libtorch::device_named(wanted.torch_device);
  libtorch::use_threads(wanted.threads);
  libtorch::state_dict const weights =
      wanted.weights.empty() ? libtorch::random_weights(model, wanted.seed) : libtorch::load_weights(wanted.weights, model);
  return {model, weights, {.device = device, .arithmetic = wanted.fast ? libtorch::arithmetic::fast : libtorch::arithmetic::exact}};
}

}  // namespace dsc::cli

#include "engines/libtorch/model.hpp"

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/weights.hpp>

namespace dsc::cli {

libtorch::execution execution_of(execution_options const& wanted) {
  at::Device const device = libtorch::device_named(wanted.torch_device);
  libtorch::use_threads(wanted.threads);
  return {.device = device,
          .arithmetic = wanted.fast ? libtorch::arithmetic::fast : libtorch::arithmetic::exact,
          .element = wanted.element};
}

libtorch_model libtorch_model_of(model_description const& model, execution_options const& wanted) {
  if (model.file) return model.file->net;
  zoo::efficientnet const& network = model.network.value();
  libtorch::execution const how = execution_of(wanted);
  libtorch::state_dict const weights = wanted.weights.empty() ? libtorch::random_weights(network, wanted.seed)
                                                              : libtorch::load_weights(wanted.weights, network);
  return libtorch::efficientnet{network, weights, how};
}

}  // namespace dsc::cli

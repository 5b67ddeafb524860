#include "engines/libtorch/model.hpp"

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/weights.hpp>

#include "engines/libtorch/script_file.hpp"

namespace dsc::cli {

libtorch::execution execution_of(execution_options const& options) {
  at::Device const device = libtorch::device_named(options.torch_device);
  libtorch::use_threads(options.threads);
  return {.device = device,
          .arithmetic = options.fast ? libtorch::arithmetic::fast : libtorch::arithmetic::exact,
          .element = options.element};
}

libtorch_model libtorch_model_of(model_description const& model, execution_options const& options) {
  if (model.file) return script_of(model);
  zoo::efficientnet const& network = model.network.value();
  libtorch::execution const execution = execution_of(options);
  libtorch::state_dict const weights = options.weights.empty() ? libtorch::random_weights(network, options.seed)
                                                               : libtorch::load_weights(options.weights, network);
  return libtorch::efficientnet{network, weights, execution};
}

}  // namespace dsc::cli

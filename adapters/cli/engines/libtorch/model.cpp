#include "engines/libtorch/model.hpp"

#include <dsc/libtorch/device.hpp>

#include "engines/libtorch/script_file.hpp"
#include "engines/libtorch/weights.hpp"

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
  return libtorch::efficientnet{network, weights_of(network, options), execution};
}

}  // namespace dsc::cli

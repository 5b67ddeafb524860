#include "engines/libtorch/weights.hpp"

#include <dsc/libtorch/efficientnet.hpp>

#include "engines/libtorch/script_file.hpp"

namespace dsc::cli {
libtorch::state_dict weights_of(zoo::efficientnet const& network, execution_options const& options) {
  return options.weights.empty() ? libtorch::random_weights(network, options.seed)
                                 : libtorch::load_weights(options.weights, network);
}

layer_writer libtorch_writer_of(model_description const& model, execution_options const& options) {
  if (model.file) return [net = script_of(model)](layer_span span) { return net.exported_span(span); };
  zoo::efficientnet const network = model.network.value();
  return [network, weights = weights_of(network, options)](layer_span span) {
    return libtorch::exported_span(network, weights, span);
  };
}

std::string libtorch_fingerprint_of(model_description const& model, execution_options const& options) {
  return model.file ? script_of(model).weights_fingerprint()
                    : libtorch::weights_fingerprint(weights_of(*model.network, options));
}

}  // namespace dsc::cli

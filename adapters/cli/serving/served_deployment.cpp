#include "serving/served_deployment.hpp"

#include <utility>

#include <dsc/model/layers.hpp>

#include "engines/fingerprint.hpp"

namespace dsc::cli {

std::string signature_of(model_description const& model) {
  fingerprint sum;
  sum.add(text_of(model.input()));
  for (layer_description const& layer : model.layers()) {
    sum.add("\n");
    sum.add(text_of(layer.output()));
    sum.add(" ");
    sum.add(layer.name());
  }
  return sum.digits();
}

deployment deployment_of(model_description const& model, std::vector<split_point> const& splits, std::string weights,
                         batch_size largest_batch) {
  std::size_t const layers = layer_count(model);
  deployment served{.network = std::string{model.name()},
                    .layers = layers,
                    .signature = signature_of(model),
                    .weights = std::move(weights),
                    .largest_batch = largest_batch,
                    .tails = {}};
  for (split_point const split : splits)
    served.tails.push_back({split,
                            tail_name(model.name(), split, layers),
                            {{served_input, spec_at(model, split)}},
                            {{served_output, spec_at(model, split_point{layers})}}});
  return served;
}

}  // namespace dsc::cli

#include "engines/model_description.hpp"

#include <dsc/concepts.hpp>
#include <dsc/model/layers.hpp>

namespace dsc::cli {

static_assert(Model<model_description>);

model_description description_of(zoo::efficientnet const& network, element_type feature) {
  model_description model{.label = std::string{network.name()},
                          .given = std::string{network.name()},
                          .input_spec = network.input(),
                          .list = {},
                          .network = network,
                          .file = nullptr,
                          .kind = &kind_of_zoo()};
  for (zoo::efficientnet_layer const& layer : network.layers())
    model.list.push_back(
        {std::string{layer.name()}, {feature, layer.output().shape}, layer.macs(), layer.is_block(), {}});
  return model;
}

tensor_spec const& spec_at(model_description const& model, split_point split) {
  return split.layers == 0 ? model.input() : layer_at(model, split.layers - 1).output();
}

}  // namespace dsc::cli

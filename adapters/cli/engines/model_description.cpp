#include "engines/model_description.hpp"

#include <dsc/concepts.hpp>

namespace dsc::cli {

static_assert(Model<model_description>);

model_description description_of(zoo::efficientnet const& network, element_type feature) {
  model_description made{.label = std::string{network.name()},
                         .given = std::string{network.name()},
                         .input_spec = network.input(),
                         .list = {},
                         .network = network,
                         .file = nullptr};
  for (zoo::efficientnet_layer const& layer : network.layers())
    made.list.push_back(
        {std::string{layer.name()}, {feature, layer.output().shape}, layer.macs(), layer.is_block(), {}});
  return made;
}

tensor_spec const& spec_at(model_description const& model, split_point split) {
  return split.layers == 0 ? model.input() : model.list[split.layers - 1].output();
}

}  // namespace dsc::cli

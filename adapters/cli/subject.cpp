#include "subject.hpp"

#include <dsc/concepts.hpp>

namespace dsc::cli {

static_assert(Model<subject>);

subject subject_of(zoo::efficientnet const& network, element_type feature) {
  subject made{.label = std::string{network.name()},
               .given = std::string{network.name()},
               .input_spec = network.input(),
               .list = {},
               .network = network,
               .file = nullptr};
  for (zoo::efficientnet_layer const& layer : network.layers())
    made.list.push_back({std::string{layer.name()}, {feature, layer.output().shape}, layer.macs(), layer.is_block(), {}});
  return made;
}

tensor_spec const& spec_at(subject const& model, split_point split) {
  return split.index == 0 ? model.input() : model.list[split.index - 1].output();
}

}  // namespace dsc::cli

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <dsc/model/zoo/efficientnet.hpp>

namespace dsc::libtorch::detail {

/// A convolution without bias, its batch normalisation, and SiLU where it activates.
struct convolution {
  std::string name;  ///< of torchvision's module: the filters are `name.0.weight`, the normalisation is `name.1`
  std::int64_t in;
  std::int64_t out;
  std::int64_t kernel;
  std::int64_t stride;
  std::int64_t groups;
  bool activates;
};

/// The convolutions of a layer, in order; none for the pool and the classifier.
std::vector<convolution> convolutions_of(zoo::efficientnet_layer const& layer);

/// The name of the layer's squeeze-excitation, which comes before its last convolution; empty
/// without one.
std::string squeeze_name(zoo::efficientnet_layer const& layer);

/// What a parameter does, which says how to make one up.
enum class role : std::uint8_t { filter, bias, scale, closing_scale, residual_scale, shift, mean, variance };

/// One entry of a state_dict.
struct parameter {
  std::string name;
  std::vector<std::int64_t> sizes;
  detail::role role;
};

/// Every entry that running the network needs, in torchvision's order of layers.
std::vector<parameter> parameters_of(zoo::efficientnet const& net);

}  // namespace dsc::libtorch::detail

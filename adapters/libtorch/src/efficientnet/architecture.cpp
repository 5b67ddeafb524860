#include "efficientnet/architecture.hpp"

#include <string_view>

namespace dsc::libtorch::detail {
namespace {

std::string inside(zoo::efficientnet_layer const& layer, int position) {
  return std::string{layer.name()} + ".block." + std::to_string(position);
}

std::vector<convolution> mbconv(zoo::efficientnet_layer const& layer) {
  std::int64_t const wide = layer.expanded_channels;
  std::vector<convolution> list;
  int position = 0;
  if (layer.expands()) list.push_back({inside(layer, position++), layer.in_channels, wide, 1, 1, 1, true});
  list.push_back({inside(layer, position++), wide, wide, layer.kernel, layer.stride, wide, true});
  list.push_back({inside(layer, position + 1), wide, layer.out_channels, 1, 1, 1, false});
  return list;
}

std::vector<convolution> fused_mbconv(zoo::efficientnet_layer const& layer) {
  if (!layer.expands())
    return {{inside(layer, 0), layer.in_channels, layer.out_channels, layer.kernel, layer.stride, 1, true}};
  std::int64_t const wide = layer.expanded_channels;
  return {{inside(layer, 0), layer.in_channels, wide, layer.kernel, layer.stride, 1, true},
          {inside(layer, 1), wide, layer.out_channels, 1, 1, 1, false}};
}

void add_convolution(std::vector<parameter>& list, convolution const& c, role scale) {
  std::string const norm = c.name + ".1.";
  list.push_back({c.name + ".0.weight", {c.out, c.in / c.groups, c.kernel, c.kernel}, role::filter});
  list.push_back({norm + "weight", {c.out}, scale});
  list.push_back({norm + "bias", {c.out}, role::shift});
  list.push_back({norm + "running_mean", {c.out}, role::mean});
  list.push_back({norm + "running_var", {c.out}, role::variance});
}

// The scale after a convolution: the last of a block makes up for what the squeeze-excitation took
// away, or is added to the block's input.
role scale_of(zoo::efficientnet_layer const& layer, bool closes) {
  if (closes && layer.has_residual()) return role::residual_scale;
  return closes && layer.squeeze_channels != 0 ? role::closing_scale : role::scale;
}

void add_squeeze(std::vector<parameter>& list, zoo::efficientnet_layer const& layer) {
  std::string const name = squeeze_name(layer);
  std::int64_t const wide = layer.expanded_channels;
  list.push_back({name + ".fc1.weight", {layer.squeeze_channels, wide, 1, 1}, role::filter});
  list.push_back({name + ".fc1.bias", {layer.squeeze_channels}, role::bias});
  list.push_back({name + ".fc2.weight", {wide, layer.squeeze_channels, 1, 1}, role::filter});
  list.push_back({name + ".fc2.bias", {wide}, role::bias});
}

}  // namespace

std::vector<convolution> convolutions_of(zoo::efficientnet_layer const& layer) {
  switch (layer.kind) {
    case zoo::layer_kind::stem:
    case zoo::layer_kind::head_conv:
      return {{std::string{layer.name()}, layer.in_channels, layer.out_channels, layer.kernel, layer.stride, 1, true}};
    case zoo::layer_kind::mbconv:
      return mbconv(layer);
    case zoo::layer_kind::fused_mbconv:
      return fused_mbconv(layer);
    case zoo::layer_kind::pool:
    case zoo::layer_kind::classifier:
      break;
  }
  return {};
}

std::string squeeze_name(zoo::efficientnet_layer const& layer) {
  return layer.squeeze_channels == 0 ? std::string{} : inside(layer, layer.expands() ? 2 : 1);
}

std::vector<parameter> parameters_of(zoo::efficientnet const& net) {
  std::vector<parameter> list;
  for (zoo::efficientnet_layer const& layer : net.layers()) {
    std::vector<convolution> const convolutions = convolutions_of(layer);
    for (convolution const& c : convolutions) add_convolution(list, c, scale_of(layer, &c == &convolutions.back()));
    if (layer.squeeze_channels != 0) add_squeeze(list, layer);
    if (layer.kind == zoo::layer_kind::classifier) {
      list.push_back({std::string{layer.name()} + ".1.weight", {layer.out_channels, layer.in_channels}, role::filter});
      list.push_back({std::string{layer.name()} + ".1.bias", {layer.out_channels}, role::bias});
    }
  }
  return list;
}

}  // namespace dsc::libtorch::detail

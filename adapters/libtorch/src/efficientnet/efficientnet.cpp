#include "device/aten.hpp"

#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/error.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/tensor.h>

#include <dsc/concepts.hpp>
#include <dsc/error.hpp>
#include <dsc/model/layers.hpp>

#include "device/batch_check.hpp"
#include "device/transfer.hpp"
#include "efficientnet/bound_layers.hpp"
#include "torchscript/libtorch_call.hpp"

namespace dsc::libtorch {
namespace {

static_assert(ExecutableModel<efficientnet>);

// What torchvision's presets do to an image: to [0, 1], then ImageNet's mean and deviation, in
// float32. The numbers wait on the device.
class image_normalisation {
 public:
  explicit image_normalisation(at::Device device)
      : mean_{of_channels(0.485, 0.456, 0.406).to(device)}, deviation_{of_channels(0.229, 0.224, 0.225).to(device)} {}

  at::Tensor operator()(at::Tensor const& image) const {
    return image.to(at::kFloat).div_(255).sub_(mean_).div_(deviation_);
  }

 private:
  static at::Tensor of_channels(double r, double g, double b) {
    return at::tensor({r, g, b}, at::kFloat).view({1, 3, 1, 1});
  }

  at::Tensor mean_, deviation_;
};

void check_elements(zoo::efficientnet const& net, element_type element) {
  std::string const name{net.name()};
  if (element != element_type::float32 && element != element_type::float16 && element != element_type::bfloat16)
    throw error{libtorch_errc::bad_option,
                name + " computes in float32, float16 or bfloat16, not in " + std::string{detail::name_of(element)}};
  element_type const input = net.input().element;
  if (input != element_type::float32 && input != element_type::uint8 && input != element)
    throw error{errc::bad_model, name + " runs on images in float32, uint8 or the type that it computes in, not in " +
                                     std::string{detail::name_of(input)}};
}

}  // namespace

struct efficientnet::bound_network {
  bound_network(zoo::efficientnet const& architecture, state_dict const& weights,
                libtorch::execution const& execution_mode)
      : net{architecture}, mode{execution_mode}, carry{execution_mode.device}, normalise{execution_mode.device} {
    check_elements(net, mode.element);
    check_weights(net, weights);
    set_element();
    at::NoGradGuard const no_gradients;
    layers = detail::bind_layers(net, weights, mode);
    weights_id = libtorch::weights_fingerprint(weights);
  }

  // The layers of a span that is not empty.
  at::Tensor run(at::Tensor x, layer_span span) const {
    if (span.begin.layers == 0)
      x = (net.input().element == element_type::uint8 ? normalise(x) : x).to(detail::scalar_type(mode.element));
    if (mode.arithmetic == arithmetic::fast && x.dim() == 4) x = x.contiguous(at::MemoryFormat::ChannelsLast);
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) x = layers[i](x);
    return x;
  }

  tensor_spec spec_at(split_point split) const {
    return split.layers == 0 ? net.input() : net.layers()[split.layers - 1].output();
  }

  zoo::efficientnet net;
  libtorch::execution mode;
  detail::transfer carry;
  image_normalisation normalise;
  std::vector<zoo::efficientnet_layer>
      own_rows;  // unless features are float32, as in the zoo's rows, which are there for good
  std::vector<detail::bound_layer> layers;
  std::string weights_id;

 private:
  void set_element() {
    auto const as_in_the_zoo = [](zoo::efficientnet_layer const& row) { return row.element == element_type::float32; };
    if (mode.element == element_type::float32 && std::ranges::all_of(net.layers(), as_in_the_zoo)) return;
    own_rows.assign(net.layers().begin(), net.layers().end());
    for (zoo::efficientnet_layer& row : own_rows) row.element = mode.element;
    net.rows = own_rows;
  }
};

efficientnet::efficientnet(zoo::efficientnet const& net, state_dict const& weights, libtorch::execution const& mode)
    : net_{std::make_shared<bound_network const>(net, weights, mode)} {}

std::string_view efficientnet::name() const { return net_->net.name(); }
tensor_spec const& efficientnet::input() const { return net_->net.input(); }
bytes efficientnet::input_bytes() const { return net_->net.input_bytes(); }
std::span<zoo::efficientnet_layer const> efficientnet::layers() const { return net_->net.layers(); }
zoo::efficientnet const& efficientnet::architecture() const { return net_->net; }
libtorch::execution const& efficientnet::execution() const { return net_->mode; }
std::string const& efficientnet::weights_fingerprint() const { return net_->weights_id; }

efficientnet efficientnet::resident() const {
  efficientnet same = *this;
  same.resident_ = true;
  return same;
}

at::Tensor efficientnet::forward(at::Tensor x, layer_span span) const {
  check_span(span, layers().size());
  tensor_spec const& due = net_->spec_at(span.begin);
  detail::check_batch(name(), span.begin, due, x);
  at::NoGradGuard const no_gradients;
  at::Tensor const input = x;
  return detail::by_libtorch(errc::backend_failed, "LibTorch could not run layers of " + std::string{name()}, [&] {
    if (!span.empty()) x = net_->run(net_->carry.to_device(x), span);
    if (!resident_) x = net_->carry.to_host(x);
    return x.is_alias_of(input) ? x.clone() : x;
  });
}

at::Tensor random_input(zoo::efficientnet const& net, batch_size batch, std::uint64_t seed) {
  return random_input(net.input(), batch, seed);
}

}  // namespace dsc::libtorch

#include "aten.hpp"

#include <dsc/libtorch/efficientnet.hpp>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mkldnn_convolution.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/tensor.h>

#include <dsc/concepts.hpp>
#include <dsc/error.hpp>
#include <dsc/model/layers.hpp>

#include "architecture.hpp"

namespace dsc::libtorch {
namespace {

static_assert(ExecutableModel<efficientnet>);

using detail::convolution;

// Finds weights and brings them to where and how they are used.
class binder {
 public:
  binder(state_dict const& weights, at::Device device) : weights_{weights}, device_{device} {}
  at::Tensor operator()(std::string const& name) const { return weights_.at(name).detach().to(device_, at::kFloat).contiguous(); }

 private:
  state_dict const& weights_;
  at::Device device_;
};

// A convolution with its batch normalisation folded in: `y = conv(x, scale · filter) + shift` with the normalisation's scale and shift.
struct folded_convolution {
  folded_convolution(convolution const& c, double norm_epsilon, binder const& bind) : how{c} {
    at::Tensor const variance = bind(c.name + ".1.running_var").to(at::kDouble);
    at::Tensor const scale = bind(c.name + ".1.weight").to(at::kDouble).div(variance.add(norm_epsilon).sqrt());
    filter = bind(c.name + ".0.weight").to(at::kDouble).mul(scale.view({-1, 1, 1, 1})).to(at::kFloat).contiguous(at::MemoryFormat::ChannelsLast);
    bias = bind(c.name + ".1.bias").to(at::kDouble).sub(bind(c.name + ".1.running_mean").to(at::kDouble).mul(scale)).to(at::kFloat);
  }

  at::Tensor operator()(at::Tensor const& x) const {
    std::array const stride{how.stride, how.stride}, dilation{std::int64_t{1}, std::int64_t{1}};
    std::array const padding{(how.kernel - 1) / 2, (how.kernel - 1) / 2};
    at::Tensor y = x.is_cpu() && at::hasMKLDNN()
                       ? at::mkldnn_convolution(x, filter, bias, at::IntArrayRef{padding}, at::IntArrayRef{stride}, at::IntArrayRef{dilation}, how.groups)
                       : at::conv2d(x, filter, bias, at::IntArrayRef{stride}, at::IntArrayRef{padding}, at::IntArrayRef{dilation}, how.groups);
    return how.activates ? at::silu_(y) : y;
  }

  convolution how;
  at::Tensor filter, bias;
};

struct bound_convolution {
  bound_convolution(convolution const& c, double norm_epsilon, binder const& bind)
      : how{c},
        epsilon{norm_epsilon},
        filter{bind(c.name + ".0.weight")},
        scale{bind(c.name + ".1.weight")},
        shift{bind(c.name + ".1.bias")},
        mean{bind(c.name + ".1.running_mean")},
        variance{bind(c.name + ".1.running_var")} {}

  at::Tensor operator()(at::Tensor const& x) const {
    std::array const stride{how.stride, how.stride};
    std::array const padding{(how.kernel - 1) / 2, (how.kernel - 1) / 2};
    at::Tensor y = at::conv2d(x, filter, {}, at::IntArrayRef{stride}, at::IntArrayRef{padding}, at::IntArrayRef{1, 1}, how.groups);
    y = at::batch_norm(y, scale, shift, mean, variance, false, 0.0, epsilon, true);
    return how.activates ? at::silu_(y) : y;
  }

  convolution how;
  double epsilon;
  at::Tensor filter, scale, shift, mean, variance;
};

struct bound_squeeze {
  bound_squeeze(std::string const& name, binder const& bind)
      : reduce{bind(name + ".fc1.weight")},
        reduce_bias{bind(name + ".fc1.bias")},
        expand{bind(name + ".fc2.weight")},
        expand_bias{bind(name + ".fc2.bias")} {}

  // Scales the channels of `x` in place.
  void operator()(at::Tensor& x) const {
    at::Tensor gate = at::conv2d(at::adaptive_avg_pool2d(x, {1, 1}), reduce, reduce_bias);
    gate = at::conv2d(at::silu_(gate), expand, expand_bias);
    x.mul_(at::sigmoid_(gate));
  }

  at::Tensor reduce, reduce_bias, expand, expand_bias;
};

template <class Convolution>
struct bound_layer {
  bound_layer(zoo::efficientnet_layer const& layer, double norm_epsilon, binder const& bind) : row{layer} {
    for (convolution const& c : detail::convolutions_of(layer)) convolutions.emplace_back(c, norm_epsilon, bind);
    if (layer.squeeze_channels != 0) squeeze.emplace(detail::squeeze_name(layer), bind);
    if (layer.kind == zoo::layer_kind::classifier) {
      matrix = bind(std::string{layer.name()} + ".1.weight");
      bias = bind(std::string{layer.name()} + ".1.bias");
    }
  }

  // Works in place on tensors of its own only: somebody else may be reading `x`.
  at::Tensor operator()(at::Tensor const& x) const {
    if (row.kind == zoo::layer_kind::pool) return at::adaptive_avg_pool2d(x, {1, 1}).flatten(1);
    if (row.kind == zoo::layer_kind::classifier) return at::linear(x, matrix, bias);
    at::Tensor y = x;
    for (Convolution const& convolve : convolutions) {
      if (squeeze && &convolve == &convolutions.back()) (*squeeze)(y);
      y = convolve(y);
    }
    return row.has_residual() ? y.add_(x) : y;
  }

  zoo::efficientnet_layer row;
  std::vector<Convolution> convolutions;
  std::optional<bound_squeeze> squeeze;
  at::Tensor matrix, bias;
};

using exact_layers = std::vector<bound_layer<bound_convolution>>;
using fast_layers = std::vector<bound_layer<folded_convolution>>;

// What torchvision's presets do to an image: to [0, 1], then ImageNet's mean and deviation.
at::Tensor normalised(at::Tensor const& image) {
  auto const of_channels = [&](double r, double g, double b) {
    return at::tensor({r, g, b}, at::kFloat).view({1, 3, 1, 1}).to(image.device());
  };
  return image.to(at::kFloat).div_(255).sub_(of_channels(0.485, 0.456, 0.406)).div_(of_channels(0.229, 0.224, 0.225));
}

std::vector<std::int64_t> sizes_of(at::Tensor const& x) { return x.sizes().vec(); }

// Whether `x` is a batch of at least one sample of this type and shape.
bool is_batch_of(tensor_spec const& sample, at::Tensor const& x) {
  if (!x.defined() || x.scalar_type() != detail::scalar_type(sample.element)) return false;
  std::vector<std::int64_t> const sizes = sizes_of(x);
  return sizes.size() == sample.shape.rank + 1 && sizes[0] > 0 &&
         std::equal(sizes.begin() + 1, sizes.end(), sample.shape.begin(), sample.shape.end());
}

[[noreturn]] void refuse_input(std::string_view model, split_point split, tensor_spec const& due, at::Tensor const& x) {
  std::string extents = "[B";
  for (std::int64_t const extent : due.shape) extents += ", " + std::to_string(extent);
  std::string const got = x.defined() ? std::string{at::toString(x.scalar_type())} + " " + detail::text(x.sizes()) : "an undefined one";
  throw error{errc::bad_tensor, std::string{model} + " takes a tensor of " + std::string{detail::name_of(due.element)} + " " + extents +
                                    "] at split point " + std::to_string(split.index) + ", but got " + got};
}

}  // namespace

struct efficientnet::bound_network {
  bound_network(zoo::efficientnet const& rows, state_dict const& weights, libtorch::execution const& wanted) : net{rows}, how{wanted} {
    element_type const input = net.input().element;
    if (input != element_type::float32 && input != element_type::uint8)
      throw error{errc::bad_model,
                  std::string{net.name()} + " runs on float32 or uint8 images, not on " + std::string{detail::name_of(input)}};
    check_weights(net, weights);
    at::NoGradGuard const no_gradients;
    if (how.arithmetic == arithmetic::fast) layers.emplace<fast_layers>();
    std::visit(
        [&](auto& bound) {
          for (zoo::efficientnet_layer const& row : net.layers()) bound.emplace_back(row, net.norm_epsilon, binder{weights, how.device});
        },
        layers);
  }

  bool is_fast() const { return std::holds_alternative<fast_layers>(layers); }
  // The layers of a span that is not empty.
  at::Tensor run(at::Tensor x, layer_span span) const {
    if (is_fast() && x.dim() == 4) x = x.contiguous(at::MemoryFormat::ChannelsLast);
    std::visit(
        [&](auto const& bound) {
          for (std::size_t i = span.begin.index; i < span.end.index; ++i) x = bound[i](x);
        },
        layers);
    return x;
  }
  tensor_spec spec_at(split_point split) const { return split.index == 0 ? net.input() : net.layers()[split.index - 1].output(); }

  zoo::efficientnet net;
  libtorch::execution how;
  std::variant<exact_layers, fast_layers> layers;
};

efficientnet::efficientnet(zoo::efficientnet const& net, state_dict const& weights, libtorch::execution const& how)
    : net_{std::make_shared<bound_network const>(net, weights, how)} {}

std::string_view efficientnet::name() const { return net_->net.name(); }
bytes efficientnet::input_bytes() const { return net_->net.input_bytes(); }
std::span<zoo::efficientnet_layer const> efficientnet::layers() const { return net_->net.layers(); }
zoo::efficientnet const& efficientnet::architecture() const { return net_->net; }
libtorch::execution const& efficientnet::execution() const { return net_->how; }

efficientnet efficientnet::resident() const {
  efficientnet same = *this;
  same.resident_ = true;
  return same;
}

namespace {

// What LibTorch throws goes on for pages; its first line says what happened.
template <class Action>
auto run_by_libtorch(std::string_view what, Action const& action) {
  try {
    return action();
  } catch (c10::Error const& failure) {
    std::string const sentence = failure.what_without_backtrace();
    throw error{errc::backend_failed, "LibTorch could not " + std::string{what} + ": " + sentence.substr(0, sentence.find('\n'))};
  }
}

}  // namespace

at::Tensor efficientnet::forward(at::Tensor x, layer_span span) const {
  check_span(span, layers().size());
  tensor_spec const& due = net_->spec_at(span.begin);
  if (!is_batch_of(due, x)) refuse_input(name(), span.begin, due, x);
  at::NoGradGuard const no_gradients;
  at::Tensor const input = x;
  return run_by_libtorch("run layers of " + std::string{name()}, [&] {
    if (!span.empty()) x = x.to(net_->how.device).contiguous();
    if (!span.empty() && span.begin.index == 0 && due.element == element_type::uint8) x = normalised(x);
    if (!span.empty()) x = net_->run(std::move(x), span);
    if (!resident_) x = x.cpu().contiguous();
    return x.is_alias_of(input) ? x.clone() : x;
  });
}

at::Tensor random_input(zoo::efficientnet const& net, batch_size batch, std::uint64_t seed) {
  std::vector<std::int64_t> sizes{static_cast<std::int64_t>(batch.count)};
  for (std::int64_t const extent : net.input().shape) sizes.push_back(extent);
  at::Generator const generator = at::detail::createCPUGenerator(seed);
  return run_by_libtorch("make a batch of " + std::to_string(batch.count) + " images", [&] {
    if (net.input().element == element_type::uint8) return at::randint(0, 256, sizes, generator, at::kByte);
    return at::rand(sizes, generator, at::kFloat);
  });
}

}  // namespace dsc::libtorch

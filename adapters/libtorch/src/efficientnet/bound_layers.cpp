#include "device/aten.hpp"

#include "efficientnet/bound_layers.hpp"

#include <array>
#include <optional>
#include <string>

#include <ATen/Context.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/mkldnn_convolution.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/silu.h>

#include "efficientnet/architecture.hpp"

namespace dsc::libtorch::detail {
namespace {

// Finds weights and brings them to where and how they are used.
class binder {
 public:
  binder(state_dict const& weights, execution const& mode)
      : weights_{weights}, device_{mode.device}, element_{scalar_type(mode.element)} {}

  at::Tensor operator()(std::string const& name) const { return placed(weights_.at(name).detach()); }
  // For arithmetic on the weights themselves, which is rounded once, by `placed`.
  at::Tensor precise(std::string const& name) const { return weights_.at(name).detach().to(at::kDouble); }
  at::Tensor placed(at::Tensor const& weight) const { return weight.to(device_, element_).contiguous(); }

 private:
  state_dict const& weights_;
  at::Device device_;
  at::ScalarType element_;
};

// A convolution with its batch normalisation folded in: `y = conv(x, scale · filter) + shift` with
// the normalisation's scale and shift.
struct folded_convolution {
  folded_convolution(convolution const& c, double norm_epsilon, binder const& bind) : row{c} {
    at::Tensor const scale =
        bind.precise(c.name + ".1.weight").div(bind.precise(c.name + ".1.running_var").add(norm_epsilon).sqrt());
    filter = bind.placed(bind.precise(c.name + ".0.weight").mul(scale.view({-1, 1, 1, 1})))
                 .contiguous(at::MemoryFormat::ChannelsLast);
    bias = bind.placed(bind.precise(c.name + ".1.bias").sub(bind.precise(c.name + ".1.running_mean").mul(scale)));
  }

  at::Tensor operator()(at::Tensor const& x) const {
    std::array const stride{row.stride, row.stride}, dilation{std::int64_t{1}, std::int64_t{1}};
    std::array const padding{(row.kernel - 1) / 2, (row.kernel - 1) / 2};
    // Left to itself, LibTorch takes oneDNN for float32 at some batch sizes only.
    at::Tensor y = x.is_cpu() && x.scalar_type() == at::kFloat && at::hasMKLDNN()
                       ? at::mkldnn_convolution(x, filter, bias, at::IntArrayRef{padding}, at::IntArrayRef{stride},
                                                at::IntArrayRef{dilation}, row.groups)
                       : at::conv2d(x, filter, bias, at::IntArrayRef{stride}, at::IntArrayRef{padding},
                                    at::IntArrayRef{dilation}, row.groups);
    return row.activates ? at::silu_(y) : y;
  }

  convolution row;
  at::Tensor filter, bias;
};

struct exact_convolution {
  exact_convolution(convolution const& c, double norm_epsilon, binder const& bind)
      : row{c},
        epsilon{norm_epsilon},
        filter{bind(c.name + ".0.weight")},
        scale{bind(c.name + ".1.weight")},
        shift{bind(c.name + ".1.bias")},
        mean{bind(c.name + ".1.running_mean")},
        variance{bind(c.name + ".1.running_var")} {}

  at::Tensor operator()(at::Tensor const& x) const {
    std::array const stride{row.stride, row.stride};
    std::array const padding{(row.kernel - 1) / 2, (row.kernel - 1) / 2};
    at::Tensor y =
        at::conv2d(x, filter, {}, at::IntArrayRef{stride}, at::IntArrayRef{padding}, at::IntArrayRef{1, 1}, row.groups);
    y = at::batch_norm(y, scale, shift, mean, variance, false, 0.0, epsilon, true);
    return row.activates ? at::silu_(y) : y;
  }

  convolution row;
  double epsilon;
  at::Tensor filter, scale, shift, mean, variance;
};

struct squeeze_excitation {
  squeeze_excitation(std::string const& name, binder const& bind)
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

// Stem, head convolution and blocks: works in place on tensors of its own only.
template <class Convolution>
struct convolutions {
  convolutions(zoo::efficientnet_layer const& layer, double norm_epsilon, binder const& bind)
      : has_residual{layer.has_residual()} {
    for (convolution const& c : convolutions_of(layer)) list.emplace_back(c, norm_epsilon, bind);
    if (layer.squeeze_channels != 0) squeeze.emplace(squeeze_name(layer), bind);
  }

  at::Tensor operator()(at::Tensor const& x) const {
    at::Tensor y = x;
    for (Convolution const& convolve : list) {
      if (squeeze && &convolve == &list.back()) (*squeeze)(y);
      y = convolve(y);
    }
    return has_residual ? y.add_(x) : y;
  }

  bool has_residual;
  std::vector<Convolution> list;
  std::optional<squeeze_excitation> squeeze;
};

struct classifier {
  classifier(zoo::efficientnet_layer const& layer, binder const& bind)
      : matrix{bind(std::string{layer.name()} + ".1.weight")}, bias{bind(std::string{layer.name()} + ".1.bias")} {}

  at::Tensor operator()(at::Tensor const& x) const { return at::linear(x, matrix, bias); }

  at::Tensor matrix, bias;
};

at::Tensor pool(at::Tensor const& x) { return at::adaptive_avg_pool2d(x, {1, 1}).flatten(1); }

}  // namespace

std::vector<bound_layer> bind_layers(zoo::efficientnet const& net, state_dict const& weights, execution const& mode) {
  binder const bind{weights, mode};
  std::vector<bound_layer> layers;
  for (zoo::efficientnet_layer const& row : net.layers()) {
    if (row.kind == zoo::layer_kind::pool)
      layers.emplace_back(pool);
    else if (row.kind == zoo::layer_kind::classifier)
      layers.emplace_back(classifier{row, bind});
    else if (mode.arithmetic == arithmetic::fast)
      layers.emplace_back(convolutions<folded_convolution>{row, net.norm_epsilon, bind});
    else
      layers.emplace_back(convolutions<exact_convolution>{row, net.norm_epsilon, bind});
  }
  return layers;
}

}  // namespace dsc::libtorch::detail

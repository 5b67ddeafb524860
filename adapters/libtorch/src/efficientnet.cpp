#include "aten.hpp"

#include <dsc/libtorch/efficientnet.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/tensor.h>

#include <dsc/concepts.hpp>
#include <dsc/error.hpp>
#include <dsc/model/layers.hpp>

#include "bound_layers.hpp"
#include "transfer.hpp"

namespace dsc::libtorch {
namespace {

static_assert(ExecutableModel<efficientnet>);

// What torchvision's presets do to an image: to [0, 1], then ImageNet's mean and deviation, in float32. The numbers wait on the device.
class image_normalisation {
 public:
  explicit image_normalisation(at::Device device)
      : mean_{of_channels(0.485, 0.456, 0.406).to(device)}, deviation_{of_channels(0.229, 0.224, 0.225).to(device)} {}

  at::Tensor operator()(at::Tensor const& image) const { return image.to(at::kFloat).div_(255).sub_(mean_).div_(deviation_); }

 private:
  static at::Tensor of_channels(double r, double g, double b) { return at::tensor({r, g, b}, at::kFloat).view({1, 3, 1, 1}); }

  at::Tensor mean_, deviation_;
};

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

void check_elements(zoo::efficientnet const& net, element_type element) {
  std::string const name{net.name()};
  if (element != element_type::float32 && element != element_type::float16 && element != element_type::bfloat16)
    throw error{errc::bad_option, name + " computes in float32, float16 or bfloat16, not in " + std::string{detail::name_of(element)}};
  element_type const input = net.input().element;
  if (input != element_type::float32 && input != element_type::uint8 && input != element)
    throw error{errc::bad_model, name + " runs on images in float32, uint8 or the type that it computes in, not in " + std::string{detail::name_of(input)}};
}

}  // namespace

struct efficientnet::bound_network {
  bound_network(zoo::efficientnet const& architecture, state_dict const& weights, libtorch::execution const& wanted)
      : net{architecture}, how{wanted}, carry{wanted.device}, normalise{wanted.device} {
    check_elements(net, how.element);
    check_weights(net, weights);
    set_element();
    at::NoGradGuard const no_gradients;
    layers = detail::bind_layers(net, weights, how);
  }

  // The layers of a span that is not empty.
  at::Tensor run(at::Tensor x, layer_span span) const {
    if (span.begin.index == 0) x = (net.input().element == element_type::uint8 ? normalise(x) : x).to(detail::scalar_type(how.element));
    if (how.arithmetic == arithmetic::fast && x.dim() == 4) x = x.contiguous(at::MemoryFormat::ChannelsLast);
    for (std::size_t i = span.begin.index; i < span.end.index; ++i) x = layers[i](x);
    return x;
  }

  tensor_spec spec_at(split_point split) const { return split.index == 0 ? net.input() : net.layers()[split.index - 1].output(); }

  zoo::efficientnet net;
  libtorch::execution how;
  detail::transfer carry;
  image_normalisation normalise;
  std::vector<zoo::efficientnet_layer> own_rows;  // unless features are float32, as in the zoo's rows, which are there for good
  std::vector<detail::bound_layer> layers;

 private:
  void set_element() {
    auto const as_in_the_zoo = [](zoo::efficientnet_layer const& row) { return row.element == element_type::float32; };
    if (how.element == element_type::float32 && std::ranges::all_of(net.layers(), as_in_the_zoo)) return;
    own_rows.assign(net.layers().begin(), net.layers().end());
    for (zoo::efficientnet_layer& row : own_rows) row.element = how.element;
    net.rows = own_rows;
  }
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
    if (!span.empty()) x = net_->run(net_->carry.to_device(x), span);
    if (!resident_) x = net_->carry.to_host(x);
    return x.is_alias_of(input) ? x.clone() : x;
  });
}

at::Tensor random_input(zoo::efficientnet const& net, batch_size batch, std::uint64_t seed) {
  std::vector<std::int64_t> sizes{static_cast<std::int64_t>(batch.count)};
  for (std::int64_t const extent : net.input().shape) sizes.push_back(extent);
  at::Generator const generator = at::detail::createCPUGenerator(seed);
  return run_by_libtorch("make a batch of " + std::to_string(batch.count) + " images", [&] {
    if (net.input().element == element_type::uint8) return at::randint(0, 256, sizes, generator, at::kByte);
    return at::rand(sizes, generator, at::kFloat).to(detail::scalar_type(net.input().element));
  });
}

}  // namespace dsc::libtorch

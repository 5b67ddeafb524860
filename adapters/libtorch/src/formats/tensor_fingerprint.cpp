#include "device/aten.hpp"

#include "formats/tensor_fingerprint.hpp"

#include <span>

#include <ATen/ops/int_repr.h>

#include <dsc/libtorch/weights.hpp>

namespace dsc::libtorch {

namespace detail {

void add_to(fingerprint& all, at::Tensor const& tensor) {
  at::NoGradGuard const no_gradients;
  if (!tensor.defined() || tensor.layout() != at::kStrided) return;
  at::Tensor const plain = (tensor.is_quantized() ? at::int_repr(tensor) : tensor.detach()).cpu().contiguous();
  all.add(std::uint64_t{static_cast<std::uint8_t>(plain.scalar_type())});
  for (std::int64_t const extent : plain.sizes()) all.add(static_cast<std::uint64_t>(extent));
  all.add(std::span{static_cast<std::byte const*>(plain.data_ptr()), plain.nbytes()});
}

}  // namespace detail

std::string weights_fingerprint(state_dict const& weights) {
  fingerprint all;
  for (auto const& [name, tensor] : weights) {
    if (name.ends_with("num_batches_tracked")) continue;
    all.add(name);
    detail::add_to(all, tensor);
  }
  return all.text();
}

}  // namespace dsc::libtorch

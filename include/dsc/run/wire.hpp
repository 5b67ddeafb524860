#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/detail/check.hpp>
#include <dsc/detail/order.hpp>

namespace dsc {

/// Bytes that stay valid as long as anybody holds them, whoever else has let go: what a transport
/// may still read after its caller has given up waiting.
class shared_bytes {
 public:
  shared_bytes() = default;
  shared_bytes(std::shared_ptr<void const> owner, std::span<std::byte const> view)
      : owner_{std::move(owner)}, view_{view} {}

  std::span<std::byte const> view() const { return view_; }
  bytes size() const { return bytes{view_.size()}; }

 private:
  std::shared_ptr<void const> owner_;
  std::span<std::byte const> view_;
};

/// A tensor as transmitted: its type, its shape with the batch first, and contiguous little-endian
/// bytes.
struct wire_tensor {
  tensor_spec spec;
  shared_bytes data;
};

/// Puts a tensor on the wire without copying it.
template <Tensor T>
wire_tensor to_wire(std::shared_ptr<T const> tensor) {
  tensor_spec const spec = tensor_traits<T>::spec(*tensor);
  std::span<std::byte const> const data = tensor_traits<T>::data(*tensor);
  if (spec.size() != bytes{data.size()})
    throw error{errc::bad_tensor, "a tensor's shape and type mean " + std::to_string(spec.size().count) +
                                      " bytes, but it holds " + std::to_string(data.size())};
  return {spec, {std::move(tensor), data}};
}

/// Takes a tensor from the wire. Throws `bad_tensor`, before anything is allocated, where its bytes
/// are not those that its shape means.
template <Tensor T>
T from_wire(wire_tensor const& wire) {
  if (wire.spec.size() != wire.data.size())
    throw error{errc::bad_tensor, "a tensor that means " + std::to_string(wire.spec.size().count) +
                                      " bytes came with " + std::to_string(wire.data.size().count)};
  return tensor_traits<T>::make(wire.spec, wire.data.view());
}

/// The bytes of all tensors together.
inline bytes total_size(std::vector<wire_tensor> const& tensors) {
  bytes sum;
  for (wire_tensor const& tensor : tensors) sum += tensor.data.size();
  return sum;
}

/// The tensor of a list that must hold exactly one. Throws `bad_tensor`; `owner` is what the
/// sentence calls the list's owner.
inline wire_tensor const& only_tensor(std::vector<wire_tensor> const& tensors, char const* owner) {
  if (tensors.size() != 1)
    throw error{errc::bad_tensor,
                std::string{owner} + " holds " + std::to_string(tensors.size()) + " tensors; exactly one can be taken"};
  return tensors.front();
}

}  // namespace dsc

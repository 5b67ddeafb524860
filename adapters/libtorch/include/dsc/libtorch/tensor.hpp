#pragma once

#include <span>

#include <ATen/core/Tensor.h>

#include <dsc/shape.hpp>
#include <dsc/traits.hpp>

/// A tensor of LibTorch as the library sees it, with the batch as its first extent.
template <>
struct dsc::tensor_traits<at::Tensor> {
  /// Throws `bad_tensor` for an undefined tensor, an element type that no `dsc::element_type`
  /// stands for, and more than 8 extents.
  static tensor_spec spec(at::Tensor const& tensor);

  /// The tensor's own bytes, not a copy; they live as long as its storage. Throws `bad_tensor` for
  /// a tensor that is not contiguous or not in the memory of the CPU: bring it there with
  /// `tensor.cpu().contiguous()`.
  static std::span<std::byte const> data(at::Tensor const& tensor);

  /// A contiguous CPU tensor with its own copy of `data`. Throws `bad_tensor`, before anything is
  /// allocated, where `data` is not `spec.size()` bytes long.
  static at::Tensor make(tensor_spec const& spec, std::span<std::byte const> data);
};

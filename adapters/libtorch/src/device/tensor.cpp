#include "device/aten.hpp"

#include <dsc/libtorch/tensor.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <string_view>

#include <ATen/ops/empty.h>

#include <dsc/error.hpp>

namespace dsc {
namespace {

static_assert(std::endian::native == std::endian::little, "tensors travel as little-endian bytes");

struct type_names {
  element_type element;
  at::ScalarType scalar;
  std::string_view text;
};

constexpr std::array types{type_names{element_type::uint8, at::kByte, "uint8"},
                           type_names{element_type::int8, at::kChar, "int8"},
                           type_names{element_type::float16, at::kHalf, "float16"},
                           type_names{element_type::bfloat16, at::kBFloat16, "bfloat16"},
                           type_names{element_type::int32, at::kInt, "int32"},
                           type_names{element_type::float32, at::kFloat, "float32"},
                           type_names{element_type::int64, at::kLong, "int64"},
                           type_names{element_type::float64, at::kDouble, "float64"}};

type_names const& named(element_type element) {
  auto const row = std::ranges::find(types, element, &type_names::element);
  if (row == types.end()) throw error{errc::bad_tensor, "this element type is none of dsc::element_type"};
  return *row;
}

element_type element_of(at::ScalarType scalar) {
  auto const row = std::ranges::find(types, scalar, &type_names::scalar);
  if (row == types.end())
    throw error{errc::bad_tensor, std::string{"a tensor of type "} + at::toString(scalar) +
                                      " cannot travel; convert it to a type of dsc::element_type"};
  return row->element;
}

// LibTorch computes strides with every extent of 0 taken as 1; they must fit even where the tensor
// is empty.
void check_strides(shape const& extents) {
  std::int64_t product = 1;
  for (std::int64_t const extent : extents) {
    std::int64_t const factor = std::max<std::int64_t>(extent, 1);
    if (product > std::numeric_limits<std::int64_t>::max() / 16 / factor)
      throw error{errc::bad_tensor, "a tensor of more than 2^59 elements cannot be meant"};
    product *= factor;
  }
}

}  // namespace

tensor_spec tensor_traits<at::Tensor>::spec(at::Tensor const& tensor) {
  if (!tensor.defined()) throw error{errc::bad_tensor, "the tensor is undefined; give one with values"};
  tensor_spec spec{.element = element_of(tensor.scalar_type()), .shape = {}};
  for (std::int64_t const extent : tensor.sizes()) spec.shape.push_back(extent);
  return spec;
}

std::span<std::byte const> tensor_traits<at::Tensor>::data(at::Tensor const& tensor) {
  std::size_t const size = spec(tensor).size().count;
  if (!tensor.device().is_cpu() || !tensor.is_contiguous())
    throw error{errc::bad_tensor,
                "only contiguous tensors in the CPU's memory have bytes to send; call .cpu().contiguous() before"};
  return {static_cast<std::byte const*>(tensor.data_ptr()), size};
}

at::Tensor tensor_traits<at::Tensor>::make(tensor_spec const& spec, std::span<std::byte const> data) {
  if (bytes{data.size()} != spec.size())
    throw error{errc::bad_tensor, "a tensor of this type and shape has " + std::to_string(spec.size().count) +
                                      " bytes, but " + std::to_string(data.size()) + " came"};
  check_strides(spec.shape);
  at::Tensor tensor =
      at::empty(at::IntArrayRef{spec.shape.begin(), spec.shape.rank}, libtorch::detail::scalar_type(spec.element));
  if (!data.empty()) std::memcpy(tensor.data_ptr(), data.data(), data.size());
  return tensor;
}

namespace libtorch::detail {

at::ScalarType scalar_type(element_type element) { return named(element).scalar; }

std::string_view name_of(element_type element) { return named(element).text; }

std::string text(at::IntArrayRef sizes) {
  std::string list = "[";
  for (std::size_t i = 0; i < sizes.size(); ++i) list += (i == 0 ? "" : ", ") + std::to_string(sizes[i]);
  return list + "]";
}

}  // namespace libtorch::detail
}  // namespace dsc

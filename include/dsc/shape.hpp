#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>

#include <dsc/error.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// The type of one element of a tensor, as transmitted (little endian).
enum class element_type : std::uint8_t { uint8, int8, float16, bfloat16, int32, float32, int64, float64 };

/// Bytes of one element.
constexpr bytes size_of(element_type type) {
  switch (type) {
    case element_type::uint8:
    case element_type::int8:
      return bytes{1};
    case element_type::float16:
    case element_type::bfloat16:
      return bytes{2};
    case element_type::int32:
    case element_type::float32:
      return bytes{4};
    case element_type::int64:
    case element_type::float64:
      return bytes{8};
  }
  throw error{errc::bad_tensor, "this element type is none of dsc::element_type"};
}

/// As in `float32`; `?` for what is none of `dsc::element_type`.
constexpr std::string_view element_name(element_type type) {
  constexpr std::array<std::string_view, 8> names{"uint8", "int8",    "float16", "bfloat16",
                                                  "int32", "float32", "int64",   "float64"};
  auto const index = static_cast<std::size_t>(type);
  return index < names.size() ? names[index] : "?";
}

/// The extents of a tensor, outermost first; at most eight of them. Whether they begin with the
/// batch is said where one is used.
struct shape {
  static constexpr std::size_t max_rank = 8;
  std::array<std::int64_t, max_rank> extents{};
  std::size_t rank = 0;

  constexpr shape() = default;
  constexpr shape(std::initializer_list<std::int64_t> list) {
    for (std::int64_t const extent : list) push_back(extent);
  }

  /// Throws `bad_tensor` for a negative extent or a ninth one.
  constexpr void push_back(std::int64_t extent) {
    if (rank == max_rank) throw error{errc::bad_tensor, "a shape has at most 8 extents"};
    if (extent < 0) throw error{errc::bad_tensor, "a shape has no negative extents"};
    extents[rank++] = extent;
  }

  constexpr std::int64_t const* begin() const { return extents.data(); }
  constexpr std::int64_t const* end() const { return extents.data() + rank; }
  constexpr std::int64_t operator[](std::size_t i) const { return extents[i]; }
  friend constexpr bool operator==(shape const&, shape const&) = default;

  /// The product of the extents, 1 for a scalar. Throws `bad_tensor` where it does not fit 64 bits.
  constexpr std::uint64_t elements() const {
    std::uint64_t product = 1;
    for (std::int64_t const extent : *this) {
      auto const factor = static_cast<std::uint64_t>(extent);
      if (factor != 0 && product > std::numeric_limits<std::uint64_t>::max() / factor)
        throw error{errc::bad_tensor, "a shape with more than 2^64 elements cannot be meant"};
      product *= factor;
    }
    return product;
  }
};

/// Element type and shape: everything about a tensor but its values.
struct tensor_spec {
  element_type element = element_type::float32;
  dsc::shape shape;

  friend constexpr bool operator==(tensor_spec const&, tensor_spec const&) = default;

  /// Bytes as transmitted. Throws `bad_tensor` where they do not fit 64 bits.
  constexpr bytes size() const {
    std::uint64_t const elements = shape.elements();
    std::uint64_t const each = size_of(element).count;
    if (elements > std::numeric_limits<std::uint64_t>::max() / each)
      throw error{errc::bad_tensor, "a tensor of more than 2^64 bytes cannot be meant"};
    return bytes{elements * each};
  }
};

/// A batch of samples: the same type, with the batch as another extent before the sample's own.
/// Throws `bad_tensor` for a sample of eight extents.
constexpr tensor_spec batched(tensor_spec const& sample, batch_size batch) {
  tensor_spec spec{sample.element, {static_cast<std::int64_t>(batch.count)}};
  for (std::int64_t const extent : sample.shape) spec.shape.push_back(extent);
  return spec;
}

/// As in `float32 [2, 5]`.
inline std::string text_of(tensor_spec const& spec) {
  std::string text{element_name(spec.element)};
  text += " [";
  for (std::size_t i = 0; i < spec.shape.rank; ++i) text += (i == 0 ? "" : ", ") + std::to_string(spec.shape[i]);
  return text + "]";
}

}  // namespace dsc

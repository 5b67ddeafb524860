#pragma once

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <type_traits>

#include <dsc/error.hpp>
#include <dsc/shape.hpp>
#include <dsc/traits.hpp>

namespace dsc {

namespace detail {
// What `static_tensor` and `bounded_tensor` refuse alike: bytes that are not what their description
// says.
inline void check_tensor_bytes(tensor_spec const& spec, std::size_t given) {
  if (spec.size() != bytes{given})
    throw error{errc::bad_tensor, "a tensor of this type and shape has " + std::to_string(spec.size().count) +
                                      " bytes, not " + std::to_string(given) + "; give exactly its bytes"};
}
}  // namespace detail

/// One sample whose element type and extents are known at compile time, row by row, stored inline;
/// zeros at first. Extents stand outermost first and without the batch: `static_tensor<float, 3,
/// 224, 224>`.
template <class T, std::size_t... Extents>
  requires Element<T> && (sizeof...(Extents) <= shape::max_rank) && (... && (Extents > 0))
struct static_tensor {
  using value_type = T;

  static constexpr tensor_spec spec{element_type_of<T>, {static_cast<std::int64_t>(Extents)...}};
  static constexpr std::array<std::size_t, sizeof...(Extents)> extents{Extents...};
  static constexpr std::size_t elements = (std::size_t{1} * ... * Extents);

  alignas(16) std::array<T, elements> values{};

  /// The element at one index per extent, as in `image(channel, row, column)`; the indices are not
  /// checked.
  template <std::integral... Index>
    requires(sizeof...(Index) == sizeof...(Extents))
  constexpr T& operator()(Index... index) {
    return values[offset(static_cast<std::size_t>(index)...)];
  }
  template <std::integral... Index>
    requires(sizeof...(Index) == sizeof...(Extents))
  constexpr T const& operator()(Index... index) const {
    return values[offset(static_cast<std::size_t>(index)...)];
  }
  friend constexpr bool operator==(static_tensor const&, static_tensor const&) = default;

 private:
  static constexpr std::size_t offset(std::same_as<std::size_t> auto... index) {
    std::size_t position = 0;
    ((position = position * Extents + index), ...);
    return position;
  }
};

namespace detail {
template <class T>
inline constexpr bool is_static_tensor = false;
template <class T, std::size_t... Extents>
inline constexpr bool is_static_tensor<static_tensor<T, Extents...>> = true;
}  // namespace detail

/// A `static_tensor` of any type and extents.
template <class T>
concept StaticTensor = detail::is_static_tensor<T>;

/// A static tensor is a `Tensor`. `make` throws `bad_tensor` for another type or shape, or another
/// number of bytes.
template <StaticTensor S>
struct tensor_traits<S> {
  static constexpr tensor_spec spec(S const&) { return S::spec; }
  static std::span<std::byte const> data(S const& tensor) { return std::as_bytes(std::span{tensor.values}); }
  static S make(tensor_spec const& spec, std::span<std::byte const> data) {
    detail::check_tensor_bytes(spec, data.size());
    if (spec != S::spec)
      throw error{errc::bad_tensor,
                  "these bytes are of another type or shape than the static tensor they are read into"};
    S tensor;
    std::memcpy(tensor.values.data(), data.data(), data.size());
    return tensor;
  }
};

/// One sample whose type and shape are known at run time only, stored inline in at most `Capacity`
/// bytes: never on the heap.
template <std::size_t Capacity>
class bounded_tensor {
 public:
  /// A scalar 0.
  constexpr bounded_tensor() = default;
  /// The same sample with its type forgotten.
  template <StaticTensor S>
    requires(sizeof(S) <= Capacity)
  explicit bounded_tensor(S const& tensor) {
    emplace<S>() = tensor;
  }

  tensor_spec const& spec() const { return spec_; }
  std::span<std::byte const> data() const {
    return std::span{storage_}.first(static_cast<std::size_t>(spec_.size().count));
  }
  /// Throws `bad_tensor` where `data` is not `spec.size()` bytes long or does not fit the capacity.
  static bounded_tensor make(tensor_spec const& spec, std::span<std::byte const> data) {
    detail::check_tensor_bytes(spec, data.size());
    if (data.size() > Capacity)
      throw error{errc::bad_tensor, "a tensor of " + std::to_string(data.size()) +
                                        " bytes does not fit here; at most " + std::to_string(Capacity) +
                                        " bytes do, one sample of the model's largest layer"};
    bounded_tensor tensor;
    tensor.spec_ = spec;
    if (!data.empty()) std::memcpy(tensor.storage_.data(), data.data(), data.size());
    return tensor;
  }

  /// The sample with its exact type. Throws `bad_tensor` where type or shape are others.
  template <StaticTensor S>
    requires(sizeof(S) <= Capacity)
  S const& as() const {
    if (spec_ != S::spec)
      throw error{errc::bad_tensor, "this tensor has another type or shape than the static tensor it is read as"};
    return *std::launder(reinterpret_cast<S const*>(storage_.data()));
  }
  /// Makes it an `S` of zeros, to be written in place.
  template <StaticTensor S>
    requires(sizeof(S) <= Capacity)
  S& emplace() {
    static_assert(std::is_trivially_copyable_v<S> && std::is_standard_layout_v<S> && alignof(S) <= 16);
    spec_ = S::spec;
    return *::new (static_cast<void*>(storage_.data())) S{};
  }
  /// Same type, same shape, same bytes.
  friend bool operator==(bounded_tensor const& a, bounded_tensor const& b) {
    return a.spec_ == b.spec_ && std::memcmp(a.data().data(), b.data().data(), a.data().size()) == 0;
  }

 private:
  static_assert(Capacity >= sizeof(float), "a bounded tensor holds at least a scalar");
  alignas(16) std::array<std::byte, Capacity> storage_{};
  tensor_spec spec_;
};

}  // namespace dsc

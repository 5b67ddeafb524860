#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <dsc/error.hpp>
#include <dsc/shape.hpp>
#include <dsc/units.hpp>

/// Every customisation point of the library. The defaults forward to members of the same names;
/// specialise one for a type that you cannot change. The concepts look through these traits only.
namespace dsc {

namespace detail {

// A string by value would be gone before the view of it is read.
template <class S>
concept LastingName = std::convertible_to<S, std::string_view> && !std::same_as<std::remove_cv_t<S>, std::string>;

}  // namespace detail

/// How the library sees a layer of type `L`.
template <class L>
struct layer_traits {
  /// A name for people, unique in its model.
  static constexpr std::string_view name(L const& layer)
    requires requires {
      { layer.name() } -> detail::LastingName;
    }
  {
    return layer.name();
  }
  /// Bytes of the layer's output for one sample, as transmitted.
  static constexpr bytes output_bytes(L const& layer)
    requires requires {
      { layer.output_bytes() } -> std::convertible_to<bytes>;
    }
  {
    return layer.output_bytes();
  }
  /// Optional: type and shape of the layer's output for one sample, for whoever serves the model.
  static constexpr tensor_spec output(L const& layer)
    requires requires {
      { layer.output() } -> std::convertible_to<tensor_spec>;
    }
  {
    return layer.output();
  }
  /// Multiply-accumulates for one sample.
  static constexpr std::uint64_t macs(L const& layer)
    requires requires {
      { layer.macs() } -> std::convertible_to<std::uint64_t>;
    }
  {
    return layer.macs();
  }
  /// Bytes of the layer's parameters.
  static constexpr bytes parameter_bytes(L const& layer)
    requires requires {
      { layer.parameter_bytes() } -> std::convertible_to<bytes>;
    }
  {
    return layer.parameter_bytes();
  }
};

/// A cheap answer from an intermediate representation, of the output's type and shape, and how sure
/// the model is of it, from 0 to 1.
template <class T>
struct early_answer {
  T output;
  double confidence = 0.0;
};

/// How the library sees a model of type `M`.
template <class M>
struct model_traits {
  /// Bytes of one input sample, as transmitted.
  static constexpr bytes input_bytes(M const& model)
    requires requires {
      { model.input_bytes() } -> std::convertible_to<bytes>;
    }
  {
    return model.input_bytes();
  }
  /// Optional: type and shape of one input sample, for whoever serves the model.
  static constexpr tensor_spec input(M const& model)
    requires requires {
      { model.input() } -> std::convertible_to<tensor_spec>;
    }
  {
    return model.input();
  }
  /// The layers in the order in which they run.
  static constexpr decltype(auto) layers(M const& model)
    requires requires { model.layers(); }
  {
    return model.layers();
  }
  /// Runs the layers of `span` on `x` and gives their output. The input is not changed.
  template <class Tensor>
  static constexpr auto forward(M const& model, Tensor x, layer_span span)
    requires requires { model.forward(std::move(x), span); }
  {
    return model.forward(std::move(x), span);
  }
  /// Optional: type and shape of the whole model's output for a batch, as `tensor_traits` tell them
  /// of what `forward` gives. A session compares what a server answers with it.
  static constexpr tensor_spec output_spec(M const& model, batch_size batch)
    requires requires {
      { model.output_spec(batch) } -> std::convertible_to<tensor_spec>;
    }
  {
    return model.output_spec(batch);
  }
  /// Optional: a cheap answer from `h_l`, by layers beside the chain; nothing where the split has
  /// none. A session may give it where the server's answer is late.
  template <class Tensor>
  static constexpr auto early_exit(M const& model, Tensor const& h, split_point split)
    requires requires { model.early_exit(h, split); }
  {
    return model.early_exit(h, split);
  }
};

namespace detail {
template <class M>
struct tensor_of {};
template <class M>
  requires requires { typename M::tensor_type; }
struct tensor_of<M> {
  using type = typename M::tensor_type;
};
template <class M>
  requires requires { typename model_traits<M>::tensor_type; }
struct tensor_of<M> {
  using type = typename model_traits<M>::tensor_type;
};
}  // namespace detail

/// What flows between the layers of `M`: `M::tensor_type`, or `model_traits<M>::tensor_type` of a
/// foreign model.
template <class M>
using tensor_type_t = typename detail::tensor_of<M>::type;

/// How the library sees a tensor of type `T`: contiguous little-endian bytes with a type and a
/// shape.
template <class T>
struct tensor_traits {
  static tensor_spec spec(T const& tensor)
    requires requires {
      { tensor.spec() } -> std::convertible_to<tensor_spec>;
    }
  {
    return tensor.spec();
  }
  /// The tensor's bytes, `spec(tensor).size()` of them; they live as long as the tensor.
  static std::span<std::byte const> data(T const& tensor)
    requires requires {
      { tensor.data() } -> std::convertible_to<std::span<std::byte const>>;
    }
  {
    return tensor.data();
  }
  /// A tensor of this type and shape with a copy of `data`, which is `spec.size()` bytes long.
  static T make(tensor_spec const& spec, std::span<std::byte const> data)
    requires requires {
      { T::make(spec, data) } -> std::same_as<T>;
    }
  {
    return T::make(spec, data);
  }
};

namespace detail {
template <class Number>
struct element_of {};
template <element_type Type>
struct element_is {
  static constexpr element_type value = Type;
};
template <>
struct element_of<std::uint8_t> : element_is<element_type::uint8> {};
template <>
struct element_of<std::int8_t> : element_is<element_type::int8> {};
template <>
struct element_of<std::int32_t> : element_is<element_type::int32> {};
template <>
struct element_of<std::int64_t> : element_is<element_type::int64> {};
template <>
struct element_of<float> : element_is<element_type::float32> {};
template <>
struct element_of<double> : element_is<element_type::float64> {};
}  // namespace detail

/// A C++ type that a `dsc::element_type` stands for.
template <class Number>
concept Element = requires { detail::element_of<Number>::value; };

/// The element type that stands for the C++ type `Number`.
template <Element Number>
inline constexpr element_type element_type_of = detail::element_of<Number>::value;

/// A plain vector of numbers is a tensor of one extent.
template <Element Number>
struct tensor_traits<std::vector<Number>> {
  static tensor_spec spec(std::vector<Number> const& tensor) {
    return {element_type_of<Number>, shape{static_cast<std::int64_t>(tensor.size())}};
  }
  static std::span<std::byte const> data(std::vector<Number> const& tensor) { return std::as_bytes(std::span{tensor}); }
  static std::vector<Number> make(tensor_spec const& spec, std::span<std::byte const> data) {
    if (spec.element != element_type_of<Number>)
      throw error{errc::bad_tensor, "the bytes hold another element type than the vector they are read into"};
    std::vector<Number> tensor(data.size() / sizeof(Number));
    if (!tensor.empty()) std::memcpy(tensor.data(), data.data(), tensor.size() * sizeof(Number));
    return tensor;
  }
};

}  // namespace dsc

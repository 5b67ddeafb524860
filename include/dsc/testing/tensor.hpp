#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <dsc/concepts.hpp>

/// The laws of the library's concepts, for your own types and under any test framework: each check
/// gives one sentence per law that is broken, and nothing for a lawful type.
namespace dsc::laws {

using violations = std::vector<std::string>;

/// Same type, same shape, same bytes: what "equal" means in every law about tensors.
struct same_tensor_fn {
  template <Tensor T>
  bool operator()(T const& a, T const& b) const {
    return tensor_traits<T>::spec(a) == tensor_traits<T>::spec(b) &&
           std::ranges::equal(tensor_traits<T>::data(a), tensor_traits<T>::data(b));
  }
};
inline constexpr same_tensor_fn same_tensor{};

/// `data(t)` has `spec(t).size()` bytes; `make(spec(t), data(t)) == t`; a copy equals its original.
struct check_tensor_fn {
  template <Tensor T>
  violations operator()(T const& tensor) const {
    tensor_spec const spec = tensor_traits<T>::spec(tensor);
    auto const data = tensor_traits<T>::data(tensor);
    if (bytes{data.size()} != spec.size())
      return {"tensor: data is " + std::to_string(data.size()) + " bytes long, its spec says " +
              std::to_string(spec.size().count)};
    violations broken;
    if (!same_tensor(tensor_traits<T>::make(spec, data), tensor))
      broken.push_back("tensor: make(spec(t), data(t)) is not t");
    T const copy = tensor;
    if (!same_tensor(copy, tensor)) broken.push_back("tensor: a copy is not its original");
    return broken;
  }
};
inline constexpr check_tensor_fn check_tensor{};

}  // namespace dsc::laws

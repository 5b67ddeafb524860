#pragma once

#include <cstddef>

namespace dsc::detail {

// std::max and std::min without <algorithm>, which would be a tenth of what the core costs to
// parse.
template <class T>
constexpr T larger(T a, T b) {
  return a < b ? b : a;
}
template <class T>
constexpr T smaller(T a, T b) {
  return b < a ? b : a;
}

template <std::size_t First, std::size_t... Rest>
inline constexpr std::size_t largest = [] {
  std::size_t most = First;
  ((most = larger(most, Rest)), ...);
  return most;
}();

}  // namespace dsc::detail

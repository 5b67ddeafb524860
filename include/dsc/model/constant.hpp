#pragma once

#include <array>
#include <cstddef>

namespace dsc {
namespace detail {
template <auto Make>
constexpr auto as_array() {
  std::array<typename decltype(Make())::value_type, Make().size()> fixed{};
  std::size_t i = 0;
  for (auto const& element : Make()) fixed[i++] = element;
  return fixed;
}
}  // namespace detail

/// The range that a captureless lambda makes, as an array that is a compile-time constant:
/// `dsc::constant<[] { return dsc::compressive_bottlenecks(net); }>[0]` can be a template argument.
template <auto Make>
inline constexpr auto constant = detail::as_array<Make>();

}  // namespace dsc

#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace dsc {

/// The median of numbers or times; of an even number of values the mean of the two in the middle.
/// `values` is not empty.
template <class T>
T median(std::vector<T> values) {
  auto const middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  if (values.size() % 2 == 1) return *middle;
  return (*middle + *std::max_element(values.begin(), middle)) / 2.0;
}

}  // namespace dsc

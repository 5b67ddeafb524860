#pragma once

#include <cstddef>
#include <utility>
#include <vector>

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

/// Sorts by `before(a, b)` and leaves equals in their order, in O(n log n): merges runs of 1, 2, 4,
/// ... elements. std::stable_sort is no constant in C++20.
template <class T, class Before>
constexpr void stable_sort(std::vector<T>& list, Before before) {
  std::vector<T> merged = list;
  for (std::size_t run = 1; run < list.size(); run *= 2) {
    for (std::size_t begin = 0; begin < list.size(); begin += 2 * run) {
      std::size_t const middle = smaller(begin + run, list.size()), end = smaller(begin + 2 * run, list.size());
      std::size_t left = begin, right = middle;
      for (std::size_t to = begin; to < end; ++to) {
        bool const take_right = left == middle || (right < end && before(list[right], list[left]));
        merged[to] = list[take_right ? right++ : left++];
      }
    }
    std::swap(list, merged);
  }
}

template <std::size_t First, std::size_t... Rest>
inline constexpr std::size_t largest = [] {
  std::size_t most = First;
  ((most = larger(most, Rest)), ...);
  return most;
}();

}  // namespace dsc::detail

#include "options/spelling.hpp"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>

namespace dsc::cli {
namespace {

// How many characters must be put in, taken out or changed to make one word of the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      std::size_t const changed = diagonal + (a[i] == b[j] ? 0U : 1U);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, diagonal + 1, row[j] + 1});
    }
  }
  return row[b.size()];
}

}  // namespace

std::vector<std::string_view> near_names(std::string_view wrong, std::vector<std::string_view> const& names) {
  constexpr std::size_t far = 4, most = 3;
  std::vector<std::pair<std::size_t, std::string_view>> near;
  for (std::string_view const name : names) {
    bool const part = wrong.size() > 1 && name.ends_with(wrong);
    std::size_t const distance = part ? 0 : edit_distance(wrong, name);
    if (distance < std::min(far, name.size())) near.emplace_back(distance, name);
  }
  std::ranges::sort(near);
  std::vector<std::string_view> nearest;
  for (auto const& [distance, name] : near)
    if (nearest.size() < most) nearest.push_back(name);
  return nearest;
}

}  // namespace dsc::cli

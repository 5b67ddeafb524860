#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <string_view>

#include <dsc/error.hpp>

namespace dsc::fuzz {

/// Ends the process, as libFuzzer wants it, where what must hold does not.
inline void require(bool holds, char const* law) {
  if (holds) return;
  std::fprintf(stderr, "does not hold: %s\n", law);
  std::abort();
}

inline std::string_view text_of(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}

/// Runs `action`, which may throw errors of these numbers and no others.
template <class Action>
void refuse_only(std::initializer_list<error_code> known, Action const& action) {
  try {
    action();
  } catch (error const& refusal) {
    if (std::ranges::find(known, refusal.code()) == known.end()) std::fprintf(stderr, "%s\n", refusal.what());
    require(std::ranges::find(known, refusal.code()) != known.end(), "only errors of the format's own are thrown");
  }
}

}  // namespace dsc::fuzz

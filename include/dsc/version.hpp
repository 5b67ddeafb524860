#pragma once

#include <compare>
#include <string_view>

namespace dsc {

/// Major, minor, patch. Before 1.0 a new minor version may change names.
struct version_number {
  int major_number = 0;
  int minor_number = 0;
  int patch_number = 0;

  friend constexpr auto operator<=>(version_number const&, version_number const&) = default;
};

/// Of these headers; CMake refuses to configure where it is another than the package's.
inline constexpr version_number version{0, 1, 0};
inline constexpr std::string_view version_text = "0.1.0";

}  // namespace dsc

#pragma once

#include <dsc/units.hpp>

namespace dsc {

/// What can be decided about a request: today where the network is cut. Whatever else will be
/// (codecs, routes) becomes a member here, and every decision carries it.
struct choice {
  split_point split;

  friend constexpr bool operator==(choice const&, choice const&) = default;
};

}  // namespace dsc

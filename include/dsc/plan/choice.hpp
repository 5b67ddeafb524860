#pragma once

#include <cstddef>

#include <dsc/units.hpp>

namespace dsc {

/// What can be decided about a request: where the network is cut, and which of several servers runs
/// the tail. Whatever else will be (codecs) becomes a member here, and every decision carries it.
struct choice {
  split_point split;
  std::size_t route = 0;  ///< the server's place in the transport's list; means nothing at `l = L`

  friend constexpr bool operator==(choice const&, choice const&) = default;
};

}  // namespace dsc

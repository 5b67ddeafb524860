#pragma once

#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>

#include <boost/hana/at.hpp>
#include <boost/hana/tuple.hpp>

namespace dsc::detail {

struct nothing {};

// Room for one of these types at a time, told apart by position. A union, because std::variant of
// libstdc++ 12 is no constant under clang.
template <class...>
union one_of {
  nothing none{};
};
template <class First, class... Rest>
union one_of<First, Rest...> {
  nothing none;
  First first;
  one_of<Rest...> rest;

  constexpr one_of() : none{} {}

  // Starts number `I` anew; whatever was there is gone.
  template <std::size_t I>
  constexpr auto& emplace() {
    if constexpr (I == 0)
      return *std::construct_at(&first);
    else
      return std::construct_at(&rest)->template emplace<I - 1>();
  }
};

// Room for any one output of the layers Begin + I...
template <class Layers, std::size_t Begin, class Sequence>
struct representation_buffer;
template <class Layers, std::size_t Begin, std::size_t... I>
struct representation_buffer<Layers, Begin, std::index_sequence<I...>> {
  template <std::size_t N>
  using layer = std::remove_cvref_t<decltype(boost::hana::at_c<N>(std::declval<Layers const&>()))>;
  using type = one_of<typename layer<Begin + I>::output_type...>;
};

/// Runs the layers [Begin, End) of a tuple on `x` and writes the output in place. What flows
/// between them alternates between two buffers on the stack, each as large as the largest of these
/// tensors.
template <std::size_t Begin, std::size_t End>
struct run_layers_fn {
  template <class Layers, class In, class Out>
  constexpr void operator()(Layers const& layers, In const& x, Out& y) const {
    if constexpr (Begin == End) {
      y = x;
    } else {
      using buffer = typename representation_buffer<Layers, Begin, std::make_index_sequence<End - Begin - 1>>::type;
      buffer here;
      buffer other;
      step<Begin>(layers, x, y, here, other);
    }
  }

 private:
  template <std::size_t I, class Layers, class In, class Out, class Buffer>
  static constexpr void step(Layers const& layers, In const& x, Out& y, Buffer& here, Buffer& other) {
    auto const& layer = boost::hana::at_c<I>(layers);
    if constexpr (I + 1 == End) {
      layer(x, y);
    } else {
      auto& h = here.template emplace<I - Begin>();
      layer(x, h);
      step<I + 1>(layers, h, y, other, here);
    }
  }
};

template <std::size_t Begin, std::size_t End>
inline constexpr run_layers_fn<Begin, End> run_layers{};

}  // namespace dsc::detail

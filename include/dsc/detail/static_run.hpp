#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>
#include <variant>

#include <boost/hana/at.hpp>
#include <boost/hana/tuple.hpp>

namespace dsc::detail {

// Room for any one output of the layers [Begin, End - 1), told apart by their position: alternative 1 is that of layer Begin.
template <class Layers, std::size_t Begin, class Sequence>
struct representation_buffer;
template <class... Layers, std::size_t Begin, std::size_t... I>
struct representation_buffer<boost::hana::tuple<Layers...>, Begin, std::index_sequence<I...>> {
  template <std::size_t N>
  using layer = std::remove_cvref_t<decltype(boost::hana::at_c<N>(std::declval<boost::hana::tuple<Layers...> const&>()))>;
  using type = std::variant<std::monostate, typename layer<Begin + I>::output_type...>;
};

/// Runs the layers [Begin, End) of a tuple on `x` and writes the output in place. What flows between them alternates between two
/// buffers, each as large as the largest of these tensors, on the stack.
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
      auto& h = here.template emplace<I - Begin + 1>();
      layer(x, h);
      step<I + 1>(layers, h, y, other, here);
    }
  }
};

template <std::size_t Begin, std::size_t End>
inline constexpr run_layers_fn<Begin, End> run_layers{};

}  // namespace dsc::detail

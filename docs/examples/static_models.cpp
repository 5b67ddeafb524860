#include <iostream>

#include <dsc/dsc.hpp>

using namespace dsc::literals;

// Adds up the values of each group of neighbours.
template <std::size_t In, std::size_t Out>
struct sum {
  using input_type = dsc::static_tensor<float, In>;
  using output_type = dsc::static_tensor<float, Out>;
  static constexpr std::string_view name = "sum";
  constexpr void operator()(input_type const& x, output_type& y) const {
    for (std::size_t i = 0; i < In; ++i) y(i * Out / In) += x(i);
  }
};
// Each value three times.
struct triple {
  using input_type = dsc::static_tensor<float, 4>;
  using output_type = dsc::static_tensor<float, 12>;
  static constexpr std::string_view name = "triple";
  constexpr void operator()(input_type const& x, output_type& y) const {
    for (std::size_t i = 0; i < 12; ++i) y(i) = x(i / 3);
  }
};

constexpr dsc::static_model net{sum<8, 4>{}, triple{}, sum<12, 2>{}};
constexpr auto splits = dsc::constant<[] { return dsc::compressive_bottlenecks(net); }>;  // a std::array
static_assert(splits.size() == 2 && splits[0] == 1_split && splits[1] == 3_split);

constexpr auto head = dsc::head<splits[0]>(net);  // from static_tensor<float, 8> to static_tensor<float, 4>
constexpr auto tail = dsc::tail<splits[0]>(net);  // from there to static_tensor<float, 2>
constexpr decltype(net)::input_type x{{1, 2, 3, 4, 5, 6, 7, 8}};
static_assert(tail(head(x)) == dsc::whole(net)(x));

int main() { std::cout << tail(head(x))(0) << ' ' << tail(head(x))(1) << '\n'; }

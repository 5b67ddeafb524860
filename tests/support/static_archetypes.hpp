#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <dsc/model/static_model.hpp>

/// The smallest static layer, and one counter-example per requirement.
namespace dsc::test {

struct smallest {
  static constexpr std::string_view name = "smallest";
  using input_type = static_tensor<float, 1>;
  using output_type = static_tensor<float, 2>;
  constexpr void operator()(input_type const&, output_type&) const {}
};
struct without_constant_name : smallest {
  std::string_view name;
};
struct from_a_vector : smallest {
  using input_type = std::vector<float>;
};
struct to_a_vector : smallest {
  using output_type = std::vector<float>;
};
struct without_call : smallest {
  void operator()(input_type const&, output_type&) const = delete;
};
struct with_side_effects : smallest {
  constexpr void operator()(input_type const&, output_type&) {}
};
struct without_copies : smallest {
  without_copies() = default;
  without_copies(without_copies&&) = default;
};

struct counted : smallest {
  static constexpr std::uint64_t macs = 2;
  static constexpr bytes parameter_bytes{8};
};
struct counted_without_macs : smallest {
  static constexpr bytes parameter_bytes{8};
};
struct counted_without_parameters : smallest {
  static constexpr std::uint64_t macs = 2;
};
struct counted_in_bare_numbers : counted {
  static constexpr double parameter_bytes = 8;
};

struct next : smallest {
  using input_type = static_tensor<float, 2>;
  using output_type = static_tensor<float, 3>;
  constexpr void operator()(input_type const&, output_type&) const {}
};

}  // namespace dsc::test

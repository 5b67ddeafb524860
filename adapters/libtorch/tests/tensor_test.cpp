#include "torch_first.hpp"

#include <dsc/testing/tensor.hpp>

#include <array>
#include <cstddef>
#include <limits>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include <dsc/concepts.hpp>

namespace {

using dsc::element_type;
using dsc::errc;
using dsc::shape;
using dsc::tensor_spec;
using dsc::test::code_of;
using traits = dsc::tensor_traits<at::Tensor>;

static_assert(dsc::Tensor<at::Tensor>);

TEST_CASE("every element type keeps the laws of a tensor") {
  auto const [type, element] = GENERATE(table<at::ScalarType, element_type>({{at::kByte, element_type::uint8},
                                                                             {at::kChar, element_type::int8},
                                                                             {at::kHalf, element_type::float16},
                                                                             {at::kBFloat16, element_type::bfloat16},
                                                                             {at::kInt, element_type::int32},
                                                                             {at::kFloat, element_type::float32},
                                                                             {at::kLong, element_type::int64},
                                                                             {at::kDouble, element_type::float64}}));
  at::Tensor const tensor = at::arange(24, type).view({2, 3, 4});
  CHECK(traits::spec(tensor) == tensor_spec{element, {2, 3, 4}});
  CHECK(dsc::laws::check_tensor(tensor) == dsc::laws::violations{});
}

TEST_CASE("scalars and empty tensors are tensors") {
  CHECK(dsc::laws::check_tensor(at::zeros({}, at::kFloat)) == dsc::laws::violations{});
  CHECK(dsc::laws::check_tensor(at::zeros({0, 3}, at::kFloat)) == dsc::laws::violations{});
}

TEST_CASE("a tensor made from bytes owns its copy") {
  std::array<std::byte, 4> source{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
  at::Tensor const tensor = traits::make({element_type::uint8, {2, 2}}, source);
  source.fill(std::byte{0});
  CHECK(traits::data(tensor)[3] == std::byte{4});
}

TEST_CASE("the bytes of a tensor are its own, not a copy") {
  at::Tensor tensor = at::zeros({3}, at::kFloat);
  auto const data = traits::data(tensor);
  tensor.fill_(1.0f);
  CHECK(data[3] == std::byte{0x3f});
}

TEST_CASE("sizes are checked before anything is allocated") {
  std::array<std::byte, 4> const data{};
  constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
  CHECK(code_of([&] { traits::make({element_type::float32, {2}}, data); }) == errc::bad_tensor);
  CHECK(code_of([&] { traits::make({element_type::float32, {1'000'000'000'000}}, data); }) == errc::bad_tensor);
  CHECK(code_of([&] { traits::make({element_type::uint8, {most, most}}, data); }) == errc::bad_tensor);
  CHECK(code_of([&] { traits::make({element_type::uint8, {0, most, most}}, {}); }) == errc::bad_tensor);
}

TEST_CASE("tensors that cannot travel are refused") {
  at::Tensor const square = at::arange(9, at::kFloat).view({3, 3});
  CHECK(code_of([&] { traits::data(square.t()); }) == errc::bad_tensor);
  CHECK(code_of([&] { traits::spec(at::Tensor{}); }) == errc::bad_tensor);
  CHECK(code_of([&] { traits::spec(at::empty({2}, at::kComplexFloat)); }) == errc::bad_tensor);
  CHECK(code_of([&] { traits::spec(at::empty({1, 1, 1, 1, 1, 1, 1, 1, 1}, at::kFloat)); }) == errc::bad_tensor);
}

}  // namespace

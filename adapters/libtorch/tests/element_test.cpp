#include "torch_first.hpp"

#include <dsc/libtorch/error.hpp>
#include <dsc/testing/executable_model.hpp>

#include <memory>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/model/layers.hpp>
#include <dsc/model/zoo/models.hpp>

namespace {

using dsc::batch_size;
using dsc::element_type;
using dsc::errc;
using dsc::split_point;
using dsc::libtorch::arithmetic;
using dsc::libtorch::efficientnet;
using dsc::test::code_of;
using dsc::test::same_bytes;

auto const& b0 = dsc::zoo::efficientnet_b0;

efficientnet computing_in(element_type element, dsc::zoo::efficientnet const& net = b0,
                          arithmetic mode = arithmetic::exact) {
  dsc::libtorch::use_threads(1);
  return {net, dsc::libtorch::random_weights(net, 7), {.arithmetic = mode, .element = element}};
}

at::Tensor run(efficientnet const& net, at::Tensor const& x) {
  return net.forward(x, dsc::tail_of(split_point{0}, net.layers().size()));
}

void check_splits(efficientnet const& net) {
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch_size{2});
  at::Tensor const due = run(net, x);
  for (std::size_t l = 0; l <= net.layers().size(); ++l) {
    INFO("split " << l);
    at::Tensor const h = net.forward(x, dsc::head_of(split_point{l}));
    CHECK(h.nbytes() == 2 * dsc::representation_bytes(net, split_point{l}).count);
    CHECK(same_bytes(net.forward(h, dsc::tail_of(split_point{l}, net.layers().size())), due));
  }
}

TEST_CASE("features and answers in bfloat16 take half the bytes, and the rows say so") {
  efficientnet const net = computing_in(element_type::bfloat16), full = computing_in(element_type::float32);
  CHECK(net.input_bytes() == full.input_bytes());
  for (std::size_t l = 0; l < net.layers().size(); ++l) {
    CHECK(net.layers()[l].output().element == element_type::bfloat16);
    CHECK(2 * net.layers()[l].output_bytes().count == full.layers()[l].output_bytes().count);
    CHECK(net.layers()[l].output_bytes() == net.layers()[l].output().size());
    CHECK(net.layers()[l].parameter_bytes() == full.layers()[l].parameter_bytes());
  }
}

TEST_CASE("a network made from another one's architecture has rows of its own") {
  auto other = std::make_unique<efficientnet>(computing_in(element_type::bfloat16));
  efficientnet const same = computing_in(element_type::bfloat16, other->architecture()),
                     full = computing_in(element_type::float32, other->architecture());
  other.reset();
  CHECK(same.layers()[0].output().element == element_type::bfloat16);
  CHECK(full.layers()[0].output().element == element_type::float32);
  CHECK(run(full, dsc::libtorch::random_input(b0, batch_size{1})).scalar_type() == at::kFloat);
}

TEST_CASE("head and tail of B0 in bfloat16 are the whole at every split, bit for bit") {
  check_splits(computing_in(element_type::bfloat16));
  check_splits(computing_in(element_type::bfloat16, b0, arithmetic::fast));
  check_splits(computing_in(element_type::bfloat16, b0.with_input(element_type::uint8)));
  check_splits(computing_in(element_type::bfloat16, b0.with_input(element_type::bfloat16)));
}

TEST_CASE("answers in bfloat16 are those in float32 but for its rounding") {
  at::Tensor const x = dsc::libtorch::random_input(b0, batch_size{2});
  at::Tensor const due = run(computing_in(element_type::float32), x);
  for (arithmetic const mode : {arithmetic::exact, arithmetic::fast}) {
    at::Tensor const output = run(computing_in(element_type::bfloat16, b0, mode), x);
    CHECK(output.scalar_type() == at::kBFloat16);
    double const off = output.to(at::kFloat).sub(due).abs().max().item<double>() / due.abs().max().item<double>();
    INFO("off by " << off << " of the largest answer");
    CHECK(off > 0.0);
    CHECK(off <= 0.05);  // 8 bits of mantissa, through 20 layers
  }
}

TEST_CASE("a bfloat16 EfficientNet keeps the laws of an executable model") {
  efficientnet const net = computing_in(element_type::bfloat16);
  CHECK(dsc::laws::check_executable_model(net, dsc::libtorch::random_input(b0, batch_size{1}), 10) ==
        dsc::laws::violations{});
}

TEST_CASE("float16 runs where LibTorch has it, and else ends in a sentence") {
  efficientnet const net = computing_in(element_type::float16);
  CHECK(net.layers()[0].output().element == element_type::float16);
  at::Tensor answer;
  try {
    answer = run(net, dsc::libtorch::random_input(b0, batch_size{1}));
  } catch (dsc::error const& failed) {
    CHECK(failed.code() == errc::backend_failed);
    CHECK_THAT(failed.what(), Catch::Contains("take float32 or bfloat16"));
  }
  if (answer.defined()) CHECK(answer.scalar_type() == at::kHalf);
}

TEST_CASE("features of one element type are no input of a network that computes in another") {
  at::Tensor const x = dsc::libtorch::random_input(b0, batch_size{1});
  at::Tensor const h = computing_in(element_type::float32).forward(x, dsc::head_of(split_point{3}));
  efficientnet const net = computing_in(element_type::bfloat16);
  CHECK(code_of([&] { net.forward(h, {split_point{3}, split_point{4}}); }) == errc::bad_tensor);
}

TEST_CASE("element types that nothing computes in are refused") {
  for (element_type const element : {element_type::uint8, element_type::int32, element_type::float64})
    CHECK(code_of([&] { computing_in(element); }) == dsc::libtorch::libtorch_errc::bad_option);
  CHECK(code_of([] { computing_in(element_type::bfloat16, b0.with_input(element_type::float16)); }) == errc::bad_model);
}

}  // namespace

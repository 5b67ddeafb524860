#include "torch_first.hpp"

#include <dsc/testing/executable_model.hpp>

#include <array>
#include <vector>

#include <ATen/ops/empty.h>

#include <dsc/libtorch/device.hpp>
#include <dsc/libtorch/efficientnet.hpp>
#include <dsc/libtorch/error.hpp>
#include <dsc/libtorch/script_model.hpp>
#include <dsc/model/bottlenecks.hpp>
#include <dsc/model/zoo/models.hpp>

namespace {

using dsc::batch_size;
using dsc::element_type;
using dsc::errc;
using dsc::layer_span;
using dsc::split_point;
using dsc::libtorch::arithmetic;
using dsc::libtorch::efficientnet;
using dsc::test::code_of;
using dsc::test::same_bytes;

efficientnet made_up(dsc::zoo::efficientnet const& net, arithmetic mode = arithmetic::exact) {
  dsc::libtorch::use_threads(1);
  return {net, dsc::libtorch::random_weights(net, 7), {.arithmetic = mode}};
}

layer_span whole(efficientnet const& net) { return dsc::tail_of(split_point{0}, net.layers().size()); }

template <class Splits>
void check_splits(dsc::zoo::efficientnet const& zoo_net, batch_size batch, Splits const& splits,
                  arithmetic mode = arithmetic::exact) {
  efficientnet const net = made_up(zoo_net, mode);
  at::Tensor const x = dsc::libtorch::random_input(zoo_net, batch);
  at::Tensor const due = net.forward(x, whole(net));
  CHECK(due.isfinite().all().template item<bool>());
  for (split_point const l : splits) {
    INFO("split " << l.layers);
    CHECK(same_bytes(net.forward(net.forward(x, dsc::head_of(l)), dsc::tail_of(l, net.layers().size())), due));
  }
}

TEST_CASE("head and tail of B0 are the whole at every split, bit for bit") {
  std::vector<split_point> every;
  for (std::size_t l = 0; l <= dsc::zoo::efficientnet_b0.layers().size(); ++l) every.push_back(split_point{l});
  check_splits(dsc::zoo::efficientnet_b0, batch_size{1}, every);
}

TEST_CASE("head and tail of V2-S are the whole at its bottlenecks, bit for bit") {
  check_splits(dsc::zoo::efficientnet_v2_s, batch_size{1}, dsc::compressive_bottlenecks(dsc::zoo::efficientnet_v2_s));
}

TEST_CASE("fast head and tail are the fast whole, bit for bit") {
  std::vector<split_point> every;
  for (std::size_t l = 0; l <= dsc::zoo::efficientnet_b0.layers().size(); ++l) every.push_back(split_point{l});
  check_splits(dsc::zoo::efficientnet_b0, batch_size{3}, every, arithmetic::fast);
  check_splits(dsc::zoo::efficientnet_v2_s, batch_size{1}, dsc::compressive_bottlenecks(dsc::zoo::efficientnet_v2_s),
               arithmetic::fast);
  check_splits(dsc::zoo::efficientnet_b0.with_input(element_type::uint8), batch_size{1},
               std::array{split_point{0}, split_point{1}, split_point{5}}, arithmetic::fast);
}

TEST_CASE("fast answers are the exact ones but for rounding, and keep their best class") {
  for (auto const* const model :
       {&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_b5, &dsc::zoo::efficientnet_v2_s}) {
    efficientnet const exact = made_up(*model), fast = made_up(*model, arithmetic::fast);
    for (std::uint64_t const batch : {1U, 2U}) {
      INFO(model->name() << ", batch " << batch);
      at::Tensor const x = dsc::libtorch::random_input(*model, batch_size{batch});
      at::Tensor const due = exact.forward(x, whole(exact)), output = fast.forward(x, whole(fast));
      CHECK_FALSE(same_bytes(output, due));  // another arithmetic, or nothing was tested
      CHECK(output.sub(due).abs().max().item<double>() <= 1e-4 * due.abs().max().item<double>());
      CHECK(output.argmax(1).equal(due.argmax(1)));
    }
  }
}

// What `script_model` makes of a span's file.
dsc::libtorch::script_model from_file(dsc::zoo::efficientnet const& net, layer_span span) {
  std::string const file = dsc::libtorch::exported_span(net, dsc::libtorch::random_weights(net, 7), span);
  dsc::test::scratch_file const scratch{{file.begin(), file.end()}};
  return dsc::libtorch::script_model{scratch.path()};
}

TEST_CASE("a span that is written as TorchScript gives the answers of the network, bit for bit") {
  for (auto const& zoo_net : {dsc::zoo::efficientnet_b0, dsc::zoo::efficientnet_b0.with_input(element_type::uint8),
                              dsc::zoo::efficientnet_v2_s}) {
    efficientnet const net = made_up(zoo_net);
    std::size_t const layers = net.layers().size();
    for (auto const& [begin, end] : {std::pair{std::size_t{0}, layers}, {0, 3}, {3, layers}, {layers - 1, layers}}) {
      layer_span const span{split_point{begin}, split_point{end}};
      dsc::libtorch::script_model const written = from_file(zoo_net, span);
      for (std::uint64_t const batch : {1U, 3U}) {
        INFO(zoo_net.name() << " [" << begin << ", " << end << "), batch " << batch);
        at::Tensor const x =
            net.forward(dsc::libtorch::random_input(zoo_net, batch_size{batch}), dsc::head_of(split_point{begin}));
        CHECK(same_bytes(written.forward(x, dsc::tail_of(split_point{0}, written.layers().size())),
                         net.forward(x, span)));
      }
    }
  }
}

TEST_CASE("only spans that a file can hold are written as TorchScript") {
  auto const& net = dsc::zoo::efficientnet_b0;
  auto const weights = dsc::libtorch::random_weights(net);
  auto const refused = [&](dsc::zoo::efficientnet const& of, dsc::libtorch::state_dict const& with, std::size_t begin,
                           std::size_t end) {
    return code_of([&] { dsc::libtorch::exported_span(of, with, {split_point{begin}, split_point{end}}); });
  };
  CHECK(refused(net, weights, 3, 3) == errc::bad_split);
  CHECK(refused(net, weights, 3, 21) == errc::bad_split);
  CHECK(refused(net, {}, 3, 20) == dsc::libtorch::libtorch_errc::bad_weights);
  CHECK(refused(net.with_input(element_type::float16), weights, 0, 20) == errc::bad_model);
}

TEST_CASE("images in uint8 are normalised in the first layer alone") {
  auto const raw = dsc::zoo::efficientnet_b0.with_input(element_type::uint8);
  check_splits(raw, batch_size{2}, std::array{split_point{0}, split_point{1}, split_point{2}});
  efficientnet const net = made_up(raw);
  at::Tensor const x = dsc::libtorch::random_input(raw, batch_size{1});
  CHECK(same_bytes(net.forward(x, dsc::head_of(split_point{0})), x));
  CHECK(net.forward(x, dsc::head_of(split_point{1})).scalar_type() == at::kFloat);
}

TEST_CASE("an EfficientNet keeps the laws of an executable model") {
  efficientnet const net = made_up(dsc::zoo::efficientnet_b0);
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch_size{1});
  CHECK(dsc::laws::check_executable_model(net, x, 5) == dsc::laws::violations{});
  CHECK(dsc::laws::check_executable_model(net.resident(), x, 20) == dsc::laws::violations{});
}

TEST_CASE("what comes back shares no memory with the input, not even where nothing runs") {
  efficientnet const net = made_up(dsc::zoo::efficientnet_b0);
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch_size{1});
  at::Tensor const same = net.forward(x, dsc::head_of(dsc::split_point{0}));
  CHECK(same.equal(x));
  CHECK(same.data_ptr() != x.data_ptr());
}

TEST_CASE("samples of a batch do not see each other") {
  efficientnet const net = made_up(dsc::zoo::efficientnet_b0);
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch_size{3});
  at::Tensor const all = net.forward(x, whole(net));
  at::Tensor const last = net.forward(x.slice(0, 2, 3), whole(net));
  CHECK(all.slice(0, 2, 3).allclose(last, 1e-4, 1e-5));
  CHECK_FALSE(all.slice(0, 0, 1).allclose(last, 1e-4, 1e-5));
}

TEST_CASE("any memory layout of the input gives the same bytes") {
  efficientnet const net = made_up(dsc::zoo::efficientnet_b0);
  at::Tensor const x = dsc::libtorch::random_input(net.architecture(), batch_size{2});
  at::Tensor const other = x.contiguous(at::MemoryFormat::ChannelsLast);
  CHECK(same_bytes(net.forward(other, whole(net)), net.forward(x, whole(net))));
  CHECK(same_bytes(net.forward(other, dsc::head_of(split_point{0})), x));
}

TEST_CASE("the rows of the zoo and the weights name the same number of parameters") {
  for (dsc::zoo::efficientnet const* const net :
       {&dsc::zoo::efficientnet_b0, &dsc::zoo::efficientnet_v2_s, &dsc::zoo::efficientnet_v2_b3}) {
    std::uint64_t due = 0;
    for (auto const& layer : net->layers()) due += layer.parameter_bytes().count;
    std::uint64_t trained = 0;
    for (auto const& [name, tensor] : dsc::libtorch::random_weights(*net))
      if (!name.ends_with("running_mean") && !name.ends_with("running_var")) trained += tensor.nbytes();
    CHECK(trained == due);
  }
}

TEST_CASE("made-up weights and images depend on the seed alone") {
  auto const& net = dsc::zoo::efficientnet_b0;
  auto const stem = [&](std::uint64_t seed) {
    return dsc::libtorch::random_weights(net, seed).at("features.0.0.weight");
  };
  CHECK(same_bytes(stem(1), stem(1)));
  CHECK_FALSE(same_bytes(stem(1), stem(2)));
  CHECK(same_bytes(dsc::libtorch::random_input(net, batch_size{1}, 3),
                   dsc::libtorch::random_input(net, batch_size{1}, 3)));
}

TEST_CASE("what does not fit the split is refused with a sentence") {
  efficientnet const net = made_up(dsc::zoo::efficientnet_b0);
  auto const refused = [&](at::Tensor const& x, std::size_t from) {
    return code_of([&] { net.forward(x, {split_point{from}, split_point{20}}); });
  };
  CHECK(refused(at::empty({1, 3, 224, 225}, at::kFloat), 0) == errc::bad_tensor);
  CHECK(refused(at::empty({3, 224, 224}, at::kFloat), 0) == errc::bad_tensor);
  CHECK(refused(at::empty({0, 3, 224, 224}, at::kFloat), 0) == errc::bad_tensor);
  CHECK(refused(at::empty({1, 3, 224, 224}, at::kByte), 0) == errc::bad_tensor);
  CHECK(refused(at::empty({1, 3, 224, 224}, at::kFloat), 1) == errc::bad_tensor);
  CHECK(refused(at::Tensor{}, 0) == errc::bad_tensor);
  CHECK(refused(at::empty({1, 1000}, at::kFloat), 21) == errc::bad_split);
  CHECK(code_of([&] { efficientnet{dsc::zoo::efficientnet_b0.with_input(element_type::float16), {}}; }) ==
        errc::bad_model);
  CHECK_THROWS_WITH(net.forward(at::empty({2, 24, 56, 56}, at::kByte), {split_point{3}, split_point{4}}),
                    Catch::Contains("float32 [B, 24, 56, 56] at split point 3") && Catch::Contains("[2, 24, 56, 56]"));
}

TEST_CASE("a network tells the fingerprint of the weights that it was made from, however it computes") {
  dsc::zoo::efficientnet const& b0 = dsc::zoo::efficientnet_b0;
  auto const weights = dsc::libtorch::random_weights(b0);
  std::string const due = dsc::libtorch::weights_fingerprint(weights);
  CHECK(efficientnet{b0, weights}.weights_fingerprint() == due);
  CHECK(efficientnet{b0, weights, {.arithmetic = arithmetic::fast, .element = element_type::float16}}
            .weights_fingerprint() == due);
  CHECK(efficientnet{b0, weights}.resident().weights_fingerprint() == due);
}

}  // namespace

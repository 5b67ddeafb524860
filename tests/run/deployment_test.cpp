#include "catch.hpp"

#include <string>
#include <vector>

#include <dsc/model/network.hpp>
#include <dsc/model/zoo/models.hpp>
#include <dsc/run/deployment_of.hpp>

#include "support/errors.hpp"

using dsc::split_point;
using dsc::test::code_of;

TEST_CASE("a fingerprint is XXH64 of one piece") {
  dsc::fingerprint nothing, letters, long_text;
  nothing.add(std::string_view{});
  CHECK(nothing.text() == "ef46db3751d8e999");
  letters.add("abc");
  CHECK(letters.text() == "44bc2cf5ad770999");
  long_text.add("Nobody inspects the spammish repetition");
  CHECK(long_text.text() == "fbcea83c8a378bf1");
}

TEST_CASE("a fingerprint changes with every bit, with the order and with the division into pieces") {
  std::vector<std::byte> data(4096 + 13);
  for (std::size_t i = 0; i < data.size(); ++i) data[i] = static_cast<std::byte>(i * 31);
  dsc::fingerprint due;
  due.add(data);
  for (std::size_t bit = 0; bit < 8 * data.size(); bit += 7) {
    data[bit / 8] ^= std::byte{1} << (bit % 8);
    dsc::fingerprint changed;
    changed.add(data);
    CHECK(changed.number() != due.number());
    data[bit / 8] ^= std::byte{1} << (bit % 8);
  }
  dsc::fingerprint ab_c, a_bc, c_ab;
  ab_c.add("ab"), ab_c.add("c");
  a_bc.add("a"), a_bc.add("bc");
  c_ab.add("c"), c_ab.add("ab");
  CHECK(ab_c.number() != a_bc.number());
  CHECK(ab_c.number() != c_ab.number());
}

TEST_CASE("a network's signature is that of its layers' names and sizes, whatever type the model is of") {
  dsc::zoo::efficientnet const& b0 = dsc::zoo::efficientnet_b0;
  std::string const due = dsc::network_signature(b0);
  CHECK(due.size() == 16);
  auto const copy_of = [&](std::string const& first_name, std::int64_t first_extent) {
    std::vector<dsc::network_layer> layers;
    for (auto const& layer : b0.layers())
      layers.emplace_back(layers.empty() ? first_name : std::string{layer.name()},
                          layers.empty() ? dsc::tensor_spec{dsc::element_type::uint8, {first_extent}} : layer.output());
    return dsc::network{"copy", b0.input(), std::move(layers)};
  };
  std::string const stem{b0.layers()[0].name()};
  auto const size = static_cast<std::int64_t>(b0.layers()[0].output_bytes().count);
  CHECK(dsc::network_signature(copy_of(stem, size)) == due);
  CHECK(dsc::network_signature(copy_of(stem, size + 1)) != due);
  CHECK(dsc::network_signature(copy_of("other", size)) != due);
  CHECK(dsc::network_signature(b0.with_input(dsc::element_type::uint8)) != due);
  CHECK(dsc::network_signature(dsc::zoo::efficientnet_b1) != due);
}

TEST_CASE("a deployment lists each split once, with the tensors that cross it") {
  dsc::zoo::efficientnet const& b0 = dsc::zoo::efficientnet_b0;
  dsc::deployment const served =
      dsc::deployment_of(b0, {split_point{7}, split_point{0}, split_point{7}}, "b0", "0123456789abcdef");
  CHECK(served.network == "b0");
  CHECK(served.layers == 20);
  CHECK(served.signature == dsc::network_signature(b0));
  CHECK(served.weights == "0123456789abcdef");
  REQUIRE(served.tails.size() == 2);
  CHECK(served.tails[0].model == "b0-tail-00");
  CHECK(served.tails[0].inputs == std::vector<dsc::served_tensor>{{"INPUT__0", b0.input()}});
  CHECK(served.tails[1].split == split_point{7});
  CHECK(served.tails[1].inputs.at(0).sample == b0.layers()[6].output());
  CHECK(served.tails[1].outputs == std::vector<dsc::served_tensor>{{"OUTPUT__0", b0.layers()[19].output()}});
}

TEST_CASE("a deployment has no split that leaves no tail") {
  for (std::size_t const layers : {20U, 21U})
    CHECK(code_of([&] { dsc::deployment_of(dsc::zoo::efficientnet_b0, {split_point{layers}}, "b0"); }) ==
          dsc::errc::bad_split);
}

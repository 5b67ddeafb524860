#include "catch.hpp"

#include <dsc/model/layers.hpp>
#include <dsc/run/wire.hpp>

#include "support/errors.hpp"

using namespace dsc;
using dsc::test::code_of;

namespace {

// Says one size and holds another.
struct liar {
  std::vector<std::byte> held;
  tensor_spec spec() const { return {element_type::float32, {2}}; }
  std::span<std::byte const> data() const { return held; }
  static liar make(tensor_spec const&, std::span<std::byte const>) {
    ++count;
    return {};
  }
  static inline int count = 0;
};

}  // namespace

TEST_CASE("a tensor crosses the wire bit for bit and without a copy") {
  auto const tensor = std::make_shared<std::vector<float> const>(std::vector<float>{1.5F, -0.0F, 1e-42F, 3e38F});
  wire_tensor const wire = to_wire<std::vector<float>>(tensor);
  CHECK(wire.spec == tensor_spec{element_type::float32, {4}});
  CHECK(static_cast<void const*>(wire.data.view().data()) == tensor->data());
  CHECK(std::memcmp(from_wire<std::vector<float>>(wire).data(), tensor->data(), 16) == 0);
}

TEST_CASE("bytes on the wire outlive the tensor's other owners") {
  auto tensor = std::make_shared<std::vector<float> const>(std::vector<float>(1000, 2.5F));
  wire_tensor const wire = to_wire<std::vector<float>>(std::move(tensor));
  CHECK(from_wire<std::vector<float>>(wire) == std::vector<float>(1000, 2.5F));
}

TEST_CASE("bytes that are not what the shape means are refused before anything is made") {
  CHECK(code_of([] { to_wire<liar>(std::make_shared<liar const>(liar{std::vector<std::byte>(7)})); }) ==
        errc::bad_tensor);
  std::vector<std::byte> const few(7);
  wire_tensor const short_one{{element_type::float32, {2}}, {nullptr, few}};
  CHECK(code_of([&] { from_wire<liar>(short_one); }) == errc::bad_tensor);
  wire_tensor const huge{{element_type::float64, {1LL << 40, 1LL << 20}}, {nullptr, few}};
  CHECK(code_of([&] { from_wire<liar>(huge); }) == errc::bad_tensor);
  CHECK(liar::count == 0);
}

TEST_CASE("a vector refuses bytes of another element type") {
  std::vector<std::byte> const eight(8);
  wire_tensor const integers{{element_type::int32, {2}}, {nullptr, eight}};
  CHECK(code_of([&] { from_wire<std::vector<float>>(integers); }) == errc::bad_tensor);
}

TEST_CASE("the batch is a whole number of samples") {
  STATIC_REQUIRE(samples_in(bytes{12}, bytes{4}) == batch_size{3});
  for (auto const& [total, each] : {std::pair{13, 4}, {0, 4}, {3, 4}, {12, 0}}) {
    bytes const all{static_cast<std::uint64_t>(total)}, sample{static_cast<std::uint64_t>(each)};
    CHECK(code_of([&] { samples_in(all, sample); }) == errc::bad_batch);
  }
}

#include <dsc/cost/profile.hpp>

#include <array>
#include <cmath>
#include <vector>

#include <dsc/testing/cost_model.hpp>
#include "../catch.hpp"
#include "../support/errors.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using dsc::test::code_of;

static_assert(Model<profile> && CostModel<profile> && !AdditiveCostModel<profile>);

constexpr layer_span span(std::size_t begin, std::size_t end) { return {split_point{begin}, split_point{end}}; }

std::vector<profiled_layer> two_layers() { return {{"a", 50_B}, {"b", 10_B}}; }
profile measured() {
  return {
      "net",
      100_B,
      two_layers(),
      {{2_batch, {0_s, 2_s, 6_s}, {7_s, 5_s, 0_s}}, {4_batch, {0_s, 3_s, 10_s}, {}}, {8_batch, {0_s, 5_s, 20_s}, {}}}};
}

TEST_CASE("a profile is a model too", "[profile]") {
  profile const net = measured();
  CHECK(net.name() == "net");
  CHECK(net.input_bytes() == 100_B);
  REQUIRE(layer_count(net) == 2);
  CHECK(layer_name(net, 1) == "b");
  CHECK(representation_bytes(net, 1_split) == 50_B);
  CHECK(net.measured().size() == 3);
}

TEST_CASE("at a measured batch size the measured times count", "[profile]") {
  CHECK(measured().time(span(0, 0), 2_batch) == 0_s);
  CHECK(measured().time(span(0, 2), 2_batch) == 6_s);
  CHECK(measured().time(span(0, 2), 8_batch) == 20_s);
}

TEST_CASE("a measured suffix counts before the difference of prefixes", "[profile]") {
  CHECK(measured().time(span(1, 2), 2_batch) == 5_s);
  CHECK(measured().time(span(1, 2), 4_batch) == 7_s);
  CHECK(measured().time(span(2, 2), 2_batch) == 0_s);
  CHECK(measured().tail_time(2_split, 2_batch) == 0_s);
  CHECK(measured().tail_time(1_split, 2_batch) == 5_s);
}

TEST_CASE("between measured batch sizes times are linear", "[profile]") {
  CHECK(measured().time(span(0, 1), 3_batch) == seconds{2.5});
  CHECK(measured().time(span(0, 2), 5_batch) == seconds{12.5});
  CHECK(measured().time(span(1, 2), 3_batch) == 6_s);
  CHECK(measured().time(span(0, 2), 7_batch) == seconds{17.5});
}

TEST_CASE("outside the measured batch sizes a profile knows nothing", "[profile]") {
  CHECK(code_of([] { (void)measured().time(span(0, 1), 1_batch); }) == errc::batch_not_profiled);
  CHECK(code_of([] { (void)measured().time(span(0, 1), 9_batch); }) == errc::batch_not_profiled);
  CHECK(code_of([] { (void)measured().time(span(0, 1), batch_size{0}); }) == errc::bad_batch);
  CHECK_THROWS_WITH(measured().time(span(0, 1), 9_batch),
                    Catch::Contains("9") && Catch::Contains("2 to 8") && Catch::Contains("'net'"));
}

TEST_CASE("whoever asks for a batch size that was not measured is told the ways out", "[profile]") {
  CHECK_THROWS_WITH(measured().time(span(0, 1), 1'000_batch),
                    Catch::Contains("profile it") && Catch::Contains("--extrapolate"));
}

TEST_CASE("extrapolation goes on as between the two nearest batch sizes, not below 0", "[profile]") {
  profile const open = measured().extrapolated();
  CHECK(open.time(span(0, 1), 1_batch) == seconds{1.5});
  CHECK(open.time(span(0, 2), 12_batch) == 30_s);
  CHECK(open.time(span(0, 1), 3_batch) == seconds{2.5});
  CHECK(open.time(span(1, 2), 1_batch) == 4_s);
  profile const steep =
      profile{"net", 1_B, {{"a", 1_B}}, {{4_batch, {0_s, 1_s}, {}}, {8_batch, {0_s, 9_s}, {}}}}.extrapolated();
  CHECK(steep.time(span(0, 1), 1_batch) == 0_s);
  CHECK(code_of([&] { (void)steep.time(span(0, 1), batch_size{0}); }) == errc::bad_batch);
}

TEST_CASE("one batch size extrapolates in proportion", "[profile]") {
  profile const closed{"net", 100_B, two_layers(), {{4_batch, {0_s, 2_s, 6_s}, {6_s, 5_s, 0_s}}}};
  CHECK(code_of([&] { (void)closed.time(span(0, 1), 2_batch); }) == errc::batch_not_profiled);
  profile const open = closed.extrapolated();
  CHECK(open.time(span(0, 1), 2_batch) == 1_s);
  CHECK(open.time(span(0, 2), 8_batch) == 12_s);
  CHECK(open.time(span(1, 2), 8_batch) == 10_s);
  profile const copy = open;
  CHECK(copy.time(span(0, 1), 2_batch) == 1_s);
}

TEST_CASE("noise makes no layer faster than nothing", "[profile]") {
  profile const noisy{"net", 1_B, {{"a", 1_B}, {"b", 1_B}, {"c", 1_B}}, {{1_batch, {0_s, 5_s, 4_s, 6_s}, {}}}};
  CHECK(noisy.time(span(1, 2), 1_batch) == 0_s);
  CHECK(noisy.time(span(1, 3), 1_batch) == 1_s);
}

TEST_CASE("spans outside the model are refused", "[profile]") {
  CHECK(code_of([] { (void)measured().time(span(0, 3), 2_batch); }) == errc::bad_split);
  CHECK(code_of([] { (void)measured().time(span(2, 1), 2_batch); }) == errc::bad_split);
}

TEST_CASE("profiles keep the laws of cost models", "[profile][laws]") {
  constexpr std::array batches{1_batch, 2_batch, 3_batch, 8_batch, 20_batch};
  CHECK(laws::check_cost_model(measured().extrapolated(), 2, batches).empty());
}

TEST_CASE("profiles that cannot be are refused", "[profile]") {
  auto const code = [](std::vector<batch_times> times) {
    return code_of([&] { profile{"net", 100_B, two_layers(), times}; });
  };
  CHECK(code({}) == errc::bad_profile);
  CHECK(code({{batch_size{0}, {0_s, 1_s, 2_s}, {}}}) == errc::bad_profile);
  CHECK(code({{2_batch, {0_s, 1_s, 2_s}, {}}, {2_batch, {0_s, 1_s, 2_s}, {}}}) == errc::bad_profile);
  CHECK(code({{2_batch, {0_s, 1_s, 2_s}, {}}, {1_batch, {0_s, 1_s, 2_s}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {0_s, 1_s}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {0_s, 1_s, seconds{-2.0}}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {0_s, 1_s, seconds{NAN}}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {0_s, 1_s, never}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {1_s, 1_s, 2_s}, {}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {0_s, 1_s, 2_s}, {2_s, 0_s}}}) == errc::bad_profile);
  CHECK(code({{1_batch, {0_s, 1_s, 2_s}, {2_s, 1_s, 1_s}}}) == errc::bad_profile);
  CHECK(code_of([] { profile{"net", 0_B, two_layers(), {{1_batch, {0_s, 1_s, 2_s}, {}}}}; }) == errc::bad_profile);
  CHECK(code_of([] { profile{"net", 1_B, {}, {{1_batch, {0_s}, {}}}}; }) == errc::bad_profile);
}

}  // namespace

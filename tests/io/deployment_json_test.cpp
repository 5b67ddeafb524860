#include <dsc/io/deployment_json.hpp>

#include <string>
#include <tuple>

#include "catch.hpp"
#include "support/errors.hpp"

namespace {

dsc::deployment small() {
  return {.network = "toy",
          .layers = 12,
          .signature = "00ff",
          .weights = "a1",
          .largest_batch = dsc::batch_size{8},
          .tails = {{dsc::split_point{0},
                     dsc::tail_name("toy", dsc::split_point{0}, 12),
                     {{"INPUT__0", {dsc::element_type::uint8, {3, 4, 4}}}},
                     {{"OUTPUT__0", {dsc::element_type::float32, {5}}}}},
                    {dsc::split_point{7},
                     dsc::tail_name("toy", dsc::split_point{7}, 12),
                     {{"INPUT__0", {dsc::element_type::float32, {2, 2}}}, {"scale", {dsc::element_type::float32, {}}}},
                     {{"OUTPUT__0", {dsc::element_type::float32, {5}}}}}}};
}

std::string changed(std::string const& from, std::string const& to) {
  std::string text = dsc::deployment_json(small());
  text.replace(text.find(from), from.size(), to);
  return text;
}

}  // namespace

TEST_CASE("A deployment comes back from its JSON as it was") {
  dsc::deployment const read = dsc::parse_deployment(dsc::deployment_json(small()), "a file");
  CHECK(read == small());
  REQUIRE(read.tail_of(dsc::split_point{7}) != nullptr);
  CHECK(read.tail_of(dsc::split_point{7})->model == "toy-tail-07");
  CHECK(read.tail_of(dsc::split_point{3}) == nullptr);

  dsc::deployment open = small();
  open.largest_batch = dsc::batch_size{0};
  CHECK(dsc::parse_deployment(dsc::deployment_json(open), "a file") == open);
}

TEST_CASE("Names of tails can be those of folders") {
  CHECK(dsc::tail_name("efficientnet_b0", dsc::split_point{7}, 20) == "efficientnet_b0-tail-07");
  CHECK(dsc::tail_name("a/b c", dsc::split_point{7}, 9) == "a_b_c-tail-7");
  CHECK(dsc::tail_name("net", dsc::split_point{117}, 120) == "net-tail-117");
}

TEST_CASE("A deployment that means nothing is refused where it is wrong") {
  using dsc::errc;
  CHECK_THROWS_AS(dsc::parse_deployment("{}", "a file"), dsc::error);
  for (auto const& [from, to, place] : {std::tuple{"\"split\": 7", "\"split\": 12", "tails[1].split"},
                                        {"\"split\": 7", "\"split\": 0", "tails[1].split"},
                                        {"\"uint8\"", "\"uint9\"", "tails[0].inputs[0].element"},
                                        {"[3, 4, 4]", "[3, 0, 4]", "tails[0].inputs[0].shape"},
                                        {"[3, 4, 4]", "[1, 1, 1, 1, 1, 1, 1, 1]", "tails[0].inputs[0].shape"}}) {
    INFO(to);
    try {
      dsc::parse_deployment(changed(from, to), "a file");
      FAIL("it was taken");
    } catch (dsc::error const& failure) {
      CHECK(failure.code() == errc::bad_file);
      CHECK_THAT(failure.what(), Catch::Contains(place));
    }
  }
}

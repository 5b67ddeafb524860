#include <dsc/io/profile_json.hpp>

#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "temporary_folder.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;
using Catch::Contains;

std::string const good = R"({
  "schema": "dsc.profile/1",
  "model": "net",
  "input_bytes": 100,
  "layers": [{"name": "a", "output_bytes": 50}, {"name": "b", "output_bytes": 10}],
  "batches": [1, 4],
  "prefix_seconds": [[0, 1, 2.5], [0, 3, 8]],
  "suffix_seconds": [[2.5, 2, 0], [8, 6, 0]]
}
)";

// `good` with one piece of its text replaced.
std::string with(std::string const& from, std::string const& to) {
  std::string text = good;
  std::size_t const place = text.find(from);
  if (place == std::string::npos) throw std::logic_error{"no '" + from + "' to replace"};
  return text.replace(place, from.size(), to);
}

TEST_CASE("a profile is read from JSON", "[profile]") {
  profile const read = parse_profile(good, "edge.json");
  CHECK(read.name() == "net");
  CHECK(read.input_bytes() == 100_B);
  REQUIRE(read.layers().size() == 2);
  CHECK(read.layers()[1].name() == "b");
  CHECK(read.layers()[1].output_bytes() == 10_B);
  REQUIRE(read.measured().size() == 2);
  CHECK(read.measured()[1].batch == 4_batch);
  CHECK(read.measured()[0].prefix == std::vector<seconds>{0_s, 1_s, seconds{2.5}});
  CHECK(read.measured()[1].suffix == std::vector<seconds>{8_s, 6_s, 0_s});
}

std::string const by_layer = R"({
  "schema": "dsc.profile/1",
  "model": "net",
  "input_bytes": 100,
  "layers": [{"name": "a", "output_bytes": 50}, {"name": "b", "output_bytes": 10}],
  "batches": [1, 4],
  "unit": "ms",
  "layer_seconds": [[250, 125], [500, 1000]]
}
)";

TEST_CASE("times of single layers and in milliseconds are read where the file says so", "[profile]") {
  profile const read = parse_profile(by_layer, "elsewhere.json");
  CHECK(read.measured()[0].prefix == std::vector<seconds>{0_s, seconds{0.25}, seconds{0.375}});
  CHECK(read.measured()[1].prefix == std::vector<seconds>{0_s, seconds{0.5}, seconds{1.5}});
  CHECK(parse_profile(profile_json(read), "again.json").measured()[1].prefix == read.measured()[1].prefix);
  noted_profile const noted = parse_noted_profile(
      with(R"("model")", R"("unit": "us", "prefix_mad_seconds": [[0, 1, 2], [0, 0, 0]], "model")"), "e");
  CHECK(noted.profile.measured()[0].suffix[0].count() == Approx(2.5e-6));
  CHECK(noted.notes.prefix_mad[0][2].count() == Approx(2e-6));

  auto const changed = [](std::string const& from, std::string const& to) {
    std::string text = by_layer;
    return text.replace(text.find(from), from.size(), to);
  };
  CHECK_THROWS_WITH(parse_profile(changed("\"ms\"", "\"minutes\""), "e"), Contains("unit must be 's', 'ms' or 'us'"));
  CHECK_THROWS_WITH(parse_profile(changed("\"ms\"", "3"), "e"), Contains("unit must be a text"));
  CHECK_THROWS_WITH(parse_profile(changed("250, 125", "0, 250, 125"), "e"),
                    Contains("layer_seconds[0] must hold 2 times, one per layer"));
  CHECK_THROWS_WITH(parse_profile(changed("\"unit\"", "\"prefix_seconds\": [], \"unit\""), "e"),
                    Contains("layer_seconds cannot stand beside prefix_seconds"));
}

TEST_CASE("times that look like another unit's are told", "[profile]") {
  CHECK(warnings_about_times(parse_profile(good, "e"), "e").empty());
  auto const warnings = [](std::string const& unit) {
    std::string text = by_layer;
    text.replace(text.find("\"ms\""), 4, "\"" + unit + "\"");
    return warnings_about_times(parse_profile(text, "e"), "e.json");
  };
  CHECK(warnings("ms").empty());
  REQUIRE(warnings("s").size() == 1);
  CHECK_THAT(warnings("s")[0],
             Contains("e.json: layer 'a' takes 250 s for one sample at batch 1") && Contains("\"ms\""));
  std::string tiny = by_layer;
  tiny.replace(tiny.find("250, 125"), 8, "1e-7, 2e-7");
  CHECK_THAT(warnings_about_times(parse_profile(tiny, "e"), "e.json").at(0), Contains("less than 2 ns"));
}

TEST_CASE("suffixes, notes and unknown keys may be there or not", "[profile]") {
  CHECK(parse_profile(with(R"("suffix_seconds")", R"("unknown")"), "e").measured()[0].suffix.empty());
  CHECK(parse_profile(with(R"("model")", R"("comment": {"a": [1, null]}, "model")"), "e").name() == "net");
  CHECK(parse_profile(with("100", "100.0"), "e").input_bytes() == 100_B);
  noted_profile const noted = parse_noted_profile(
      with(
          R"("model")",
          R"("environment": {"device": "Pi 4", "threads": 4, "slowdown": 6.5}, "prefix_mad_seconds": [[0, 0.1, 0.2], [0, 0, 0]], "model")"),
      "e");
  CHECK(noted.notes.environment ==
        std::vector<std::pair<std::string, std::string>>{{"device", "Pi 4"}, {"slowdown", "6.5"}, {"threads", "4"}});
  CHECK(noted.notes.prefix_mad == std::vector<std::vector<seconds>>{{0_s, 100_ms, 200_ms}, {0_s, 0_s, 0_s}});
  CHECK(parse_noted_profile(good, "e").notes == profile_notes{});
}

TEST_CASE("a profile survives a file to the last bit", "[profile]") {
  temporary_folder const folder;
  std::mt19937_64 engine{3};
  auto const time = [&] { return seconds{static_cast<double>(engine() >> 11) * 0x1p-60}; };
  std::vector<batch_times> times;
  for (std::uint64_t const batch : {1U, 2U, 16U})
    times.push_back({batch_size{batch}, {0_s, time(), time(), time()}, {time(), time(), time(), 0_s}});
  profile const measured{"net \"quoted\" \xc3\xa9", 602112_B, {{"a", 1_B}, {"b\n", 2_B}, {"c", 3_B}}, times};
  profile_notes const notes{{{"device", "a CPU"}, {"threads", "2"}},
                            {{0_s, time(), time(), time()}, {0_s, 1_s, 2_s, 3_s}, {0_s, 1_s, 1_s, 1_s}}};
  write_profile(folder / "p.json", measured, notes);
  noted_profile const read = read_noted_profile(folder / "p.json");
  CHECK(read.notes == notes);
  CHECK(read.profile.name() == measured.name());
  CHECK(read.profile.layers()[1].name() == "b\n");
  for (std::size_t b = 0; b < times.size(); ++b) {
    CHECK(read.profile.measured()[b].batch == times[b].batch);
    CHECK(read.profile.measured()[b].prefix == times[b].prefix);
    CHECK(read.profile.measured()[b].suffix == times[b].suffix);
  }
  CHECK(profile_json(read.profile, read.notes) == profile_json(measured, notes));
}

TEST_CASE("a written profile can be read by people", "[profile]") {
  CHECK(profile_json(parse_profile(good, "e"), {{{"site", "device"}}, {}}) == R"({
  "schema": "dsc.profile/1",
  "model": "net",
  "input_bytes": 100,
  "environment": {"site": "device"},
  "layers": [{"name": "a", "output_bytes": 50}, {"name": "b", "output_bytes": 10}],
  "batches": [1, 4],
  "prefix_seconds": [[0.0, 1.0, 2.5], [0.0, 3.0, 8.0]],
  "suffix_seconds": [[2.5, 2.0, 0.0], [8.0, 6.0, 0.0]]
}
)");
}

TEST_CASE("names that are no UTF-8 are written readable", "[profile]") {
  profile const odd{"net \xff", 1_B, {{"a", 1_B}}, {{1_batch, {0_s, 1_s}, {}}}};
  CHECK(parse_profile(profile_json(odd), "e").layers().size() == 1);
}

struct refusal {
  std::optional<error_code> code;
  std::string sentence = "none";
  explicit refusal(std::string const& text) {
    try {
      (void)parse_noted_profile(text, "edge.json");
    } catch (error const& e) {
      code = e.code();
      sentence = e.what();
    }
  }
};

void check(std::string const& from, std::string const& to, error_code code, std::string const& place) {
  refusal const complaint{with(from, to)};
  CAPTURE(from, to, complaint.sentence);
  CHECK(complaint.code == code);
  CHECK_THAT(complaint.sentence, Contains("edge.json: ") && Contains(place));
  CHECK(complaint.sentence.find('\n') == std::string::npos);
}

TEST_CASE("what is no profile is a bad file", "[profile]") {
  for (std::string const text : {"", "garbage", "{", "[1, 2", "\xff\xfe", "{\"schema\": \"dsc.profile/1\"}}", "null",
                                 "[]", "7", "{}", R"({"schema": 1})"}) {
    refusal const complaint{text};
    CAPTURE(text, complaint.sentence);
    CHECK(complaint.code == errc::bad_file);
    CHECK_THAT(complaint.sentence, Contains("edge.json: "));
  }
  for (std::size_t n = 0; n + 2 < good.size(); ++n) CHECK(refusal{good.substr(0, n)}.code == errc::bad_file);
  check("dsc.profile/1", "dsc.profile/2", errc::bad_file, "schema must be 'dsc.profile/1', but is 'dsc.profile/2'");
  check("dsc.profile/1", "dsc.plan/1", errc::bad_file, "schema");
  check("2.5]", "NaN]", errc::bad_file, "is no JSON at line 7");
  check("2.5]", "1e999]", errc::bad_file, "'prefix_seconds' holds a number too large");
  check("100", "-1e999", errc::bad_file, "'input_bytes'");
}

TEST_CASE("deep nesting is refused", "[profile]") {
  refusal const lists{with("100", std::string(100'000, '[') + std::string(100'000, ']'))};
  CHECK(lists.code == errc::bad_file);
  CHECK_THAT(lists.sentence, Contains("edge.json: the value of 'input_bytes' is nested"));
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  CHECK(refusal{objects}.code == errc::bad_file);
}

TEST_CASE("keys that stand twice in an object are named", "[profile]") {
  check("\"model\"", "\"input_bytes\": 3, \"model\"", errc::bad_profile, "document has the key 'input_bytes' twice");
  check("\"name\": \"b\"", "\"name\": \"c\", \"name\": \"b\"", errc::bad_profile,
        "edge.json: layers[1] has the key 'name' twice; leave one of them out");
  check("\"model\"", R"("note": [[], {"a": {"b": 1, "c": [{"b": 2}], "b": 3}}], "model")", errc::bad_profile,
        "note[1].a has the key 'b' twice");
  check("\"model\"", "\"schema\": \"dsc.profile/1\", \"model\"", errc::bad_profile, "has the key 'schema' twice");
  CHECK(parse_profile(with("\"model\"", R"("note": [{"a": 1}, {"a": {"a": 2}}], "a": 3, "model")"), "e").name() ==
        "net");
}

TEST_CASE("a profile is read in time that grows with its layers and no faster", "[profile]") {
  auto const text = [](std::size_t layers) {
    std::string list, times = "0";
    for (std::size_t i = 0; i < layers; ++i) {
      list += (i == 0 ? "" : ",") + std::string{R"({"name": "l)"} + std::to_string(i) + R"(", "output_bytes": 1})";
      times += ",1";
    }
    return R"({"schema": "dsc.profile/1", "model": "net", "input_bytes": 1, "layers": [)" + list +
           R"(], "batches": [1], "prefix_seconds": [[)" + times + "]]}";
  };
  auto const seconds_for = [&](std::size_t layers) {
    std::string const document = text(layers);
    auto const start = std::chrono::steady_clock::now();
    CHECK(parse_profile(document, "e").layer_count() == layers);
    return seconds{std::chrono::steady_clock::now() - start}.count();
  };
  double const short_time = seconds_for(2'000);
  CHECK(seconds_for(100'000) < 50 * 5 * short_time + 1.0);
}

TEST_CASE("keys that are missing are named", "[profile]") {
  for (std::string const key : {"model", "input_bytes", "layers", "batches", "prefix_seconds"})
    check("\"" + key + "\"", "\"other\"", errc::bad_profile, "has no '" + key + "'");
  check("\"schema\"", "\"other\"", errc::bad_file, "has no 'schema'");
  check("\"name\": \"b\", ", "", errc::bad_profile, "layers[1] has no 'name'");
  check(", \"output_bytes\": 50", "", errc::bad_profile, "layers[0] has no 'output_bytes'");
}

TEST_CASE("values of the wrong type are named", "[profile]") {
  check("\"net\"", "7", errc::bad_profile, "model must be a text, but is a number");
  check("100", "\"100\"", errc::bad_profile, "input_bytes must be a number, but is a text");
  check("100", "true", errc::bad_profile, "input_bytes must be a number");
  check("[1, 4]", "4", errc::bad_profile, "batches must be a list, but is a number");
  check("[1, 4]", "{\"a\": 1}", errc::bad_profile, "batches must be a list, but is an object");
  check("{\"name\": \"a\", \"output_bytes\": 50}", "\"a\"", errc::bad_profile, "layers[0] must be an object");
  check("[0, 3, 8]", "3", errc::bad_profile, "prefix_seconds[1] must be a list");
  check("[0, 3, 8]", "[0, null, 8]", errc::bad_profile, "prefix_seconds[1][1] must be a number, but is null");
  check("[0, 3, 8]", "[0, \"3\", 8]", errc::bad_profile, "prefix_seconds[1][1] must be a number, but is a text");
  check("\"model\"", "\"environment\": [], \"model\"", errc::bad_profile, "environment must be an object");
}

TEST_CASE("bytes and batch sizes that cannot be are named", "[profile]") {
  for (std::string const bad : {"0", "-100", "0.5", "1e300", "18446744073709551616"})
    check("100", bad, errc::bad_profile, "input_bytes must be a whole number of at least 1");
  check("50", "-50", errc::bad_profile, "layers[0].output_bytes must be a whole number");
  check("50", "49.5", errc::bad_profile, "layers[0].output_bytes must be a whole number");
  check("50", "0", errc::bad_profile, "layers[0].output_bytes must be a whole number");
  check("[1, 4]", "[0, 4]", errc::bad_profile, "batches[0] must be a whole number of at least 1");
  check("[1, 4]", "[4, 1]", errc::bad_profile, "batches[1] is not larger");
  check("[1, 4]", "[1, 1]", errc::bad_profile, "batches[1] is not larger");
  check("[1, 4]", "[]", errc::bad_profile, "batches must hold one");
  check("\"b\"", "\"a\"", errc::bad_profile, "layers[1].name is the name of an earlier layer");
  check(good.substr(good.find("[{"), good.find("}]") + 2 - good.find("[{")), "[]", errc::bad_profile,
        "layers must hold one");
}

TEST_CASE("times that cannot be are named", "[profile]") {
  check("[0, 3, 8]", "[0, -3, 8]", errc::bad_profile,
        "prefix_seconds[1][1] must be a finite number and not negative, but is -3");
  check("[0, 3, 8]", "[0, 3]", errc::bad_profile,
        "prefix_seconds[1] must hold 3 times, one more than layers, but holds 2");
  check("[0, 3, 8]", "[0, 3, 8, 9]", errc::bad_profile, "prefix_seconds[1] must hold 3 times");
  check(", [0, 3, 8]", "", errc::bad_profile, "prefix_seconds must hold one list per batch size, 2, but holds 1");
  check("[0, 3, 8]", "[1, 3, 8]", errc::bad_profile, "prefix_seconds must hold lists that are 0 at entry 0");
  check("[8, 6, 0]", "[8, 6, 1]", errc::bad_profile, "suffix_seconds must hold lists that are 0 at entry 2");
  check("[8, 6, 0]", "[8, 0]", errc::bad_profile, "suffix_seconds[1] must hold 3 times");
  check(", [8, 6, 0]", "", errc::bad_profile, "suffix_seconds must hold one list per batch size");
  check("\"model\"", "\"prefix_mad_seconds\": [[0, 1, 1]], \"model\"", errc::bad_profile,
        "prefix_mad_seconds must hold one list per batch size");
  check("\"model\"", "\"prefix_mad_seconds\": [[0, 1, 1], [0, 1, -1]], \"model\"", errc::bad_profile,
        "prefix_mad_seconds[1][2]");
}

TEST_CASE("profiles that cannot be read are named", "[profile]") {
  CHECK(code_of([] { (void)read_profile("/no/such/profile.json"); }) == errc::cannot_read);
  temporary_folder const folder;
  write_file(folder / "bad.json", "{}");
  CHECK_THROWS_WITH(read_profile(folder / "bad.json"),
                    Contains((folder / "bad.json").string()) && Contains("'schema'"));
  CHECK(code_of([&] { write_profile(folder / "none" / "p.json", parse_profile(good, "e")); }) == errc::cannot_write);
}

}  // namespace

#include "catch.hpp"

#include <algorithm>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>
#include <dsc/io/plan_json.hpp>
#include <dsc/io/run_json.hpp>
#include <dsc/model/zoo/models.hpp>

#include "console/printable.hpp"
#include "console/quantities.hpp"
#include "inputs/exif.hpp"
#include "inputs/normalization.hpp"
#include "inputs/resample.hpp"
#include "io/temporary_folder.hpp"
#include "options/lists.hpp"
#include "options/numbers.hpp"
#include "options/spelling.hpp"
#include "planning/later_trace.hpp"
#include "planning/rate_range.hpp"
#include "planning/rate_walk.hpp"
#include "running/class_scores.hpp"
#include "running/strategies.hpp"
#include "support/toy_net.hpp"

using namespace dsc::literals;

namespace {

std::vector<double> megabytes(std::vector<dsc::data_rate> const& rates) {
  std::vector<double> values;
  for (dsc::data_rate const rate : rates) values.push_back(rate.bytes_per_second / 1e6);
  return values;
}

dsc::rate_piece piece(dsc::data_rate from, dsc::data_rate to, dsc::split_point split) {
  dsc::rate_piece between{};
  between.from_rate = from;
  between.to_rate = to;
  between.split = split;
  return between;
}

}  // namespace

TEST_CASE("ranges include both ends") {
  CHECK(megabytes(dsc::cli::rates_in("1:10:4", "--rates")) == std::vector<double>{1, 5, 9, 10});
  CHECK(megabytes(dsc::cli::rates_in("0.5,2:3", "--rates")) == std::vector<double>{0.5, 2, 3});
  CHECK(dsc::cli::rates_in("0.1:1:0.1", "--rates").size() == 10);
  CHECK(dsc::cli::rates_in("0.1:1:0.1", "--rates").back() == 1_MBps);
  CHECK(dsc::cli::rates_in("7:7", "--rates") == std::vector{7_MBps});
  CHECK(megabytes(dsc::cli::rates_in("8Mbit,16Mbit:32Mbit:8Mbit,16:32:8Mbit,1MB/s", "--rates")) ==
        std::vector<double>{1, 2, 3, 4, 2, 3, 4, 1});
  CHECK(megabytes(dsc::cli::rates_in("8:24Mbit", "--rates")) == std::vector<double>{1, 1.125, 1.25, 1.375, 1.5, 1.625,
                                                                                    1.75, 1.875, 2, 2.125, 2.25, 2.375,
                                                                                    2.5, 2.625, 2.75, 2.875, 3});
  CHECK(dsc::cli::rate_in("300kB/s", "--rate") == dsc::data_rate{300e3});
  CHECK(dsc::cli::rate_unit_in("kbit/s", "--trace-unit") == dsc::data_rate{125.0});
  CHECK(dsc::cli::batches_in("8,1:3", "--batches") == std::vector{8_batch, 1_batch, 2_batch, 3_batch});
  CHECK(dsc::cli::sorted_batches_in("8,1:3,2", "--batches") == std::vector{1_batch, 2_batch, 3_batch, 8_batch});
}

TEST_CASE("splits are a filter or a list") {
  using splits = std::vector<dsc::split_point>;
  auto const in = [](std::string_view text) { return dsc::cli::splits_in(text, "--splits"); };
  CHECK(std::get<dsc::split_filter>(in("undominated")) == dsc::undominated);
  CHECK(std::get<dsc::split_filter>(in("all")) == dsc::every_split);
  CHECK(std::get<splits>(in("7,0,2:4,3")) == splits{dsc::split_point{0}, dsc::split_point{2}, dsc::split_point{3},
                                                    dsc::split_point{4}, dsc::split_point{7}});
}

TEST_CASE("what is no list of numbers above 0 is refused") {
  for (char const* const text : {"", "0", "-1", "nan", "inf", "1,", "1:", "3:1", "1:2:3:4", "1:2:0", "one", "1 2",
                                 "1:1e9:1e-3", "40MBPS", "5M", "1Mbit:5x"})
    CHECK_THROWS_AS(dsc::cli::rates_in(text, "--rates"), dsc::error);
  for (char const* const text : {"1.5", "0", "1e9"})
    CHECK_THROWS_AS(dsc::cli::batches_in(text, "--batches"), dsc::error);
}

TEST_CASE("shapes are whole numbers with an x between them") {
  CHECK(dsc::cli::shape_in("3x224x224", "--input") == dsc::shape{3, 224, 224});
  CHECK(dsc::cli::shape_in("16", "--input") == dsc::shape{16});
  for (char const* const text :
       {"", "3x", "x3", "3x0", "3x-1", "3X4", "3,4", "3 x4", "3.0x4", "99999999999", "1x1x1x1x1x1x1x1"})
    CHECK_THROWS_AS(dsc::cli::shape_in(text, "--input"), dsc::error);
}

TEST_CASE("a trace that begins later is the same trace") {
  std::vector<dsc::rate_sample> const samples{{0_s, 4_MBps}, {1_s, 0_MBps}, {2.5_s, 9_MBps}, {4_s, 1_MBps}};
  for (dsc::trace_end const end : {dsc::trace_end::loop, dsc::trace_end::hold}) {
    dsc::rate_trace const trace{samples, end, {.latency = 3_ms, .return_latency = 2_ms}};
    for (double const start : {0.0, 0.3, 1.0, 2.5, 3.999, 4.0, 5.2, 5.5, 13.7}) {
      dsc::rate_trace const rest = dsc::cli::later(trace, dsc::seconds{start});
      CHECK(rest.parameters().latency == 3_ms);
      for (double t = 0.0005; t < 23.0; t += 0.0103) {
        INFO("start " << start << ", t " << t);
        CHECK(rest.rate_at(dsc::seconds{t}) == trace.rate_at(dsc::seconds{start + t}));
      }
    }
  }
}

TEST_CASE("a round of a trace is as long whenever it begins, though tenths of a second are no whole binary fractions") {
  std::vector<dsc::rate_sample> samples;
  for (int i = 0; i < 10; ++i) samples.push_back({dsc::seconds{i / 10.0}, dsc::data_rate{1e6 * (i + 1)}});
  dsc::rate_trace const trace{samples, dsc::trace_end::loop};
  for (int tenth = 1; tenth < 600; ++tenth) {
    INFO("begun after " << tenth << " tenths of a second");
    dsc::rate_trace const rest = dsc::cli::later(trace, dsc::seconds{tenth * 0.1});
    CHECK(rest.length().count() == Approx(1.0));
    CHECK(rest.rate_at(dsc::seconds{0.05}) == trace.rate_at(dsc::seconds{(tenth % 10) / 10.0 + 0.05}));
    CHECK(rest.rate_at(dsc::seconds{7.55}) == trace.rate_at(dsc::seconds{((tenth + 5) % 10) / 10.0 + 0.05}));
  }
}

TEST_CASE("a walk of rates has the mean that was asked for, and is the same for a seed") {
  auto const walk = dsc::cli::rate_walk(600, 12_MBps, 7);
  double sum = 0.0;
  std::size_t outages = 0;
  for (dsc::rate_sample const& one : walk) {
    sum += one.rate.bytes_per_second;
    outages += one.rate == 0_MBps ? 1 : 0;
  }
  CHECK(sum / 600.0 == Approx(12e6).epsilon(1e-3));
  CHECK(outages > 0);
  CHECK(outages < 60);
  CHECK(walk == dsc::cli::rate_walk(600, 12_MBps, 7));
  CHECK(walk != dsc::cli::rate_walk(600, 12_MBps, 8));
}

TEST_CASE("a run of one's own session is one that the report reads") {
  struct always {
    dsc::split_point split;
    dsc::decision decide(dsc::batch_size) const {
      dsc::decision decided{};
      decided.plan.split = split;
      decided.rate = 3_MBps;
      return decided;
    }
  };
  toy_net const net{{64, 128, 32, 8, 4}};
  dsc::tail_service tails{net};
  dsc::emulated_link link{dsc::fixed_rate{3_MBps}, tails};
  dsc::session session{net, always{2_split}, link};
  dsc::run_document run{.model = "toy", .rate = 3_MBps, .strategies = {{"mine", 2_split}}};
  for (std::uint64_t i = 1; i <= 3; ++i) {
    auto const [output, record] = session.infer(std::vector<float>(64 * i, 0.5F));
    run.requests.push_back({.number = i, .time = dsc::seconds{static_cast<double>(i)}, .record = record});
  }
  dsc::run_document const read = dsc::parse_run(dsc::run_json(run), "own.json");
  CHECK(read.model == "toy");
  CHECK(read.input_type.empty());
  CHECK_FALSE(read.device_slowdown);
  REQUIRE(read.strategies.size() == 1);
  CHECK(read.strategies[0].name == "mine");
  CHECK(read.strategies[0].split == 2_split);
  CHECK(dsc::summaries(read)[0].mean == dsc::summaries(run)[0].mean);
  REQUIRE(read.requests.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(read.requests[i].number == i + 1);
    dsc::inference_record const& record = read.requests[i].record;
    CHECK(record.batch == dsc::batch_size{i + 1});
    CHECK(record.decided.rate == 3_MBps);
    CHECK(record.decided.plan.split == 2_split);
    CHECK(record.total == run.requests[i].record.total);
    CHECK(record.observed == run.requests[i].record.observed);
  }
}

TEST_CASE("a plan's file is a strategy of its own") {
  dsc::test::temporary_folder const folder;
  dsc::cli::model_description const b0 = dsc::cli::description_of(dsc::zoo::efficientnet_b0);
  dsc::plan_document plans{.model = "efficientnet_b0", .layers = 20};
  plans.policies.push_back({1_batch, {piece(0_Bps, 1_MBps, 20_split), piece(1_MBps, dsc::unlimited, 5_split)}});
  dsc::write_plan(folder / "mine.json", plans);
  std::string const name = "policy:" + (folder / "mine.json").string();
  auto const strategies_of = [&](std::string const& text, dsc::cli::candidate_options const& limits = {}) {
    return dsc::cli::strategies_of(dsc::cli::strategies_in(text, "--strategy"), b0, limits);
  };
  auto const strategies = strategies_of("dynamic," + name + ",static:3");
  REQUIRE(strategies.size() == 3);
  CHECK(strategies[0].is_dynamic());
  CHECK(strategies[1].name == name);
  REQUIRE(strategies[1].policy);
  CHECK(dsc::split_at(*strategies[1].policy, 1_batch, 2_MBps) == 5_split);
  CHECK_FALSE(strategies[1].is_dynamic());
  CHECK_FALSE(strategies[2].policy);

  CHECK_THROWS_WITH(strategies_of(name, {.max_split = 8_split}), Catch::Contains("splits at 20"));
  CHECK_THROWS_WITH(strategies_of("local", {.max_split = 8_split}), Catch::Contains("'local' splits at 20"));
  CHECK_THROWS_WITH(strategies_of("offload", {.min_split = 1_split}), Catch::Contains("'offload' splits at 0"));
  CHECK_THROWS_WITH(strategies_of("policy:none.json"), Catch::Contains("none.json"));
  plans.layers = 21;
  dsc::write_plan(folder / "mine.json", plans);
  CHECK_THROWS_WITH(strategies_of(name), Catch::Contains("21 layers"));
}

TEST_CASE("strategies are named before there is a model") {
  using dsc::cli::strategy_kind;
  auto const choices = dsc::cli::strategies_in("dynamic,local,offload,static:7,policy:a:b.json", "--strategy");
  REQUIRE(choices.size() == 5);
  CHECK(choices[0].kind == strategy_kind::dynamic);
  CHECK(choices[1].kind == strategy_kind::local);
  CHECK(choices[2].kind == strategy_kind::offload);
  CHECK((choices[3].kind == strategy_kind::fixed && choices[3].split == 7_split));
  CHECK((choices[4].kind == strategy_kind::policy && choices[4].policy_file == "a:b.json"));
  CHECK(dsc::cli::strategies_in("all", "--strategy").empty());
  for (char const* const text :
       {"", "static:", "static:x", "static:-1", "static:1.5", "policy:", "all,local", "dynamic,"})
    CHECK_THROWS_AS(dsc::cli::strategies_in(text, "--strategy"), dsc::error);
  auto const all =
      dsc::cli::strategies_of({}, dsc::cli::description_of(dsc::zoo::efficientnet_b0), {.min_split = 4_split});
  std::vector<std::string> names;
  for (dsc::cli::strategy const& strategy : all) names.push_back(strategy.name);
  CHECK(names == std::vector<std::string>{"dynamic", "local", "static:5", "static:7", "static:13"});
}

TEST_CASE("single numbers are read with their bounds") {
  using namespace dsc::cli;
  CHECK(whole_number_in("18446744073709551615", "--seed", 0, UINT64_MAX) == UINT64_MAX);
  for (char const* const text : {"", "0", "-1", "+1", "1.0", "0x3", "1e3", " 1", "18446744073709551616"})
    CHECK_THROWS_WITH(whole_number_in(text, "--repeats", 1, UINT64_MAX),
                      Catch::Contains("--repeats '" + std::string{text} + "' must be a whole number of 1 or more"));
  CHECK_THROWS_WITH(whole_number_in("1000001", "--seconds", 1, 1000000), Catch::Contains("from 1 to 1000000"));
  CHECK(ms_in("2.5", "--latency") == 2.5_ms);
  CHECK(seconds_in("2.5", "--interval", 3_s) == 2.5_s);
  CHECK(percent_in("5", "--min-gain") == 0.05);
  CHECK(factor_in("1e-6", "--load", 1e-6, "") == 1e-6);
  for (char const* const text : {"", "-1", "nan", "inf", "1e300", "1e999", "5ms"}) {
    CHECK_THROWS_AS(ms_in(text, "--latency"), dsc::error);
    CHECK_THROWS_AS(seconds_in(text, "--interval", 3_s), dsc::error);
    CHECK_THROWS_AS(percent_in(text, "--min-gain"), dsc::error);
    CHECK_THROWS_WITH(factor_in(text, "--load", 1.0, "so it is"), Catch::Contains("from 1 to 1000000; so it is"));
  }
  CHECK_THROWS_WITH(ms_in(std::string(100, '9'), "--latency"),
                    Catch::Contains("999...' must be a number of milliseconds"));
}

TEST_CASE("a split is a number of layers or a layer's name") {
  CHECK(std::get<dsc::split_point>(dsc::cli::split_in("12", "--split")) == 12_split);
  for (char const* const text : {"features.3", "2.0", "-1", "99999999999999999999"})
    CHECK(std::get<std::string>(dsc::cli::split_in(text, "--split")) == text);
}

TEST_CASE("a long list of batch sizes is shown by its beginning") {
  CHECK(dsc::cli::batch_list(dsc::cli::batches_in("1,2,4", "--batch")) == "1, 2, 4");
  CHECK(dsc::cli::batch_list(dsc::cli::batches_in("1:12", "--batch")).ends_with(", 11, 12"));
  CHECK(dsc::cli::batch_list(dsc::cli::batches_in("1:100", "--batch")).ends_with(", 11, 12 and 88 more"));
}

TEST_CASE("rates are chosen around those at which the best split changes") {
  auto const between = [](dsc::data_rate low, dsc::data_rate high) {
    return std::vector<dsc::batch_policy>{
        {1_batch, {piece(0_Bps, low, 2_split), piece(low, high, 1_split), piece(high, dsc::unlimited, 0_split)}}};
  };
  auto const rates = dsc::cli::rates_around(between(dsc::data_rate{302e3}, dsc::data_rate{375e3}));
  CHECK(rates.front() == dsc::data_rate{3e4});
  CHECK(rates.back() == 4_MBps);
  CHECK(std::ranges::is_sorted(rates));
  CHECK(std::ranges::adjacent_find(rates) == rates.end());
  CHECK(rates.size() == 100);
  auto const wide = dsc::cli::rates_around(between(265_Bps, 10.4_MBps));
  CHECK(wide.front() == 20_Bps);
  CHECK(wide.back() == 200_MBps);
  // Where two sites are equal but for rounding, a switching rate may be anything.
  CHECK(dsc::cli::rates_around(between(1_MBps, dsc::data_rate{1e18})).back() == 10_MBps);
  CHECK(dsc::cli::rates_around({}).front() == 1_MBps);
  CHECK(dsc::cli::rates_around({}).back() == 127_MBps);
}

TEST_CASE("outages are rates of a plan") {
  CHECK(megabytes(dsc::cli::rates_or_outages_in("0,1:2,0.0", "--rates")) == std::vector<double>{0, 1, 2, 0});
  for (char const* const text : {"", "0,", "-0.1", "0,fast", "0,-1"})
    CHECK_THROWS_AS(dsc::cli::rates_or_outages_in(text, "--rates"), dsc::error);
}

TEST_CASE("what could steer a terminal is escaped, and text is not") {
  using dsc::cli::printable;
  CHECK(printable("features.3.0 äöü € \U0001F600") == "features.3.0 äöü € \U0001F600");
  CHECK(printable("\x1b[2J\a\t\r\n\x7f") == R"(\x1b[2J\x07\t\r\n\x7f)");
  CHECK(printable("\xc2\x9b"
                  "1m") == R"(\u009b1m)");
  CHECK(printable("\xff \xc0\x80 \xe2\x82 \xed\xa0\x80 \xf5") == R"(\xff \xc0\x80 \xe2\x82 \xed\xa0\x80 \xf5)");
  CHECK(dsc::cli::printable_lines("a\nb\t") == "a\nb\\t");
}

TEST_CASE("a wrong word brings the names next to it") {
  std::vector<std::string_view> const names{"models", "inspect", "run"};
  CHECK(dsc::cli::near_names("modelz", names) == std::vector<std::string_view>{"models"});
  CHECK(dsc::cli::near_names("foo", names).empty());
  CHECK(dsc::cli::near_names("rum", names) == std::vector<std::string_view>{"run"});
}

namespace {

// A JPEG's head with nothing in it but an orientation, in either order of bytes.
std::string jpeg_turned(char orientation, bool little) {
  using namespace std::string_literals;
  std::string const tiff = little ? "II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0"s + orientation + "\0\0\0"s
                                  : "MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"s + orientation + "\0\0"s;
  std::string const content = "Exif\0\0"s + tiff;
  std::string const jfif = "\xff\xe0\0\x04zz"s;
  return "\xff\xd8"s + jfif + "\xff\xe1\0"s + static_cast<char>(content.size() + 2) + content + "\xff\xda\0\x02"s;
}

// One level per pixel, the same in all channels.
dsc::cli::picture grey(std::size_t width, std::size_t height, std::vector<int> const& levels) {
  dsc::cli::picture made{width, height, {}};
  for (int const level : levels) made.levels.insert(made.levels.end(), 3, static_cast<std::uint8_t>(level));
  return made;
}

std::vector<int> levels_of(dsc::cli::picture const& of) {
  std::vector<int> levels;
  for (std::size_t i = 0; i < of.levels.size(); i += 3) levels.push_back(of.levels[i]);
  return levels;
}

}  // namespace

TEST_CASE("EXIF says how a photo is turned") {
  for (bool const little : {false, true})
    for (char orientation = 1; orientation <= 8; ++orientation)
      CHECK(dsc::cli::exif_orientation(jpeg_turned(orientation, little)) == orientation);
  CHECK(dsc::cli::exif_orientation(jpeg_turned(9, true)) == 1);
  std::string const whole = jpeg_turned(6, false);
  for (std::size_t n = 0; n < whole.size() - 4; ++n) {
    int const cut = dsc::cli::exif_orientation(std::string_view{whole}.substr(0, n));
    CHECK((cut == 1 || cut == 6));
  }
  CHECK(dsc::cli::exif_orientation("\x89PNG") == 1);
}

TEST_CASE("photos are turned upright") {
  // Eight ways in which a camera stores 1 2 3 above 4 5 6.
  std::vector<int> const upright{1, 2, 3, 4, 5, 6};
  auto const turned = [](int orientation, std::size_t width, std::vector<int> const& levels) {
    return levels_of(dsc::cli::upright(grey(width, 6 / width, levels), orientation));
  };
  CHECK(turned(1, 3, upright) == upright);
  CHECK(turned(2, 3, {3, 2, 1, 6, 5, 4}) == upright);
  CHECK(turned(3, 3, {6, 5, 4, 3, 2, 1}) == upright);
  CHECK(turned(4, 3, {4, 5, 6, 1, 2, 3}) == upright);
  CHECK(turned(5, 2, {1, 4, 2, 5, 3, 6}) == upright);
  CHECK(turned(6, 2, {3, 6, 2, 5, 1, 4}) == upright);
  CHECK(turned(7, 2, {6, 3, 5, 2, 4, 1}) == upright);
  CHECK(turned(8, 2, {4, 1, 5, 2, 6, 3}) == upright);
}

TEST_CASE("pictures are resized by means of what they cover, and cut to their middle") {
  using namespace dsc::cli;
  CHECK(levels_of(resized(grey(4, 1, {0, 100, 200, 100}), 4, 1)) == std::vector<int>{0, 100, 200, 100});
  // Weights of Pillow for a half: 1/8 3/8 3/8 1/8, at the edges without what is outside.
  CHECK(levels_of(resized(grey(4, 1, {0, 70, 140, 210}), 2, 1)) == std::vector<int>{50, 160});
  CHECK(levels_of(resized(grey(1, 4, {0, 70, 140, 210}), 1, 2)) == std::vector<int>{50, 160});
  CHECK(levels_of(resized(grey(2, 1, {0, 100}), 4, 1)) == std::vector<int>{0, 25, 75, 100});
  CHECK(levels_of(middle_of(grey(4, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), 2, 1)) == std::vector<int>{6, 7});
  picture const wide = cropped(grey(8, 2, std::vector<int>(16, 9)), 4, 4, 256.0 / 224.0);
  CHECK((wide.width == 4 && wide.height == 4));
  CHECK(levels_of(wide) == std::vector<int>(16, 9));
}

TEST_CASE("levels are normalised as asked") {
  using namespace dsc::cli;
  CHECK(zero_to_one.of(255.0, 0) == 1.0F);
  CHECK(minus_one_to_one.of(0.0, 1) == -1.0F);
  CHECK(levels_as_they_are.of(200.0, 2) == 200.0F);
  CHECK(imagenet.of(255.0, 0) == Approx((1.0 - 0.485) / 0.229));
  CHECK(channel_values_in("0.5", "--mean") == std::array<double, 3>{0.5, 0.5, 0.5});
  CHECK(channel_values_in("1,2,3", "--mean") == std::array<double, 3>{1, 2, 3});
  for (char const* const text : {"", "1,2", "1,2,3,4", "a", "1,,3", "nan"})
    CHECK_THROWS_AS(channel_values_in(text, "--mean"), dsc::error);
}

TEST_CASE("the best classes come with their share") {
  using dsc::cli::best_classes;
  std::vector<float> const scores{1.0F, 3.0F, 2.0F};
  auto const best = best_classes(scores, 2);
  REQUIRE(best.size() == 2);
  CHECK(best[0].index == 1);
  CHECK(best[0].probability == Approx(0.6652).epsilon(1e-3));
  CHECK(best[1].index == 2);
  CHECK(best_classes(std::vector<float>{0.25F, 0.75F}, 1)[0].probability == Approx(0.75));  // are probabilities
  CHECK(best_classes(std::vector<float>{}, 5).empty());
}

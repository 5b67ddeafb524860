#include <dsc/plan/planner.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/cost/loaded.hpp>
#include <dsc/cost/profile.hpp>
#include <dsc/cost/roofline.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/model/zoo/models.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "small_network.hpp"

namespace {

using namespace dsc;
using namespace dsc::literals;
using namespace dsc::test;

constexpr planner<layer_times, layer_times> two_layer_planner(candidates<> const& limits = {}) {
  return {two_layers(), two_layer_sites(), limits};
}

static_assert(two_layer_planner().best(1_batch, fixed_rate{100_Bps}) ==
              plan{{0_split}, {.transfer = 1_s, .tail = seconds{0.5}}});
static_assert(two_layer_planner().best(1_batch, fixed_rate{50_Bps}) ==
              plan{{1_split}, {.head = 1_s, .transfer = 1_s, .tail = seconds{0.25}}});
static_assert(two_layer_planner().best(1_batch, fixed_rate{10_Bps}) == plan{{2_split}, {.head = 4_s}});
static_assert(two_layer_planner().policy(1_batch).size() == 3);

TEST_CASE("the best split moves with the rate", "[planner]") {
  auto const chooser = two_layer_planner();
  CHECK(chooser.best(1_batch, fixed_rate{100_Bps}).split == 0_split);
  CHECK(chooser.best(1_batch, fixed_rate{50_Bps}).split == 1_split);
  CHECK(chooser.best(1_batch, fixed_rate{10_Bps}).split == 2_split);
  CHECK(chooser.best(state{2_batch, 100_Bps, {}}).split == 1_split);
  CHECK(chooser.best(state{1_batch, 50_Bps, {.queueing_delay = 2_s}}).split == 2_split);
}

TEST_CASE("every term of the latency stands where it belongs", "[planner]") {
  link_parameters const parameters{.latency = seconds{0.125}, .return_latency = seconds{0.5}, .return_rate = 20_Bps};
  server_load const load{.slowdown = 2.0, .queueing_delay = 3_s};
  plan const predicted = two_layer_planner().predict(1_split, 2_batch, fixed_rate{50_Bps, parameters}, load);
  CHECK(predicted.split == 1_split);
  CHECK(predicted.latency.head == 1_s);
  CHECK(predicted.latency.transfer == seconds{2.125});
  CHECK(predicted.latency.queue == 3_s);
  CHECK(predicted.latency.tail == seconds{0.5});
  CHECK(predicted.latency.return_time == seconds{1.5});
  CHECK(predicted.latency.total() == seconds{8.125});
}

TEST_CASE("what runs locally is charged for neither link nor server", "[planner]") {
  link_parameters const parameters{.latency = 9_s, .return_latency = 9_s, .return_rate = 1_Bps};
  server_load const load{.slowdown = 9.0, .queueing_delay = 9_s};
  auto const chooser = two_layer_planner();
  plan const expected{{2_split}, {.head = 4_s}};
  CHECK(chooser.predict(2_split, 1_batch, fixed_rate{1_Bps, parameters}, load) == expected);
  CHECK(chooser.best(1_batch, fixed_rate{1_MBps, parameters}, load) == expected);
  CHECK(chooser.policy(1_batch, parameters, load).at(1_Bps).line == latency_line{{2_split}, 4_s, 0_B});
  CHECK(chooser.predict(2_split, 1_batch, no_channel{}) == expected);
}

TEST_CASE("heads take the device's times and tails the server's", "[planner]") {
  auto const costs = two_layer_planner().costs(1_batch);
  REQUIRE(costs.size() == 3);
  CHECK(costs[0].head == 0_s);
  CHECK(costs[0].tail == seconds{0.5});
  CHECK(costs[1].head == 1_s);
  CHECK(costs[1].tail == seconds{0.25});
  CHECK(costs[2].head == 4_s);
  CHECK(costs[2].tail == 0_s);
}

TEST_CASE("bytes are those of the element type that travels", "[planner]") {
  auto const camera = zoo::efficientnet_b0.with_input(element_type::uint8);
  roofline const device{camera, {.peak_flops = 1e10}}, server{camera, {.peak_flops = 6e10}};
  planner const chooser{camera, sites{device, server}, candidates{.filter = every_split}};
  auto const costs = chooser.costs(4_batch);
  CHECK(costs[0].payload == bytes{4 * 3 * 224 * 224});
  CHECK(costs[1].payload == bytes{4 * 32 * 112 * 112 * 4});
  CHECK(costs.back().payload == 0_B);
}

TEST_CASE("a measured tail is taken as it was measured, rising with depth or not", "[planner]") {
  profile const device{"net", 100_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 1_s, 4_s}, {}}}};
  profile const server{"net", 100_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 1_s, 2_s}, {2_s, 5_s, 0_s}}}};
  planner const chooser{device, sites{device, server}};
  CHECK(chooser.predict(0_split, 1_batch, fixed_rate{unlimited}).latency.tail == 2_s);
  CHECK(chooser.predict(1_split, 1_batch, fixed_rate{unlimited}).latency.tail == 5_s);
}

TEST_CASE("times that add up and times that are asked for give the same plans", "[planner]") {
  roofline const device{zoo::efficientnet_v2_s, {.peak_flops = 2e10, .memory_bandwidth = megabytes_per_second(8e3)}};
  roofline const server{zoo::efficientnet_v2_s,
                        {.peak_flops = 9e10, .memory_bandwidth = megabytes_per_second(2e4), .launch = 5_us}};
  planner const summed{zoo::efficientnet_v2_s, sites{device, server}};
  planner const asked{zoo::efficientnet_v2_s, sites{opaque{device}, opaque{server}}};
  for (batch_size const batch : {1_batch, 8_batch}) {
    policy const sums = summed.policy(batch), other = asked.policy(batch);
    REQUIRE(sums.size() == other.size());
    for (std::size_t i = 0; i < sums.size(); ++i) {
      CHECK(sums.pieces()[i].split == other.pieces()[i].split);
      CHECK(sums.pieces()[i].from_rate.bytes_per_second ==
            Approx(other.pieces()[i].from_rate.bytes_per_second).epsilon(1e-9));
    }
    for (data_rate const rate : {1_MBps, 20_MBps, 400_MBps}) {
      plan const mine = summed.best(batch, fixed_rate{rate}), theirs = asked.best(batch, fixed_rate{rate});
      CHECK(mine.split == theirs.split);
      CHECK(mine.latency.total().count() == Approx(theirs.latency.total().count()).epsilon(1e-12));
    }
  }
}

TEST_CASE("a load in the state and a loaded cost model say the same", "[planner]") {
  server_load const load{.slowdown = 3.0, .queueing_delay = 10_ms};
  roofline const device{zoo::efficientnet_b0, {.peak_flops = 1e10}}, server{zoo::efficientnet_b0, {.peak_flops = 6e10}};
  planner const idle{zoo::efficientnet_b0, sites{device, server}};
  planner const busy{zoo::efficientnet_b0, sites{device, loaded{server, load}}};
  for (std::size_t l = 0; l <= idle.layers(); ++l) {
    seconds const mine = idle.predict(split_point{l}, 2_batch, fixed_rate{5_MBps}, load).latency.total();
    CHECK(mine.count() ==
          Approx(busy.predict(split_point{l}, 2_batch, fixed_rate{5_MBps}).latency.total().count()).epsilon(1e-12));
  }
}

TEST_CASE("plans are made for any channel, a trace's moment too", "[planner]") {
  rate_trace const trace{{{0_s, 100_Bps}, {10_s, 0_Bps}, {100_s, 100_Bps}}};
  auto const chooser = two_layer_planner();
  CHECK(chooser.best(1_batch, trace.at(0_s)).split == 0_split);
  CHECK(chooser.best(1_batch, trace.at(20_s)).split == 2_split);
  CHECK(chooser.predict(0_split, 1_batch, trace.at(seconds{9.5})).latency.transfer == 91_s);
}

TEST_CASE("without a channel the best split is the one that needs none", "[planner]") {
  CHECK(two_layer_planner().best(1_batch, no_channel{}) == plan{{2_split}, {.head = 4_s}});
  CHECK(two_layer_planner().best(1_batch, fixed_rate{0_Bps}).split == 2_split);
  auto const confined = two_layer_planner({.max_split = 1_split});
  CHECK(code_of([&] { (void)confined.best(1_batch, no_channel{}); }) == errc::no_plan);
  CHECK(code_of([&] { (void)confined.best(1_batch, fixed_rate{0_Bps}); }) == errc::no_plan);
  CHECK(code_of([&] { (void)confined.policy(1_batch).at(0_Bps); }) == errc::no_plan);
}

TEST_CASE("undominated candidates follow batch and load", "[planner]") {
  auto const chooser = two_layer_planner();
  CHECK(chooser.splits(1_batch) == std::vector{0_split, 1_split, 2_split});
  CHECK(chooser.splits(1_batch, {.slowdown = 100.0}) == std::vector{2_split});
  CHECK(two_layer_planner({.filter = every_split}).splits(1_batch, {.slowdown = 100.0}).size() == 3);
}

TEST_CASE("no offloading stays a candidate however fast the server is", "[planner]") {
  planner const chooser{two_layers(), sites{layer_times{{50.0, 50.0}}, layer_times{{0.0, 0.0}}}};
  CHECK(chooser.splits(1_batch).back() == 2_split);
  CHECK(chooser.best(1_batch, no_channel{}).split == 2_split);
}

TEST_CASE("any split can be priced, allowed or not", "[planner]") {
  auto const confined = two_layer_planner({.min_split = 1_split, .max_split = 1_split});
  CHECK(confined.predict(0_split, 1_batch, fixed_rate{100_Bps}).latency.total() == seconds{1.5});
  std::vector const splits{2_split, 0_split};
  auto const lines = confined.lines(splits, 1_batch);
  REQUIRE(lines.size() == 2);
  CHECK(lines[0] == latency_line{{2_split}, 4_s, 0_B});
  CHECK(lines[1] == latency_line{{0_split}, seconds{0.5}, 100_B});
}

TEST_CASE("what makes no sense is refused", "[planner]") {
  auto const chooser = two_layer_planner();
  CHECK(code_of([&] { (void)chooser.best(batch_size{0}, fixed_rate{1_Bps}); }) == errc::bad_batch);
  CHECK(code_of([&] { (void)chooser.policy(batch_size{0}); }) == errc::bad_batch);
  CHECK(code_of([&] { (void)chooser.predict(3_split, 1_batch, fixed_rate{1_Bps}); }) == errc::bad_split);
  CHECK(code_of([&] { (void)chooser.lines(std::vector{3_split}, 1_batch); }) == errc::bad_split);
  CHECK(code_of([&] { (void)chooser.best(1_batch, fixed_rate{1_Bps}, {.slowdown = 0.0}); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)chooser.best(1_batch, fixed_rate{1_Bps}, {.slowdown = NAN}); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)chooser.best(1_batch, fixed_rate{1_Bps}, {.queueing_delay = seconds{-1.0}}); }) ==
        errc::bad_quantity);
  CHECK(code_of([&] { (void)chooser.policy(1_batch, {.latency = never}); }) == errc::bad_quantity);
  CHECK(code_of([&] { (void)chooser.best(state{1_batch, data_rate{-1.0}, {}}); }) == errc::bad_quantity);
  CHECK(code_of([] { planner{network_of(100, {}), two_layer_sites()}; }) == errc::bad_model);
  CHECK(code_of([] { planner{network_of(0, {50, 10}), two_layer_sites()}; }) == errc::bad_model);
  CHECK(code_of([] { planner{network_of(100, {0, 10}), two_layer_sites()}; }) == errc::bad_model);
  CHECK(code_of([] { (void)two_layer_planner({.min_split = 3_split}); }) == errc::bad_split);
}

// A whole policy at compile time, over all 83 layers of the largest model.
constexpr policy large_policy() {
  roofline const device{zoo::efficientnet_v2_l, {.peak_flops = 5e11}},
      server{zoo::efficientnet_v2_l, {.peak_flops = 3e12}};
  return planner{zoo::efficientnet_v2_l, sites{device, server}}.policy(8_batch);
}
constexpr bool is_a_policy(policy const& best) {
  data_rate reached{0.0};
  for (policy_piece const& piece : best) {
    if (piece.from_rate != reached || piece.to_rate <= reached) return false;
    reached = piece.to_rate;
  }
  return reached == unlimited && best.at(0_Bps).split.layers == 83 && best.at(unlimited).split == 0_split;
}
static_assert(large_policy().size() > 2);
static_assert(is_a_policy(large_policy()));

TEST_CASE("the policy of EfficientNetV2-L is the same at compile time and at run time", "[planner]") {
  CHECK(is_a_policy(large_policy()));
  static constexpr std::size_t pieces = large_policy().size();
  CHECK(large_policy().size() == pieces);
}

TEST_CASE("tails that were measured as tails are what offloading is charged with", "[planner]") {
  // A prefix of 6 s and a suffix of 4 s over the same layers: a head and a tail need not take the
  // same time.
  profile const server{"net", 100_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 3_s, 6_s}, {4_s, 1_s, 0_s}}}};
  profile const device{"net", 100_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 20_s, 50_s}, {45_s, 25_s, 0_s}}}};
  planner const plain{server, sites{device, server}};
  CHECK(plain.predict(0_split, 1_batch, fixed_rate{100_Bps}).latency.tail == 4_s);
  CHECK(plain.predict(1_split, 1_batch, fixed_rate{100_Bps}).latency.tail == 1_s);
  CHECK(plain.predict(2_split, 1_batch, fixed_rate{100_Bps}).latency == latency_breakdown{.head = 50_s});
  planner const slower{server, sites{device, scaled{server, 3.0}}};
  CHECK(slower.predict(0_split, 1_batch, fixed_rate{100_Bps}).latency.tail == 12_s);
  planner const queued{server, sites{device, loaded{server, server_load{.slowdown = 2.0, .queueing_delay = 1_s}}}};
  CHECK(queued.predict(0_split, 1_batch, fixed_rate{100_Bps}).latency.tail == 9_s);
}

TEST_CASE("a policy for the link of a channel is the policy for its terms", "[planner]") {
  auto const chooser = two_layer_planner();
  link_parameters const parameters{.latency = seconds{0.25}, .return_latency = seconds{0.5}, .return_rate = 20_Bps};
  policy const of_channel = chooser.policy(2_batch, fixed_rate{7_Bps, parameters});
  policy const of_parameters = chooser.policy(2_batch, parameters);
  REQUIRE(of_channel.size() == of_parameters.size());
  for (std::size_t i = 0; i < of_parameters.size(); ++i)
    CHECK(of_channel.pieces()[i].line == of_parameters.pieces()[i].line);
  CHECK(chooser.policy(1_batch, no_channel{}).size() == chooser.policy(1_batch).size());
}

TEST_CASE("the costs of another model are refused", "[planner]") {
  roofline const of_b0{zoo::efficientnet_b0, {.peak_flops = 1e12}};
  CHECK(code_of([&] { (void)planner{zoo::efficientnet_b7, sites{of_b0, of_b0}}; }) == errc::bad_model);
  CHECK(code_of([&] { (void)planner{zoo::efficientnet_b7, sites{scaled{of_b0, 2.0}, loaded{of_b0, {}}}}; }) ==
        errc::bad_model);
  profile const of_two{"net", 100_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 3_s, 6_s}, {}}}};
  CHECK(code_of([&] { (void)planner{zoo::efficientnet_b0, sites{of_b0, of_two}}; }) == errc::bad_model);
}

TEST_CASE("splits that never end are left out, by best and policy alike", "[planner]") {
  auto const chooser = two_layer_planner();
  link_parameters const no_way_back{.return_rate = 0_Bps};
  CHECK(chooser.best(1_batch, fixed_rate{100_MBps, no_way_back}).split == 2_split);
  CHECK(chooser.policy(1_batch, no_way_back).at(100_MBps).split == 2_split);
  CHECK(chooser.policy(1_batch, fixed_rate{1_MBps, no_way_back}).size() == 1);
  CHECK(code_of([&] { (void)two_layer_planner({.max_split = 1_split}).policy(1_batch, no_way_back); }) ==
        errc::no_plan);
}

TEST_CASE("costs of another network are refused", "[planner]") {
  profile const mine{"net", 100_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 1_s, 4_s}, {}}}};
  profile const other_size{"net", 100_B, {{"a", 60_B}, {"b", 10_B}}, {{1_batch, {0_s, 1_s, 4_s}, {}}}};
  profile const other_name{"net", 100_B, {{"a", 50_B}, {"c", 10_B}}, {{1_batch, {0_s, 1_s, 4_s}, {}}}};
  profile const other_input{"net", 400_B, {{"a", 50_B}, {"b", 10_B}}, {{1_batch, {0_s, 1_s, 4_s}, {}}}};
  for (profile const& other : {other_size, other_name}) {
    CHECK(code_of([&] { planner{mine, sites{mine, other}}; }) == errc::bad_model);
    CHECK(code_of([&] { planner{mine, sites{scaled{other, 2.0}, mine}}; }) == errc::bad_model);
    CHECK(code_of([&] { planner{mine, sites{mine, loaded{other, {}}}}; }) == errc::bad_model);
  }
  CHECK(planner{mine, sites{mine, other_input}}.layers() == 2);
}

TEST_CASE("a batch whose bytes do not fit 64 bits is refused, not planned for as less", "[planner]") {
  planner const wide{network_of(std::uint64_t{1} << 53, {10, 10}), two_layer_sites()};
  CHECK(wide.costs(batch_size{2047}).front().payload == bytes{(std::uint64_t{1} << 53) * 2047});
  CHECK(code_of([&] { wide.best(batch_size{2048}, fixed_rate{1_MBps}); }) == errc::bad_quantity);
  CHECK(code_of([&] { wide.policy(1'000'000_batch); }) == errc::bad_quantity);
}

TEST_CASE("payloads that are equal as floating-point numbers make no empty piece", "[planner]") {
  std::uint64_t const huge = std::uint64_t{1} << 60;
  planner const chooser{network_of(huge + 3, {huge + 2, huge + 1, 7}),
                        sites{layer_times{{1.0, 1.0, 9.0}}, layer_times{{1.0, 1.5, 1.0}}}};
  for (policy_piece const& piece : chooser.policy(1_batch)) CHECK(piece.from_rate < piece.to_rate);
}

// Everyone against everyone, as the definition says.
std::vector<split_point> undominated_by_definition(std::vector<split_costs> const& rows) {
  std::vector<split_point> kept;
  for (split_costs const& mine : rows) {
    bool beaten = false;
    for (split_costs const& other : rows) {
      seconds const theirs = other.head + other.tail + other.queue, ours = mine.head + mine.tail + mine.queue;
      beaten |= other.payload <= mine.payload && (other.split < mine.split ? theirs <= ours : theirs < ours);
    }
    if (!beaten) kept.push_back(mine.split);
  }
  return kept;
}

struct random_problem {
  small_network network{};
  layer_times device{}, server{};
};

// Few different sizes and times, so that there are many ties.
random_problem problem_of(std::size_t layers, std::uint64_t kinds, std::uint64_t seed) {
  auto const next = [&seed](std::uint64_t below) {
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (seed >> 33) % below;
  };
  random_problem problem;
  problem.network.input = bytes{1 + next(kinds)};
  for (std::size_t i = 0; i < layers; ++i) {
    problem.network.rows.push_back({bytes{1 + next(kinds)}});
    problem.device.each.push_back(0.25 * static_cast<double>(next(5)));
    problem.server.each.push_back(0.25 * static_cast<double>(next(3)));
  }
  return problem;
}

TEST_CASE("the undominated splits are those of the definition", "[planner]") {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    random_problem const problem = problem_of(1 + seed % 13, 2 + seed % 7, seed);
    planner const chooser{problem.network, sites{problem.device, problem.server}};
    REQUIRE(chooser.splits(1_batch) == undominated_by_definition(chooser.costs(1_batch)));
    REQUIRE(chooser.splits(2_batch, {.slowdown = 3.0, .queueing_delay = 1_s}) ==
            undominated_by_definition(chooser.costs(2_batch, {.slowdown = 3.0, .queueing_delay = 1_s})));
  }
}

TEST_CASE("a hundred thousand layers are planned for in no time", "[planner]") {
  random_problem const problem = problem_of(100'000, 1'000'000, 7);
  auto const start = std::chrono::steady_clock::now();
  planner const chooser{problem.network, sites{problem.device, problem.server}};
  std::vector<split_point> const kept = chooser.splits(1_batch);
  policy const best = chooser.policy(1_batch);
  seconds const taken = std::chrono::steady_clock::now() - start;
  CHECK(taken < 5_s);  // it took 20 s while it was quadratic
  for (policy_piece const& piece : best) CHECK(std::binary_search(kept.begin(), kept.end(), piece.split));
}

}  // namespace

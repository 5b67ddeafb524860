#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <map>
#include <string>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/plan/planner.hpp>

#include "../catch.hpp"
#include "../support/errors.hpp"
#include "brute_force.hpp"

namespace {

using namespace dsc;
using namespace dsc::test;

candidates<> limits_of(split_problem const& asked, split_filter filter = undominated) {
  return {.filter = filter, .min_split = split_point{asked.min_split}, .max_split = split_point{asked.max_split}};
}
link_parameters link_of(split_problem const& asked) {
  return {.latency = seconds{asked.latency},
          .return_latency = seconds{asked.return_latency},
          .return_rate = data_rate{asked.return_rate}};
}
server_load load_of(split_problem const& asked) {
  return {.slowdown = asked.slowdown, .queueing_delay = seconds{asked.queue}};
}

// What was seen, and the first thing that went wrong. Catch is asked once, at the end: it is too
// slow to be asked a million times.
struct tally {
  std::size_t states = 0, offloaded = 0, interior = 0, local = 0, impossible = 0, ties = 0, ties_at_a_switch = 0;
  std::map<std::string, std::size_t> kinds;  // of problems, by what is special about them
  std::string wrong;

  void count(split_problem const& asked, std::size_t split) {
    ++states;
    ++(split == 0 ? offloaded : split == asked.layers() ? local : interior);
  }
  void count_kinds(split_problem const& asked) {
    kinds["faster device"] += asked.head.back() < asked.tail[0];
    kinds["faster server"] += asked.head.back() > asked.tail[0];
    kinds["tails that rise with depth"] += !std::ranges::is_sorted(asked.tail, std::ranges::greater_equal{});
    kinds["small input"] += asked.size[0] < asked.size[1];
    kinds["private"] += asked.min_split == 1;
    kinds["smallest split"] += asked.min_split > 1;
    kinds["largest split"] += asked.max_split < asked.layers();
    kinds["latency"] += asked.latency > 0;
    kinds["return path"] += asked.return_latency > 0 && asked.return_rate < INFINITY;
    kinds["slowdown"] += asked.slowdown > 1;
    kinds["queue"] += asked.queue > 0;
    kinds["one layer"] += asked.layers() == 1;
    kinds["more than 60 layers"] += asked.layers() > 60;
  }
  void blame(std::string const& place, split_problem const& asked, double rate, std::size_t expected,
             std::size_t actual) {
    if (!wrong.empty()) return;
    wrong = place + " at rate " + std::to_string(rate) + ", L = " + std::to_string(asked.layers()) + ", batch " +
            std::to_string(asked.batch) + ": expected split " + std::to_string(expected) + ", found " +
            std::to_string(actual);
  }
};

bool among(policy const& pieces, std::size_t split) {
  return std::ranges::any_of(pieces, [=](policy_piece const& piece) { return piece.split.layers == split; });
}

// The smallest of several best splits may be missing in a policy where it is best at this one rate
// only.
bool ties_here_only(policy const& pieces, double rate, std::size_t smallest, double expected, double actual) {
  bool const at_switch = rate == INFINITY || std::ranges::any_of(pieces, [=](policy_piece const& piece) {
                           return piece.from_rate.bytes_per_second == rate;
                         });
  return expected == actual && at_switch && !among(pieces, smallest);
}

void check_rate(split_problem const& asked, bool exact, auto const& planner, policy const& pieces, double rate,
                tally& seen) {
  auto const expected = asked.best(rate);
  if (!expected) {
    ++seen.impossible;
    bool const both =
        code_of([&] {
          (void)planner.best(batch_size{asked.batch}, fixed_rate{data_rate{rate}, link_of(asked)}, load_of(asked));
        }) == errc::no_plan &&
        code_of([&] { (void)pieces.at(data_rate{rate}); }) == errc::no_plan;
    if (!both) seen.blame("no error", asked, rate, 0, 0);
    return;
  }
  seen.count(asked, expected->split);
  for (std::size_t l = expected->split + 1; l <= std::min(asked.layers(), asked.max_split); ++l)
    seen.ties += asked.latency_of(l, rate) == expected->seconds;

  plan const best = planner.best(batch_size{asked.batch}, fixed_rate{data_rate{rate}, link_of(asked)}, load_of(asked));
  if (!agree(best.latency.total().count(), expected->seconds))
    seen.blame("best: latency", asked, rate, expected->split, best.split.layers);
  bool const near = !exact && agree(asked.latency_of(best.split.layers, rate), expected->seconds);
  if (best.split.layers != expected->split && !near)
    seen.blame("best: split", asked, rate, expected->split, best.split.layers);

  policy_piece const& piece = pieces.at(data_rate{rate});
  double const latency = piece.line.at(data_rate{rate}).count(), truth = asked.latency_of(piece.split.layers, rate);
  if (!agree(latency, expected->seconds) || !agree(truth, expected->seconds))
    seen.blame("policy: latency", asked, rate, expected->split, piece.split.layers);
  if (piece.split.layers == expected->split || (!exact && agree(truth, expected->seconds))) return;
  if (!ties_here_only(pieces, rate, expected->split, expected->seconds, truth))
    seen.blame("policy: split", asked, rate, expected->split, piece.split.layers);
  ++seen.ties_at_a_switch;
}

void check_pieces(split_problem const& asked, policy const& pieces, tally& seen) {
  double reached = 0.0;
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    policy_piece const& piece = pieces.pieces()[i];
    auto const [from, to, split] = std::tuple{piece.from_rate, piece.to_rate, piece.split};
    bool const follows = from.bytes_per_second == reached && to > from &&
                         (i == 0 || split != pieces.pieces()[i - 1].split) && piece.line.split == split;
    if (!follows) seen.blame("policy: piece", asked, from.bytes_per_second, 0, split.layers);
    reached = to.bytes_per_second;
    double const middle = to == unlimited ? 2.0 * from.bytes_per_second + 1.0 : from.bytes_per_second / 2 + reached / 2;
    for (double const rate : {middle, from.bytes_per_second, std::nextafter(from.bytes_per_second, 0.0),
                              std::nextafter(from.bytes_per_second, INFINITY)}) {
      if (rate < 1e-300) continue;
      std::size_t const chosen = pieces.at(data_rate{rate}).split.layers;
      auto const expected = asked.best(rate);
      if (!agree(asked.latency_of(chosen, rate), expected->seconds))
        seen.blame("policy: near a switch", asked, rate, expected->split, chosen);
    }
  }
  if (reached != INFINITY) seen.blame("policy: upper end", asked, reached, 0, 0);
}

void check_network(dice& roll, random_network const& network, auto const& sites, tally& seen) {
  sized_model const model = model_of(network.size);
  for (int repeat = 0; repeat < 5; ++repeat) {
    split_problem asked = network.problem(roll.below(network.batches.size()));
    add_conditions(roll, network.exact, asked);
    planner const chooser{model, sites, limits_of(asked, repeat % 2 == 0 ? undominated : every_split)};
    policy const pieces = chooser.policy(batch_size{asked.batch}, link_of(asked), load_of(asked));
    seen.count_kinds(asked);
    check_pieces(asked, pieces, seen);
    for (int state = 0; state < 10; ++state)
      check_rate(asked, network.exact, chooser, pieces, random_rate(roll, network), seen);
  }
}

TEST_CASE("best and the policy are those of brute force on a million random states", "[brute force]") {
  dice roll{20220511};
  tally seen;
  for (int i = 0; i < 21'000; ++i) {
    bool const exact = i % 2 == 0, additive = i % 4 < 2;
    random_network const network{roll, exact, additive};
    if (additive)
      check_network(roll, network, sites{network.device, network.server}, seen);
    else
      check_network(roll, network, sites{network.device_profile(), network.server_profile()}, seen);
  }
  INFO(seen.states << " states: " << seen.offloaded << " offloaded, " << seen.interior << " in between, " << seen.local
                   << " local, " << seen.impossible << " without a plan, " << seen.ties_at_a_switch
                   << " with a tie that only one rate knows");
  CHECK(seen.wrong == "");
  CHECK(seen.states >= 1'000'000);
  CHECK(10 * seen.offloaded >= seen.states);
  CHECK(10 * seen.interior >= seen.states);
  CHECK(10 * seen.local >= seen.states);
  CHECK(seen.impossible > 0);
  CHECK(seen.ties > 5'000);
  CHECK(seen.ties_at_a_switch > 0);
  for (auto const& [kind, problems] : seen.kinds) {
    CAPTURE(kind);
    CHECK(problems > 1'000);
  }
}

// The least latency among the splits that are weighed in this state, by the oracle's own equation.
split_problem::choice best_among(std::vector<split_point> const& splits, split_problem const& asked, double rate) {
  split_problem::choice winner;
  for (split_point const split : splits)
    if (double const time = asked.latency_of(split.layers, rate); time < winner.seconds) winner = {split.layers, time};
  return winner;
}

TEST_CASE("undominated never loses", "[brute force]") {
  dice roll{7};
  tally seen;
  std::size_t kept = 0, all = 0;
  for (int i = 0; i < 4'000; ++i) {
    random_network const network{roll, i % 2 == 0, false};
    split_problem asked = network.problem(roll.below(3));
    add_conditions(roll, network.exact, asked);
    planner const chooser{model_of(network.size), sites{network.device_profile(), network.server_profile()},
                          limits_of(asked)};
    auto const splits = chooser.splits(batch_size{asked.batch}, load_of(asked));
    kept += splits.size();
    all += std::min(asked.max_split, asked.layers()) - asked.min_split + 1;
    for (int state = 0; state < 20; ++state) {
      double const rate = random_rate(roll, network);
      auto const expected = asked.best(rate);
      if (!expected) continue;
      auto const undominated = best_among(splits, asked, rate);
      seen.count(asked, expected->split);
      if (!agree(undominated.seconds, expected->seconds) || (network.exact && undominated.split != expected->split))
        seen.blame("undominated", asked, rate, expected->split, undominated.split);
    }
  }
  CHECK(seen.wrong == "");
  CHECK(kept < all / 2);
}

// A device that is no faster than the server under this load on any layer.
random_network with_slower_device(dice& roll, bool exact, double slowdown) {
  random_network network{roll, exact, true};
  for (std::size_t i = 0; i < network.layers(); ++i) {
    network.device.fixed[i] = std::max(network.device.fixed[i], slowdown * network.server.fixed[i]);
    network.device.per_sample[i] = std::max(network.device.per_sample[i], slowdown * network.server.per_sample[i]);
  }
  for (std::size_t b = 0; b < network.batches.size(); ++b)
    for (std::size_t l = 0; l < network.layers(); ++l)
      network.device_head[b][l + 1] =
          network.device_head[b][l] + network.device.layer_time(l, batch_size{network.batches[b]}).count();
  return network;
}

// Whether filtered candidates reach the optimum over all of them while the device is the slower
// site on every layer.
tally loses_nothing(split_filter filter, bool limited) {
  dice roll{filter == compressive ? 11u : 13u};
  tally seen;
  for (int i = 0; i < 10'000; ++i) {
    double const slowdown = roll.pick({0.5, 1.0, 2.0});
    random_network const network = with_slower_device(roll, i % 2 == 0, slowdown);
    split_problem asked = network.problem(roll.below(3));
    add_conditions(roll, network.exact, asked);
    asked.slowdown = slowdown;
    if (!limited) asked.min_split = 0;
    planner const chooser{model_of(network.size), sites{network.device, network.server}, limits_of(asked, filter)};
    for (int state = 0; state < 10; ++state) {
      double const rate = random_rate(roll, network);
      auto const expected = asked.best(rate);
      if (!expected) continue;
      plan const best =
          chooser.best(batch_size{asked.batch}, fixed_rate{data_rate{rate}, link_of(asked)}, load_of(asked));
      seen.count(asked, expected->split);
      bool const same = best.split.layers == expected->split || !network.exact;
      if (!same || !agree(best.latency.total().count(), expected->seconds))
        seen.blame("filter", asked, rate, expected->split, best.split.layers);
    }
  }
  return seen;
}

TEST_CASE("while the device is the slower site on every layer, the size-only filters lose nothing", "[brute force]") {
  CHECK(loses_nothing(compressive, true).wrong == "");
  CHECK(loses_nothing(compressive, false).wrong == "");
  CHECK(loses_nothing(natural, false).wrong == "");
}

}  // namespace

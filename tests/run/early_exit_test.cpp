#include "catch.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <string>

#include <dsc/dsc.hpp>
#include <dsc/emulation/emulated_link.hpp>
#include <dsc/emulation/tail_service.hpp>

#include "support/errors.hpp"
#include "support/toy_net.hpp"

using namespace dsc;
using dsc::test::code_of;
using namespace dsc::literals;

namespace {

using floats = std::vector<float>;

// A fully connected layer that learns by gradient descent.
struct dense {
  std::size_t in, out;
  floats weights, offsets;

  dense(std::size_t from, std::size_t to, unsigned seed) : in{from}, out{to}, weights(from * to), offsets(to) {
    for (float& w : weights) {
      seed = seed * 1664525U + 1013904223U;
      w = (static_cast<float>(seed >> 8U) / 8388608.0F - 1.0F) / std::sqrt(static_cast<float>(in));
    }
  }
  floats operator()(floats const& x) const {
    floats y = offsets;
    for (std::size_t o = 0; o < out; ++o)
      for (std::size_t i = 0; i < in; ++i) y[o] += weights[o * in + i] * x[i];
    return y;
  }
  // Steps down the slope, which it hands on to its input.
  floats learn(floats const& x, floats const& slope, float rate) {
    floats before(in);
    for (std::size_t o = 0; o < out; ++o) {
      for (std::size_t i = 0; i < in; ++i) {
        before[i] += weights[o * in + i] * slope[o];
        weights[o * in + i] -= rate * slope[o] * x[i];
      }
      offsets[o] -= rate * slope[o];
    }
    return before;
  }
};

floats positive(floats x) {
  for (float& v : x) v = std::max(0.0F, v);
  return x;
}
floats softmax(floats scores) {
  float const top = *std::ranges::max_element(scores);
  float sum = 0.0F;
  for (float& s : scores) sum += s = std::exp(s - top);
  for (float& s : scores) s /= sum;
  return scores;
}
std::size_t best_class(floats const& scores) {
  return static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
}

struct digit {
  floats pixels;
  std::size_t label;
};

std::vector<digit> digits() {
  std::ifstream file{DSC_TEST_DATA "/digits.txt"};
  std::vector<digit> list;
  for (std::string line; std::getline(file, line);) {
    digit next{floats(64), static_cast<std::size_t>(line.at(64) - '0')};
    for (std::size_t i = 0; i < 64; ++i) next.pixels[i] = static_cast<float>(line[i] - 'a') / 16.0F;
    list.push_back(std::move(next));
  }
  return list;
}

// Two hidden layers and the scores; behind the first hidden layer an exit of its own.
struct digits_net {
  struct row {
    std::string_view called;
    bytes size;
    std::string_view name() const { return called; }
    bytes output_bytes() const { return size; }
  };
  using tensor_type = floats;
  static constexpr std::array<row, 3> rows{row{"hidden 1", 128_B}, row{"hidden 2", 192_B}, row{"scores", 40_B}};

  dense first{64, 32, 1}, second{32, 48, 2}, last{48, 10, 3}, exit{32, 10, 4};

  bytes input_bytes() const { return 256_B; }
  std::span<row const> layers() const { return rows; }
  floats forward(floats x, layer_span span) const {
    for (split_point at = span.begin; at != span.end; ++at)
      x = at == 0_split ? positive(first(x)) : at == 1_split ? positive(second(x)) : last(x);
    return x;
  }
  std::optional<early_answer<floats>> early_exit(floats const& h, split_point split) const {
    if (split != 1_split) return std::nullopt;
    floats scores = exit(h);
    floats const shares = softmax(scores);
    double const confidence = *std::ranges::max_element(shares);
    return early_answer<floats>{std::move(scores), confidence};
  }

  void learn(digit const& sample, float rate) {
    floats const h = positive(first(sample.pixels)), g = positive(second(h));
    auto const slope_of = [&](floats const& scores) {
      floats slope = softmax(scores);
      slope[sample.label] -= 1.0F;
      return slope;
    };
    floats const at_exit = slope_of(exit(h));
    floats back = last.learn(g, slope_of(last(g)), rate);
    for (std::size_t i = 0; i < g.size(); ++i) back[i] *= g[i] > 0.0F ? 1.0F : 0.0F;
    back = second.learn(h, back, rate);
    floats const more = exit.learn(h, at_exit, rate);
    for (std::size_t i = 0; i < h.size(); ++i) back[i] = h[i] > 0.0F ? back[i] + more[i] : 0.0F;
    first.learn(sample.pixels, back, rate);
  }
};
static_assert(ExitingModel<digits_net> && !ExitingModel<toy_net>);

struct trained {
  digits_net net{};
  std::vector<digit> unseen{};
};

trained const& example() {
  static trained const once = [] {
    trained made;
    std::vector<digit> list = digits();
    REQUIRE(list.size() == 1797);
    std::vector<digit> seen;
    for (std::size_t i = 0; i < list.size(); ++i) (i % 5 == 0 ? made.unseen : seen).push_back(std::move(list[i]));
    for (int epoch = 0; epoch < 30; ++epoch)
      for (digit const& sample : seen) made.net.learn(sample, epoch < 20 ? 0.05F : 0.01F);
    return made;
  }();
  return once;
}

struct accuracy {
  std::size_t right = 0, all = 0;
  double exits = 0.0;
  seconds time{};

  void count(inference<floats> const& got, digit const& sample) {
    right += best_class(got.output) == sample.label ? 1 : 0;
    exits += got.record.exit_confidence ? 1.0 : 0.0;
    time += got.record.total;
    ++all;
  }
  double share() const { return static_cast<double>(right) / static_cast<double>(all); }
  seconds mean() const { return time / static_cast<double>(all); }
};

accuracy measured(exit_options const& exits, emulated_link& link) {
  session device{example().net,
                 fixed_split{1_split, {.transfer = 25_ms}},
                 link,
                 {.hedge = hedge::never_before(5_s), .exits = exits}};
  accuracy all;
  for (std::size_t i = 0; i < 60; ++i) all.count(device.infer(example().unseen[i].pixels), example().unseen[i]);
  return all;
}

}  // namespace

TEST_CASE("both exits of a network that was trained on digits are right most of the time") {
  std::size_t at_the_end = 0, at_the_exit = 0, sure = 0, sure_and_right = 0;
  for (digit const& sample : example().unseen) {
    floats const h = example().net.forward(sample.pixels, {0_split, 1_split});
    at_the_end += best_class(example().net.forward(h, {1_split, 3_split})) == sample.label ? 1 : 0;
    auto const early = example().net.early_exit(h, 1_split).value();
    bool const right = best_class(early.output) == sample.label;
    at_the_exit += right ? 1 : 0;
    sure += early.confidence >= 0.9 ? 1 : 0;
    sure_and_right += early.confidence >= 0.9 && right ? 1 : 0;
  }
  double const all = static_cast<double>(example().unseen.size());
  INFO("end " << at_the_end << ", exit " << at_the_exit << ", sure " << sure << ", right of these " << sure_and_right);
  CHECK(static_cast<double>(at_the_end) > 0.93 * all);
  CHECK(static_cast<double>(at_the_exit) > 0.90 * all);
  CHECK(static_cast<double>(sure) > 0.6 * all);
  CHECK(static_cast<double>(sure_and_right) > 0.97 * static_cast<double>(sure));
}

TEST_CASE("a sure early answer is given before anything is sent, and is much sooner") {
  tail_service service{example().net};
  emulated_link link{fixed_rate{10_MBps, {.latency = 10_ms, .return_latency = 10_ms}}, service};
  accuracy const without = measured({}, link);
  accuracy const with = measured({.before_sending = 0.9}, link);
  CHECK(without.exits == 0.0);
  CHECK(without.mean() >= 20_ms);
  CHECK(with.exits > 30.0);
  CHECK(with.mean() < 0.6 * without.mean());
  CHECK(with.share() >= without.share() - 0.05);
  CHECK(without.share() > 0.9);
}

TEST_CASE("an early answer stands in for one that is late, where it is sure enough") {
  tail_service service{example().net};
  emulated_link link{fixed_rate{0_MBps}, service};
  floats const& x = example().unseen[0].pixels;
  floats const at_the_end = example().net.forward(x, {0_split, 3_split});
  floats const early = example().net.early_exit(example().net.forward(x, {0_split, 1_split}), 1_split).value().output;
  session giving{example().net, fixed_split{1_split}, link, {.exits = {.when_late = 0.0}}};
  auto const [answer, record] = giving.infer(x);
  CHECK(answer == early);
  CHECK(record.exit_confidence);
  CHECK(record.fell_back());
  CHECK(record.sent > 0_B);
  session asking_much{example().net, fixed_split{1_split}, link, {.exits = {.when_late = 1.1}}};
  auto const [full, other] = asking_much.infer(x);
  CHECK(full == at_the_end);
  CHECK_FALSE(other.exit_confidence);
  // No exit at this split, and none where the answer is there.
  session elsewhere{example().net, fixed_split{2_split}, link, {.exits = {.when_late = 0.0}}};
  CHECK(elsewhere.infer(x).output == at_the_end);
  link.set_rate(100_MBps);
  session patient{
      example().net, fixed_split{1_split}, link, {.hedge = hedge::never_before(20_s), .exits = {.when_late = 0.0}}};
  CHECK_FALSE(patient.infer(x).record.exit_confidence);
}

TEST_CASE("an early answer before sending sends nothing") {
  tail_service service{example().net};
  emulated_link link{fixed_rate{100_MBps}, service};
  session device{example().net, fixed_split{1_split}, link, {.exits = {.before_sending = 0.0}}};
  inference_record const record = device.infer(example().unseen[1].pixels).record;
  CHECK(record.exit_confidence);
  CHECK(record.sent == 0_B);
  CHECK_FALSE(record.fell_back());
  CHECK(record.observed.transfer == 0_s);
  CHECK(code_of([&] { session{example().net, fixed_split{1_split}, link, {.exits = {.when_late = -1.0}}}; }) ==
        errc::bad_quantity);
}

#pragma once

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <span>
#include <string_view>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/units.hpp>

/// The oracle of the planner: plain numbers and the equation of the method, nothing of plan/. And
/// random networks to ask it about.
namespace dsc::test {

/// Everything that decides the latency of one batch, split by split.
struct split_problem {
  std::vector<double> head;         // seconds of the layers [0, l) on the device, l = 0..L
  std::vector<double> tail;         // seconds of the layers [l, L) on the idle server
  std::vector<std::uint64_t> size;  // bytes of h_l, one sample
  std::uint64_t batch = 1;
  double latency = 0, return_latency = 0, return_rate = INFINITY;
  double slowdown = 1, queue = 0;
  std::size_t min_split = 0, max_split = SIZE_MAX;

  std::size_t layers() const { return head.size() - 1; }

  double latency_of(std::size_t l, double rate) const {
    if (l == layers()) return head[l];
    if (rate <= 0.0) return INFINITY;
    double const batch_bytes = static_cast<double>(batch);
    double const transfer = batch_bytes * static_cast<double>(size[l]) / rate;
    double const answer = return_latency + batch_bytes * static_cast<double>(size[layers()]) / return_rate;
    return head[l] + latency + transfer + queue + slowdown * tail[l] + answer;
  }

  struct choice {
    std::size_t split = 0;
    double seconds = INFINITY;
  };

  /// The smallest of the best splits; nothing where none ends.
  std::optional<choice> best(double rate) const {
    choice winner;
    for (std::size_t l = min_split; l <= layers() && l <= max_split; ++l) {
      double const time = latency_of(l, rate);
      if (time < winner.seconds) winner = {l, time};
    }
    if (winner.seconds == INFINITY) return std::nullopt;
    return winner;
  }
};

inline bool agree(double a, double b) {
  return a == b || std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

class dice {
 public:
  explicit dice(std::uint64_t seed) : engine_{seed} {}

  std::uint64_t below(std::uint64_t n) { return engine_() % n; }
  std::uint64_t from_to(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
  bool one_in(std::uint64_t n) { return below(n) == 0; }
  double uniform() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  /// Between `least` and `most`, evenly in the logarithm.
  double logarithmic(double least, double most) { return least * std::exp(uniform() * std::log(most / least)); }
  template <class T>
  T pick(std::initializer_list<T> list) {
    return list.begin()[below(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

/// A model of which nothing is known but its bytes.
struct sized_model {
  std::vector<profiled_layer> rows;
  bytes input;
  bytes input_bytes() const { return input; }
  std::span<profiled_layer const> layers() const { return rows; }
};

inline sized_model model_of(std::vector<std::uint64_t> const& size) {
  sized_model model{{}, bytes{size[0]}};
  for (std::size_t l = 1; l < size.size(); ++l) model.rows.emplace_back("layer", bytes{size[l]});
  return model;
}

/// Times of layers that add up.
struct layer_table {
  std::vector<double> fixed, per_sample;
  seconds layer_time(std::size_t i, batch_size batch) const {
    return seconds{fixed[i] + per_sample[i] * static_cast<double>(batch.count)};
  }
  seconds time(layer_span span, batch_size batch) const {
    seconds sum{};
    for (std::size_t i = span.begin.layers; i < span.end.layers; ++i) sum += layer_time(i, batch);
    return sum;
  }
};

/// A network at two sites: sizes, and times that either add up or are measured, tails that rise
/// with depth among them. Exact ones have whole times and bytes, so that every sum is exact and
/// ties are ties.
struct random_network {
  bool exact = false;
  bool additive = false;
  std::vector<std::uint64_t> size;
  layer_table device, server;          // where times add up
  std::vector<std::uint64_t> batches;  // where they are measured
  std::vector<std::vector<double>> device_head, server_tail;
  double typical_rate = 1.0;

  std::size_t layers() const { return size.size() - 1; }

  random_network(dice& roll, bool is_exact, bool is_additive) : exact{is_exact}, additive{is_additive} {
    std::size_t const count = roll.one_in(20)  ? roll.from_to(41, 90)
                              : roll.one_in(4) ? roll.from_to(13, 40)
                                               : roll.from_to(1, 12);
    make_sizes(roll, count);
    double const slower = exact ? roll.pick({0.5, 1.0, 2.0, 4.0, 8.0}) : roll.logarithmic(0.2, 12.0);
    device = table(roll, slower);
    server = table(roll, 1.0);
    batches = {1, 2, 4};
    for (std::uint64_t const batch : batches) measure(roll, batch);
    double const gap = std::max(1e-6, device_head[0].back() + server_tail[0][0]) / static_cast<double>(count + 1);
    typical_rate = static_cast<double>(size[0]) / gap;
  }

  /// The problem at one batch size that the tables know.
  split_problem problem(std::size_t which) const {
    split_problem asked;
    asked.batch = batches[which];
    asked.size = size;
    asked.head = device_head[which];
    asked.tail = server_tail[which];
    return asked;
  }

  /// The measured times as profiles: of the device its heads, of the server its tails (and as a
  /// prefix the whole network).
  profile device_profile() const { return measured(device_head, false); }
  profile server_profile() const { return measured(server_tail, true); }

 private:
  void make_sizes(dice& roll, std::size_t count) {
    double extent = exact ? 64.0 : roll.logarithmic(1e4, 1e6);
    for (std::size_t l = 0; l <= count; ++l) {
      size.push_back(exact ? roll.from_to(1, 1 + static_cast<std::uint64_t>(extent))
                           : 1 + static_cast<std::uint64_t>(extent * roll.logarithmic(0.3, 3.0)));
      if (exact && extent > 1.0) size.back() = std::bit_floor(size.back());
      extent = std::max(1.0, extent * (1.0 - roll.uniform() * 2.0 / static_cast<double>(count + 1)));
    }
    if (roll.one_in(3)) size[0] = std::max<std::uint64_t>(1, size[0] / 4);  // a uint8 input before float32 features
  }

  layer_table table(dice& roll, double slower) const {
    layer_table times;
    for (std::size_t i = 0; i < layers(); ++i) {
      times.fixed.push_back(slower * (exact ? static_cast<double>(2 * roll.below(2)) : roll.logarithmic(1e-5, 1e-3)));
      times.per_sample.push_back(slower *
                                 (exact ? static_cast<double>(2 * roll.below(4)) : roll.logarithmic(1e-4, 1e-2)));
    }
    return times;
  }

  void measure(dice& roll, std::uint64_t batch) {
    std::vector<double> head(layers() + 1, 0.0), tail(layers() + 1, 0.0);
    batch_size const samples{batch};
    for (std::size_t l = 0; l < layers(); ++l) head[l + 1] = head[l] + device.layer_time(l, samples).count();
    for (std::size_t l = layers(); l > 0; --l) tail[l - 1] = tail[l] + server.layer_time(l - 1, samples).count();
    if (!additive)
      for (std::size_t l = 0; l < layers(); ++l)
        tail[l] = exact ? tail[l] + static_cast<double>(roll.below(20)) : tail[l] * roll.logarithmic(0.5, 2.0);
    device_head.push_back(head);
    server_tail.push_back(tail);
  }

  profile measured(std::vector<std::vector<double>> const& tables, bool tails) const {
    std::vector<batch_times> times;
    for (std::size_t b = 0; b < batches.size(); ++b) {
      std::vector<seconds> list(tables[b].begin(), tables[b].end());
      std::vector<seconds> whole(list.size());
      whole.back() = list.front();
      if (tails)
        times.push_back({batch_size{batches[b]}, whole, list});
      else
        times.push_back({batch_size{batches[b]}, list, {}});
    }
    sized_model const model = model_of(size);
    return {"random", model.input, model.rows, std::move(times)};
  }
};

/// Link, load and limits for a problem.
inline void add_conditions(dice& roll, bool exact, split_problem& asked) {
  auto const time = [&](double most) {
    return roll.one_in(2) ? 0.0 : exact ? static_cast<double>(roll.below(8)) : most * roll.uniform();
  };
  asked.latency = time(5e-3);
  asked.return_latency = time(5e-3);
  asked.queue = time(5e-3);
  if (roll.one_in(2)) asked.slowdown = exact ? roll.pick({0.5, 1.0, 2.0, 4.0}) : roll.logarithmic(0.5, 8.0);
  if (roll.one_in(2)) asked.return_rate = exact ? roll.pick({0.5, 4.0, 32.0}) : roll.logarithmic(1e5, 1e9);
  if (roll.one_in(5)) asked.min_split = 1;
  if (roll.one_in(8)) asked.min_split = roll.below(asked.layers() + 1);
  if (roll.one_in(8)) asked.max_split = roll.from_to(asked.min_split, asked.layers());
}

/// Rates to ask about: dead, without limit, and those around which the split changes.
inline double random_rate(dice& roll, random_network const& network) {
  if (roll.one_in(50)) return 0.0;
  if (roll.one_in(50)) return INFINITY;
  if (network.exact) return std::exp2(static_cast<double>(roll.below(14)) - 6.0);
  return network.typical_rate * roll.logarithmic(1e-3, 1e2);
}

}  // namespace dsc::test

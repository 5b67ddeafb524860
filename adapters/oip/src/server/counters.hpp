#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <span>
#include <vector>

#include <dsc/oip/server.hpp>

#include "open_inference.pb.h"

namespace dsc::oip {

/// What became of a request.
enum class outcome : std::uint8_t {
  ok,
  invalid,  ///< no request to a tail that is here
  refused,  ///< no room, or no more time to take one
  dropped,  ///< its client had gone or its deadline had passed before anybody answered
  failed    ///< the tail could not be run
};
inline constexpr std::array<char const*, 5> outcome_names{"ok", "invalid", "refused", "dropped", "failed"};

/// Upper ends of a histogram's buckets, in seconds; one more bucket is behind them.
inline constexpr std::array<double, 16> bucket_ends{0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                                    0.05,   0.1,     0.25,   0.5,   1.0,    2.5,   5.0,  10.0};

/// How long something took, over all requests.
struct time_histogram {
  std::array<std::uint64_t, bucket_ends.size() + 1> counts{};
  std::uint64_t count = 0;
  seconds sum{};

  void add(seconds time);
};

/// What is known of the requests to one model.
struct model_counts {
  std::array<std::uint64_t, outcome_names.size()> outcomes{};
  bytes received, sent;
  std::uint64_t samples = 0;  ///< of the answered ones
  time_histogram queue, execution;
  seconds answered{}, failed{};  ///< from arrival to answer, of all requests together
  std::uint64_t last_ms = 0;     ///< when the last one was answered, since 1970
};

/// The times of an answered request.
struct answer_times {
  seconds queue, execution, total;
};

/// What became of all requests, by model. Threads may share it.
class counters {
 public:
  /// `unknown` stands for the requests to models that are not here.
  explicit counters(std::size_t models) : models_(models + 1) {}
  std::size_t unknown() const { return models_.size() - 1; }

  void count(std::size_t model, outcome what, bytes received = {}, seconds time = {});
  void count_answer(std::size_t model, batch_size batch, answer_times const& times, bytes received, bytes sent);

  model_counts of(std::size_t model) const;
  server_totals totals() const;

 private:
  mutable std::mutex mutex_;
  std::vector<model_counts> models_;
};

/// As Triton tells it: of answered requests the times in the queue and in the layers.
inference::ModelStatistics statistics_of(served_tail const& tail, model_counts const& counts);

}  // namespace dsc::oip

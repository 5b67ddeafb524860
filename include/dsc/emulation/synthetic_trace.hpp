#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <dsc/channel/trace.hpp>
#include <dsc/emulation/rate_processes.hpp>

/// Rate traces that are made up, for experiments: the same parameters and seed give the same trace
/// on every platform.
namespace dsc {

/// How a process becomes a trace.
struct trace_sampling {
  std::size_t samples = 120;
  seconds step{1.0};  ///< from one sample to the next
  std::uint64_t seed = 0;
  trace_end end = trace_end::hold;
  link_parameters parameters{};
};

/// A channel with outages or dips. Sources: Gilbert, "Capacity of a burst-noise channel" (1960);
/// Elliott, "Estimates of error rates for codes on burst-noise channels" (1963).
struct gilbert_elliott_parameters {
  data_rate good = megabytes_per_second(6.0);
  data_rate bad{};        ///< 0 is an outage
  two_state_odds odds{};  ///< per sample
};

/// A channel whose rate wanders.
struct random_walk_parameters {
  data_rate mean = megabytes_per_second(6.0);
  double spread = 0.5;        ///< standard deviation of the rate's natural logarithm
  seconds correlation{10.0};  ///< after so long the logarithm's autocorrelation has fallen to 1/e
  double bound = 3.0;         ///< in spreads: the logarithm stays within as many of its middle

  /// The walk of the rate's factor, in steps of a trace. Throws `bad_quantity` for a step that is
  /// not above 0.
  constexpr walk_parameters in_steps_of(seconds step) const {
    return {.spread = spread,
            .correlation = correlation.count() / detail::require_positive(step.count(), "the step of a trace"),
            .bound = bound};
  }
};

namespace detail {

template <class NextRate>
constexpr rate_trace sampled(trace_sampling const& sampling, NextRate next_rate) {
  if (sampling.samples == 0) throw error{errc::bad_quantity, "a generated trace needs at least one sample"};
  require_positive(sampling.step.count(), "the step of a trace");
  std::vector<rate_sample> samples;
  samples.reserve(sampling.samples);
  for (std::size_t i = 0; i < sampling.samples; ++i)
    samples.push_back({static_cast<double>(i) * sampling.step, next_rate()});
  return rate_trace{std::move(samples), sampling.end, sampling.parameters};
}

struct gilbert_elliott_fn {
  constexpr rate_trace operator()(gilbert_elliott_parameters const& channel = {},
                                  trace_sampling const& sampling = {}) const {
    detail::require_rate(channel.good, "the good rate of a channel");
    detail::require_rate(channel.bad, "the bad rate of a channel");
    two_state_chain chain{channel.odds, sampling.seed};
    return sampled(sampling, [&] { return chain.next() ? channel.bad : channel.good; });
  }
};

struct random_walk_fn {
  constexpr rate_trace operator()(random_walk_parameters const& channel = {},
                                  trace_sampling const& sampling = {}) const {
    double const mean = require_positive(channel.mean.bytes_per_second, "the mean rate of a walk");
    bounded_walk walk{channel.in_steps_of(sampling.step), sampling.seed};
    return sampled(sampling, [&] { return whole(mean * walk.next()); });
  }

 private:
  // So that no platform's last digit shows.
  static constexpr data_rate whole(double rate) {
    if (rate >= 0x1p53) return data_rate{rate};
    auto const below = static_cast<double>(static_cast<std::uint64_t>(rate));
    return data_rate{rate - below < 0.5 ? below : below + 1.0};
  }
};

}  // namespace detail

/// A trace of a channel with two rates: `(parameters, sampling)`, both with defaults. Throws
/// `bad_quantity` for rates and chances that are none, no samples, and a step that is not above 0.
inline constexpr detail::gilbert_elliott_fn gilbert_elliott{};

/// A trace of a rate that wanders around its mean, in whole bytes per second: `(parameters,
/// sampling)`, both with defaults. Throws `bad_quantity` for a mean, correlation, bound or step
/// that is not above 0, a negative spread, and no samples.
inline constexpr detail::random_walk_fn random_walk{};

}  // namespace dsc

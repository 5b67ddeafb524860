#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <dsc/concepts.hpp>
#include <dsc/cost/profile.hpp>
#include <dsc/detail/check.hpp>
#include <dsc/detail/wait.hpp>
#include <dsc/measure/median.hpp>
#include <dsc/measure/stopwatch.hpp>
#include <dsc/model/layers.hpp>

namespace dsc {

/// How far a measurement has come: passes through the whole network, warm-ups counted in.
struct profile_progress {
  std::size_t done = 0;
  std::size_t total = 0;
  batch_size batch;  ///< that of the last pass
};

/// How to measure. Any of the functions may be left empty.
struct profiler_options {
  std::size_t warm_ups = 3;  ///< passes at each batch size that are not counted
  std::size_t repeats = 11;  ///< passes at each batch size that are
  double noise_limit = 0.1;  ///< the largest uncertainty of a profile worth planning with
  /// Stands for a weaker device, as `throttled` does where a head is run: every pass really waits
  /// `slowdown − 1` times what it was just measured to take, and its times count `slowdown` times.
  /// Waiting after each layer instead would let caches cool in between.
  double slowdown = 1.0;
  /// Called after every pass.
  std::function<void(profile_progress const&)> progress{};
  /// Asked before every layer: `true` gives up with `cancelled`.
  std::function<bool()> stop{};
  /// Waits until a device with a queue has finished a layer; what that costs is part of the layer's
  /// time. Not asked where a stopwatch is given.
  std::function<void()> synchronize{};
};

/// The uncertainty of times that fewer than 3 passes took.
inline constexpr double unknown_uncertainty = 1.0;

/// How much the passes at one batch size differed.
struct batch_noise {
  batch_size batch;
  std::vector<seconds> deviation;  ///< median absolute deviation of each prefix time, L+1 entries
  /// Relative standard error of the median of the whole network's time, estimated as `1.86 · MAD /
  /// (√repeats · median)`: 1.4826 turns the deviation of a normal sample into σ, and 1.2533 σ/√n is
  /// the error of its median. `unknown_uncertainty` where fewer than 3 passes tell nothing.
  double uncertainty = 0.0;
};

/// A profile and how far it can be trusted.
struct measured_profile {
  dsc::profile profile;
  std::vector<batch_noise> noise;  ///< one per batch size of the profile
  double noise_limit = 0.1;

  /// The largest uncertainty of any batch size.
  double uncertainty() const {
    auto const worst = std::ranges::max_element(noise, {}, &batch_noise::uncertainty);
    return worst == noise.end() ? 0.0 : worst->uncertainty;
  }
  /// Whether it is certain enough to plan with: `uncertainty() <= noise_limit`.
  bool usable() const { return uncertainty() <= noise_limit; }
  /// Throws `noisy_profile`, saying what to do, unless it is usable.
  void require_usable() const {
    if (usable()) return;
    std::string const times = "the times of '" + std::string{profile.name()} + "' ";
    if (uncertainty() == unknown_uncertainty)
      throw error{errc::noisy_profile, times +
                                           "were taken too few times to tell how far they can be trusted; take 3 "
                                           "repeats or more"};
    throw error{errc::noisy_profile, times + "are uncertain by " + percent(uncertainty()) + ", more than the " +
                                         percent(noise_limit) + " allowed; end other programs or take more repeats"};
  }

 private:
  // Rounded up, so that what is above the limit looks like it.
  static std::string percent(double share) {
    double const tenths = std::ceil(1000.0 * share - 1e-9);
    std::string text = std::to_string(tenths / 10.0);
    text.resize(text.find('.') + 2);
    return text + " %";
  }
};

namespace detail {

inline seconds median_absolute_deviation(std::vector<seconds> values) {
  seconds const center = median(values);
  for (seconds& value : values) value = seconds{std::abs((value - center).count())};
  return median(std::move(values));
}

/// Runs a model layer by layer and takes a lap after each.
template <ExecutableModel M, Stopwatch W>
class profiler {
 public:
  profiler(M const& model, W& watch, profiler_options const& options)
      : model_{model}, watch_{watch}, options_{options} {}

  /// Times of the layers [0, l) for every l, all from one pass.
  std::vector<seconds> pass(tensor_type_t<M> h) const {
    watch_.start();
    for (std::size_t l = 0; l < layer_count(model_); ++l) {
      if (options_.stop && options_.stop())
        throw error{errc::cancelled, "the measurement was stopped before it was complete"};
      h = model_traits<M>::forward(model_, std::move(h), layer_span{split_point{l}, split_point{l + 1}});
      watch_.lap();
    }
    std::vector<seconds> prefix = watch_.read();
    prefix.insert(prefix.begin(), seconds{});
    if (options_.slowdown > 1.0) be_slow(prefix);
    return prefix;
  }

  std::vector<std::vector<seconds>> passes(tensor_type_t<M> const& input, batch_size batch,
                                           profile_progress& progress) const {
    if (tensor_traits<tensor_type_t<M>>::spec(input).size() != batch * model_traits<M>::input_bytes(model_))
      throw error{errc::bad_batch,
                  "the input to measure with is no batch of " + std::to_string(batch.count) + " samples"};
    std::vector<std::vector<seconds>> counted;
    for (std::size_t i = 0; i < options_.warm_ups + options_.repeats; ++i) {
      std::vector<seconds> times = pass(input);
      if (i >= options_.warm_ups) counted.push_back(std::move(times));
      ++progress.done;
      progress.batch = batch;
      if (options_.progress) options_.progress(progress);
    }
    return counted;
  }

 private:
  void be_slow(std::vector<seconds>& prefix) const {
    seconds const wait = (options_.slowdown - 1.0) * prefix.back();
    wait_precisely_until(std::chrono::steady_clock::now() +
                         std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait));
    for (seconds& time : prefix) time *= options_.slowdown;
  }

  M const& model_;
  W& watch_;
  profiler_options const& options_;
};

// Medians of each prefix, made monotone: that of a later prefix is never below that of an earlier
// one.
inline std::pair<batch_times, batch_noise> summary(batch_size batch, std::span<std::vector<seconds> const> passes) {
  batch_times times{.batch = batch, .prefix = {}, .suffix = {}};
  batch_noise noise{.batch = batch, .deviation = {}};
  std::vector<seconds> sample(passes.size());
  for (std::size_t l = 0; l < passes.front().size(); ++l) {
    std::ranges::transform(passes, sample.begin(), [l](std::vector<seconds> const& prefix) { return prefix[l]; });
    times.prefix.push_back(l == 0 ? seconds{} : std::max(times.prefix.back(), median(sample)));
    noise.deviation.push_back(median_absolute_deviation(sample));
  }
  double const whole = times.prefix.back().count();
  if (passes.size() < 3)
    noise.uncertainty = unknown_uncertainty;
  else if (whole > 0.0)
    noise.uncertainty =
        1.4826 * 1.2533 * noise.deviation.back().count() / (whole * std::sqrt(static_cast<double>(passes.size())));
  return {std::move(times), std::move(noise)};
}

template <class Clock>
struct measure_profile_fn {
  template <ExecutableModel M, std::invocable<batch_size> MakeInput>
    requires std::convertible_to<std::invoke_result_t<MakeInput&, batch_size>, tensor_type_t<M>>
  measured_profile operator()(M const& model, std::string name, std::vector<batch_size> const& batches,
                              MakeInput make_input, profiler_options const& options = {}) const {
    return (*this)(model, std::move(name), batches, std::move(make_input), clock_stopwatch<Clock>{options.synchronize},
                   options);
  }

  template <ExecutableModel M, std::invocable<batch_size> MakeInput, Stopwatch W>
    requires std::convertible_to<std::invoke_result_t<MakeInput&, batch_size>, tensor_type_t<M>>
  measured_profile operator()(M const& model, std::string name, std::vector<batch_size> const& batches,
                              MakeInput make_input, W watch, profiler_options const& options = {}) const {
    check(batches, options);
    std::vector<profiled_layer> layers;
    for (std::size_t i = 0; i < layer_count(model); ++i)
      layers.emplace_back(std::string{layer_name(model, i)}, representation_bytes(model, split_point{i + 1}));
    profile_progress progress{.done = 0, .total = batches.size() * (options.warm_ups + options.repeats), .batch = {}};
    profiler<M, W> const measure{model, watch, options};
    std::vector<batch_times> times;
    std::vector<batch_noise> noise;
    for (batch_size const batch : batches) {
      auto [of_batch, its_noise] = summary(batch, measure.passes(make_input(batch), batch, progress));
      times.push_back(std::move(of_batch));
      noise.push_back(std::move(its_noise));
    }
    return {dsc::profile{std::move(name), model_traits<M>::input_bytes(model), std::move(layers), std::move(times)},
            std::move(noise), options.noise_limit};
  }

 private:
  static void check(std::vector<batch_size> const& batches, profiler_options const& options) {
    if (options.repeats == 0) throw error{errc::bad_quantity, "a profile needs at least one repeat"};
    require_positive(options.noise_limit, "the noise limit of a profile");
    if (require_positive(options.slowdown, "the slowdown of a profile") < 1.0)
      throw error{errc::bad_quantity, "the slowdown of a profile must be 1 or more"};
    for (std::size_t i = 0; i < batches.size(); ++i)
      if (require_not_empty(batches[i]); i > 0 && batches[i] <= batches[i - 1])
        throw error{errc::bad_batch, "the batch sizes to measure must increase"};
    if (batches.empty()) throw error{errc::bad_batch, "a profile needs at least one batch size"};
  }
};

}  // namespace detail

/// `measure_profile(model, name, batches, make_input, options)`: runs the model layer by layer,
/// with `make_input(B)` as the batch of `B` samples, and gives the median time of every prefix; one
/// pass gives all of them. Throws `bad_batch`, `bad_quantity`, `cancelled`, and what the model
/// throws. A noisy profile is returned and says so. `measure_profile(model, name, batches,
/// make_input, watch, options)` takes the times by a `Stopwatch` of the backend's, as one that
/// marks a GPU's queue and never waits between layers.
inline constexpr detail::measure_profile_fn<std::chrono::steady_clock> measure_profile{};

}  // namespace dsc

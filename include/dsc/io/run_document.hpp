#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include <dsc/channel/fixed_rate.hpp>
#include <dsc/decide/record.hpp>
#include <dsc/error.hpp>
#include <dsc/measure/median.hpp>

/// A run and what it comes to. Nothing here is computed from a prediction but the prediction's own
/// error.
namespace dsc {

/// A way to choose the split that requests were made with.
struct run_strategy {
  std::string name;                    ///< `dynamic` is the one that others are compared with
  std::optional<split_point> split{};  ///< always this one; nothing: chosen again for every request
  bool identical_answers = true;       ///< bit for bit those of the first strategy
};

/// What a model of classes takes an image for.
struct run_image {
  struct scored_class {
    std::size_t index = 0;
    double probability = 0.0;
    std::string label{};  ///< empty where it is not known
  };

  std::string file;
  std::vector<scored_class> classes{};  ///< best first

  explicit run_image(std::string name) : file{std::move(name)} {}
};

/// One request of one strategy.
struct run_request {
  std::uint64_t number = 1;  ///< from 1; the same for all strategies that were given this input
  std::size_t strategy = 0;  ///< its place in `run_document::strategies`
  seconds time{};            ///< when it was made, from the beginning of the run
  inference_record record{};
};

/// Everything that a run's file tells.
struct run_document {
  std::string model;
  std::string input_type{};                 ///< as in `float32`; empty where nobody needs to know
  std::optional<double> device_slowdown{};  ///< of an emulated device; nothing where it is none
  std::optional<data_rate> rate{};          ///< where it is steady and has a limit
  std::string trace{};                      ///< a trace's name; empty for none
  link_parameters link{};
  server_load load{};
  std::vector<batch_size> batches{};  ///< request by request the next one; those of the requests where empty
  std::vector<run_strategy> strategies{};
  std::vector<run_request> requests{};
  std::vector<run_image> images{};
  std::vector<std::string> servers{};  ///< addresses on a real network, by route; none: link and server are emulated
  std::vector<std::size_t> top_classes{};  ///< of the first output, best first; none where it is no row of scores
};

/// One strategy over all its requests.
struct run_summary {
  seconds mean{};
  seconds median{};
  std::optional<double> gain_percent{};  ///< of `dynamic` over it, `100/N · Σ (T − T_dyn) / T`
  /// The gain's standard error, from what differs where nothing should; nothing where that cannot
  /// be told.
  std::optional<double> gain_noise_percent{};
  std::optional<bool> same_splits{};         ///< whether `dynamic` took the same split at every request
  std::optional<double> prediction_error{};  ///< median of `|predicted − observed| / observed`
  std::size_t fallbacks = 0;                 ///< requests that the device had to finish by itself
  seconds waited{};                          ///< for nothing, before it did, over all requests
  seconds hedged{};                          ///< that the device worked in vain, over all requests
};

namespace detail {

inline std::optional<double> median_or_nothing(std::vector<double> values) {
  return values.empty() ? std::nullopt : std::optional{median(std::move(values))};
}

inline double mean_of(std::vector<double> const& values) {
  return values.empty() ? 0.0 : std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// Where the channel was dead nothing was predicted, and where the device finished by itself
// something else happened.
inline void add_prediction_error(std::vector<double>& errors, inference_record const& record) {
  seconds const predicted = record.predicted();
  if (predicted == never || record.fell_back() || record.total <= seconds{}) return;
  errors.push_back(std::abs(predicted.count() - record.total.count()) / record.total.count());
}

inline void check_run(run_document const& run) {
  for (run_request const& request : run.requests)
    if (request.strategy >= run.strategies.size())
      throw error{errc::bad_quantity, "request " + std::to_string(request.number) + " of the run of '" + run.model +
                                          "' is of strategy " + std::to_string(request.strategy) + ", but there are " +
                                          std::to_string(run.strategies.size()) + "; name it in `strategies`"};
}

/// The gains of `dynamic` over one strategy, request by request, in percent.
struct request_gains {
  std::vector<double> all;
  std::vector<double> at_same_splits;

  // The standard error of the mean. Requests at which both did the same differ by noise alone;
  // where there are too few of them, all requests tell, and what varies with the rate counts as
  // noise, too.
  std::optional<double> noise() const {
    constexpr std::size_t enough = 3;
    std::vector<double> const& sample = at_same_splits.size() >= enough ? at_same_splits : all;
    if (sample.size() < enough) return std::nullopt;
    double const middle = mean_of(sample);
    double squares = 0.0;
    for (double const gain : sample) squares += (gain - middle) * (gain - middle);
    return std::sqrt(squares / static_cast<double>(sample.size() - 1) / static_cast<double>(all.size()));
  }
};

inline std::vector<request_gains> gains_of_dynamic(run_document const& run) {
  std::vector<request_gains> list(run.strategies.size());
  auto const dynamic = std::ranges::find(run.strategies, "dynamic", &run_strategy::name);
  std::size_t const reference = static_cast<std::size_t>(dynamic - run.strategies.begin());
  std::unordered_map<std::uint64_t, inference_record const*> of_dynamic;
  for (run_request const& request : run.requests)
    if (request.strategy == reference) of_dynamic.emplace(request.number, &request.record);
  for (run_request const& request : run.requests) {
    auto const mine = of_dynamic.find(request.number);
    seconds const total = request.record.total;
    if (mine == of_dynamic.end() || total <= seconds{}) continue;
    double const gain = 100.0 * ((total - mine->second->total) / total);
    list[request.strategy].all.push_back(gain);
    if (request.record.decided.plan.split == mine->second->decided.plan.split)
      list[request.strategy].at_same_splits.push_back(gain);
  }
  return list;
}

}  // namespace detail

/// What each strategy of a run comes to: means and medians of what was observed, 0 for one without
/// requests. The gain is nothing where `dynamic` was not given the same requests. Throws
/// `bad_quantity` for a request of no strategy.
inline std::vector<run_summary> summaries(run_document const& run) {
  detail::check_run(run);
  std::vector<std::vector<double>> times(run.strategies.size()), errors(run.strategies.size());
  std::vector<run_summary> list(run.strategies.size());
  for (run_request const& request : run.requests) {
    times[request.strategy].push_back(request.record.total.count());
    detail::add_prediction_error(errors[request.strategy], request.record);
    list[request.strategy].fallbacks += request.record.fell_back() ? 1 : 0;
    list[request.strategy].waited += request.record.waited;
    list[request.strategy].hedged += request.record.hedged;
  }
  std::vector<detail::request_gains> const saved = detail::gains_of_dynamic(run);
  for (std::size_t s = 0; s < list.size(); ++s) {
    list[s].mean = seconds{detail::mean_of(times[s])};
    list[s].median = seconds{detail::median_or_nothing(times[s]).value_or(0.0)};
    list[s].prediction_error = detail::median_or_nothing(errors[s]);
    if (saved[s].all.empty()) continue;
    list[s].gain_percent = detail::mean_of(saved[s].all);
    list[s].gain_noise_percent = saved[s].noise();
    list[s].same_splits = saved[s].at_same_splits.size() == saved[s].all.size();
  }
  return list;
}

/// Median of `|predicted − observed| / observed` over all requests of all strategies; nothing where
/// nothing could be predicted.
inline std::optional<double> prediction_error(run_document const& run) {
  std::vector<double> errors;
  for (run_request const& request : run.requests) detail::add_prediction_error(errors, request.record);
  return detail::median_or_nothing(std::move(errors));
}

}  // namespace dsc

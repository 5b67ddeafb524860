#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include <dsc/decide/record.hpp>
#include <dsc/detail/check.hpp>
#include <dsc/detail/order.hpp>

namespace dsc {

/// When an answer counts as late. Remote time is all but the head.
struct lateness_options {
  double quantile = 0.95;      ///< of observed over predicted remote times: a later answer is late
  double initial_ratio = 1.5;  ///< counts as that quantile at least, while few were observed
  seconds longest_wait{10.0};  ///< whatever was predicted

  void check() const {
    if (!(quantile > 0.0 && quantile <= 1.0))
      throw error{
          errc::bad_quantity,
          "the quantile from which answers are late must be above 0 and at most 1, but is " + std::to_string(quantile)};
    detail::require_not_negative(initial_ratio, "the first ratio of observed and predicted times");
    detail::require_not_negative(longest_wait, "the longest wait for an answer");
  }
};

/// How long to wait for an answer, from the residuals of the requests before. It has no floor; what
/// ends it is the time that the device would itself need. After an answer that never came, the next
/// request waits for none, until the server has answered again.
class lateness {
 public:
  /// Throws `bad_quantity` for options that mean nothing.
  explicit lateness(lateness_options const& options = {}) : options_{options} { options.check(); }

  /// From sending on. `tail` is what the device needs for the rest, where that was predicted.
  seconds wait(plan const& planned, batch_size batch, std::optional<seconds> tail = {}) const {
    if (is_failing(planned.route)) return {};
    history const* const mine = find(planned.split, batch);
    std::optional<seconds> const due = expected(planned, mine);
    std::optional<seconds> const own = finish_time(planned, batch, tail);
    seconds longest = options_.longest_wait;
    if (!due) return own && !is_dead(planned) ? detail::smaller(*own, longest) : seconds{};
    if (own) longest = detail::smaller(longest, *due + *own);
    return detail::smaller(ratio() * *due, longest);
  }

  /// What the device needs to finish from a split: as it did last, or else as was predicted.
  std::optional<seconds> finish_time(plan const& planned, batch_size batch, std::optional<seconds> predicted) const {
    history const* const mine = find(planned.split, batch);
    return mine != nullptr && mine->finish ? mine->finish : predicted;
  }

  /// The quantile as it stands.
  double ratio() const {
    if (ratios_.empty()) return options_.initial_ratio;
    std::vector<double> sorted = ratios_;
    detail::stable_sort(sorted, [](double a, double b) { return a < b; });
    double const place = options_.quantile * static_cast<double>(sorted.size());
    std::size_t above = static_cast<std::size_t>(place);
    if (static_cast<double>(above) < place) ++above;
    double const observed = sorted[detail::larger(above, std::size_t{1}) - 1];
    return sorted.size() < few ? detail::larger(observed, options_.initial_ratio) : observed;
  }

  /// The server's answer was taken.
  void answered(inference_record const& record) {
    plan const& planned = record.decided.plan;
    set_failing(planned.route, false);
    history& mine = of(planned.split, record.batch);
    if (std::optional<seconds> const due = expected(planned, &mine)) add(record.confirmed_within / *due);
    mine.remote = blend(mine.remote, record.confirmed_within);
  }

  /// The device was done first, and no failure was seen; `wait` is what was told for this request.
  void missed(inference_record const& record, seconds wait) {
    plan const& planned = record.decided.plan;
    history& mine = of(planned.split, record.batch);
    learn_finish(mine, record);
    seconds const given_up = record.waited + record.observed.tail;
    if (wait <= seconds{} || given_up < wait) return;
    // It would have taken longer still: without such requests the quantile would only ever fall.
    if (std::optional<seconds> const due = expected(planned, &mine)) add(given_up / *due);
    set_failing(planned.route, true);
  }

  /// The transport, or what it brought, was of no use.
  void failed(inference_record const& record) {
    learn_finish(of(record.decided.plan.split, record.batch), record);
    set_failing(record.decided.plan.route, true);
  }

 private:
  static constexpr std::size_t few = 8, window = 64;

  struct history {
    split_point split;
    batch_size batch;
    std::optional<seconds> remote{};
    std::optional<seconds> finish{};
  };

  static std::optional<seconds> blend(std::optional<seconds> const& before, seconds now) {
    constexpr double share = 0.3;
    return before ? (1.0 - share) * *before + share * now : now;
  }

  static void learn_finish(history& mine, inference_record const& record) {
    if (!record.exit_confidence) mine.finish = blend(mine.finish, record.observed.tail);
  }

  static bool is_dead(plan const& planned) { return planned.latency.total() == never; }

  // As predicted, or as seen where nothing was; nothing where nothing gets through.
  static std::optional<seconds> expected(plan const& planned, history const* seen) {
    if (is_dead(planned)) return std::nullopt;
    seconds const remote = planned.latency.total() - planned.latency.head;
    if (remote > seconds{}) return remote;
    return seen != nullptr ? seen->remote : std::nullopt;
  }

  void add(double ratio) {
    if (!detail::is_finite(ratio)) return;
    if (ratios_.size() < window)
      ratios_.push_back(ratio);
    else
      ratios_[oldest_] = ratio;
    oldest_ = (oldest_ + 1) % window;
  }

  history const* find(split_point split, batch_size batch) const {
    for (history const& entry : seen_)
      if (entry.split == split && entry.batch == batch) return &entry;
    return nullptr;
  }
  history& of(split_point split, batch_size batch) {
    for (history& entry : seen_)
      if (entry.split == split && entry.batch == batch) return entry;
    return seen_.emplace_back(history{split, batch});
  }

  bool is_failing(std::size_t route) const {
    for (std::size_t const failing : failing_)
      if (failing == route) return true;
    return false;
  }
  void set_failing(std::size_t route, bool fails) {
    if (fails == is_failing(route)) return;
    if (fails)
      failing_.push_back(route);
    else
      std::erase(failing_, route);
  }

  lateness_options options_;
  std::vector<double> ratios_;  // the last ones, round and round
  std::size_t oldest_ = 0;
  std::vector<history> seen_;
  std::vector<std::size_t> failing_;  // routes whose last request was answered by the device
};

}  // namespace dsc

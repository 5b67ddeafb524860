#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <dsc/decide/controller.hpp>
#include <dsc/plan/policy.hpp>
#include <dsc/run/session.hpp>

/// Ways to choose the split, run side by side on any model and link.
namespace dsc {

/// A named way to choose the split: any `Decider` with its type forgotten.
class strategy {
 public:
  template <Decider D>
  strategy(std::string name, D decider)
      : name_{std::move(name)}, decider_{std::make_unique<holder<D>>(std::move(decider))} {}

  std::string const& name() const { return name_; }
  decision decide(batch_size batch) { return decider_->decide(batch); }
  void observe(inference_record const& record) { decider_->observe(record); }
  void observe(probe_record const& record) { decider_->observe(record); }
  std::optional<probe> wanted_probe(time_point now) { return decider_->wanted_probe(now); }
  void use_link(link_parameters const& parameters) { decider_->use_link(parameters); }
  void use_routes(std::size_t count) { decider_->use_routes(count); }

 private:
  struct any_decider {
    any_decider() = default;
    any_decider(any_decider const&) = delete;
    any_decider& operator=(any_decider const&) = delete;
    virtual ~any_decider() = default;
    virtual decision decide(batch_size batch) = 0;
    virtual void observe(inference_record const& record) = 0;
    virtual void observe(probe_record const& record) = 0;
    virtual std::optional<probe> wanted_probe(time_point now) = 0;
    virtual void use_link(link_parameters const& parameters) = 0;
    virtual void use_routes(std::size_t count) = 0;
  };

  template <class D>
  struct holder final : any_decider {
    explicit holder(D inner) : decider{std::move(inner)} {}
    decision decide(batch_size batch) override { return decider.decide(batch); }
    void observe(inference_record const& record) override {
      if constexpr (ObservingDecider<D>) decider.observe(record);
    }
    void observe(probe_record const& record) override {
      if constexpr (ProbingDecider<D>) decider.observe(record);
    }
    std::optional<probe> wanted_probe(time_point now) override {
      if constexpr (ProbingDecider<D>) return decider.wanted_probe(now);
      return std::nullopt;
    }
    void use_link(link_parameters const& parameters) override {
      if constexpr (LinkAwareDecider<D>) decider.use_link(parameters);
    }
    void use_routes(std::size_t count) override {
      if constexpr (RouteAwareDecider<D>) decider.use_routes(count);
    }
    D decider;
  };

  std::string name_;
  std::unique_ptr<any_decider> decider_;
};

/// Takes the split that a policy says for the rate of the moment: one that was planned before, or
/// thresholds of your own. An unknown rate counts as none.
template <RateSource Rate>
class policy_decider {
 public:
  /// The split of a rate: `rule(batch, rate) -> split_point`, as `policy::at(rate).split` is one.
  using rule = std::function<split_point(batch_size, data_rate)>;

  policy_decider(rule choose, Rate rate) : choose_{std::move(choose)}, rate_{std::move(rate)} {}
  policy_decider(policy best, Rate rate)
      : policy_decider{[best = std::move(best)](batch_size, data_rate now) { return best.at(now).split; },
                       std::move(rate)} {}

  decision decide(batch_size batch) {
    std::optional<data_rate> const rate = rate_();
    return {{{choose_(batch, rate.value_or(data_rate{0.0}))}, {}}, rate, {}};
  }

 private:
  rule choose_;
  Rate rate_;
};

/// What one strategy did, request by request.
struct strategy_outcome {
  std::string name;
  std::vector<inference_record> records;

  /// Of the observed latencies; 0 where there was no request.
  seconds mean_latency() const {
    seconds sum{};
    for (inference_record const& record : records) sum += record.total;
    return records.empty() ? sum : sum / static_cast<double>(records.size());
  }
  std::size_t fallbacks() const {
    std::size_t count = 0;
    for (inference_record const& record : records) count += record.fell_back() ? 1 : 0;
    return count;
  }
  /// Whether both chose the same split at every request: then what they took differs by noise
  /// alone.
  bool chose_as(strategy_outcome const& other) const {
    if (records.size() != other.records.size()) return false;
    for (std::size_t i = 0; i < records.size(); ++i)
      if (static_cast<choice const&>(records[i].decided.plan) != other.records[i].decided.plan) return false;
    return true;
  }
};

/// `100/N · Σ (T_other − T_mine) / T_other` over the requests of both, in percent.
inline double gain_percent(strategy_outcome const& mine, strategy_outcome const& other) {
  std::size_t const count = detail::smaller(mine.records.size(), other.records.size());
  double sum = 0.0;
  for (std::size_t i = 0; i < count; ++i) {
    seconds const theirs = other.records[i].total;
    if (theirs > seconds{}) sum += 100.0 * ((theirs - mine.records[i].total) / theirs);
  }
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

struct evaluation_options {
  session_options session{};
  /// Called before each strategy's turn, with the request's number: to put a link back to where the
  /// request finds it, so that all strategies meet the same conditions.
  std::function<void(std::size_t request)> before_each{};
};

namespace detail {

struct run_strategies_fn {
  template <ExecutableModel M, Transport T>
  std::vector<strategy_outcome> operator()(M const& model, T& link, std::vector<tensor_type_t<M>> const& requests,
                                           std::vector<strategy> strategies,
                                           evaluation_options const& options = {}) const {
    std::vector<strategy_outcome> outcomes;
    std::vector<session<M, strategy, T>> sessions;
    sessions.reserve(strategies.size());
    for (strategy& competitor : strategies) {
      outcomes.push_back({competitor.name(), {}});
      sessions.emplace_back(model, std::move(competitor), link, options.session);
    }
    for (std::size_t i = 0; i < requests.size(); ++i)
      for (std::size_t k = 0; k < sessions.size(); ++k) {
        std::size_t const turn = (i + k) % sessions.size();  // nobody always comes after the same one
        if (options.before_each) options.before_each(i);
        outcomes[turn].records.push_back(sessions[turn].infer(requests[i]).record);
      }
    return outcomes;
  }
};

}  // namespace detail

/// `run_strategies(model, link, requests, strategies, options = {})`: really runs every request by
/// every strategy, in turn, and gives what each did, in the order of the strategies:
/// `{{"dynamic", controller{planner, rate}}, {"offload", fixed_split{0_split}}, {"local",
/// fixed_split{L}}, {"mine", my_decider}}`. Throws what the model and the deciders throw.
inline constexpr detail::run_strategies_fn run_strategies{};

}  // namespace dsc

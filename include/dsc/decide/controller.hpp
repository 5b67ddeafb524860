#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <dsc/clock.hpp>
#include <dsc/decide/decider.hpp>
#include <dsc/decide/hysteresis.hpp>
#include <dsc/plan/planner.hpp>

namespace dsc {

/// Tells the channel's data rate as it is now; nothing where it is unknown.
template <class R>
concept RateSource = requires(R& source) {
  { source() } -> std::convertible_to<std::optional<data_rate>>;
};

/// Tells how busy the server is now.
template <class L>
concept LoadSource = requires(L& source) {
  { source() } -> std::convertible_to<server_load>;
};

/// The load source of a server that has nothing else to do.
struct idle_server {
  server_load operator()() const { return {}; }
};

/// Makes the best plan for a moment, and predicts that of a given split, as `planner` does.
template <class P>
concept Planner = requires(P const& planner, split_point split, batch_size batch, fixed_rate const& channel,
                           server_load const& load) {
  { planner.best(batch, channel, load) } -> std::same_as<plan>;
  { planner.predict(split, batch, channel, load) } -> std::same_as<plan>;
};

struct controller_options {
  dsc::hysteresis hysteresis{};
  /// What the link costs beside its rate. Where not given, the rate source is asked, or else, by
  /// the session, the link; a link that cannot tell costs nothing.
  std::optional<link_parameters> link{};
};

/// Chooses the plan of every request: the planner's best for the rate and load of the moment, with
/// hysteresis. Each batch size keeps the split in use of its own. A source that throws or tells
/// nonsense counts as one that does not know: no rate, an idle server. Not for two threads at once.
template <Planner P, RateSource Rate, LoadSource Load = idle_server>
class controller {
 public:
  /// Throws `bad_quantity` for a gain or dwell that is negative and for a link that means nothing.
  explicit controller(P planner, Rate rate, Load load, controller_options const& options = {})
      : planner_{std::move(planner)},
        rate_{std::move(rate)},
        load_{std::move(load)},
        rules_{options.hysteresis},
        link_known_{LinkDescription<Rate> || options.link.has_value()},
        link_{options.link.value_or(link_of(rate_))} {
    detail::require_not_negative(rules_.min_gain, "the least gain of a controller");
    detail::require_not_negative(rules_.min_dwell, "the least dwell of a controller");
    link_.check();
  }
  explicit controller(P planner, Rate rate, controller_options const& options = {})
    requires std::same_as<Load, idle_server>
      : controller{std::move(planner), std::move(rate), idle_server{}, options} {}

  P const& planner() const { return planner_; }
  /// What it takes the link to cost beside its rate.
  link_parameters const& link() const { return link_; }

  /// Takes over what the link says of itself, unless the options or the rate source said it.
  void use_link(link_parameters const& parameters) {
    if (link_known_) return;
    parameters.check();
    link_ = parameters;
  }

  /// The plan to run a batch by. Throws what the planner throws.
  decision decide(batch_size batch, time_point now = run_clock::now()) {
    decision decided;
    decided.rate = asked<std::optional<data_rate>>(rate_, decided.warning, "the rate source", [](auto const& rate) {
      if (rate) detail::require_rate(*rate, "a data rate");
    });
    decided.load =
        asked<server_load>(load_, decided.warning, "the load source", [](auto const& load) { load.check(); });
    fixed_rate const channel{decided.rate.value_or(data_rate{0.0}), link_};
    decided.plan = planner_.best(batch, channel, decided.load);
    use_of_batch& mine = in_use(batch, decided.plan, now);
    if (decided.plan.split == mine.split) return decided;
    plan const stay = planner_.predict(mine.split, batch, channel, decided.load);
    if (worth_it(decided.plan, stay, now - mine.since))
      mine = {{decided.plan}, batch, now};
    else
      decided.plan = stay;
    return decided;
  }

 private:
  struct use_of_batch : choice {
    batch_size batch;
    time_point since;
  };

  static link_parameters link_of(Rate const& rate) {
    if constexpr (LinkDescription<Rate>) return rate.parameters();
    return {};
  }

  // What a source tells, or what none would tell, with the reason in `warning`.
  template <class Value, class Source, class Check>
  static Value asked(Source& source, std::string& warning, char const* name, Check const& check) {
    auto const note = [&](std::string const& why) {
      warning += (warning.empty() ? "" : "; ") + std::string{name} + " failed: " + why;
    };
    try {
      Value value = source();
      check(value);
      return value;
    } catch (std::exception const& failure) {
      note(detail::reason_of(failure));
    } catch (...) {
      note("it did not say why");
    }
    return Value{};
  }

  use_of_batch& in_use(batch_size batch, choice const& first, time_point now) {
    for (use_of_batch& mine : uses_)
      if (mine.batch == batch) return mine;
    return uses_.emplace_back(use_of_batch{first, batch, now});
  }

  bool worth_it(plan const& best, plan const& stay, seconds in_use_for) const {
    if (stay.latency.total() == never) return true;
    seconds const saved = stay.latency.total() - best.latency.total();
    return saved >= rules_.min_gain * stay.latency.total() &&
           (in_use_for >= rules_.min_dwell || saved > rules_.min_dwell);
  }

  P planner_;
  Rate rate_;
  Load load_;
  hysteresis rules_;
  bool link_known_;  // from the options or the rate source; else the session may tell it
  link_parameters link_;
  std::vector<use_of_batch> uses_;
};

}  // namespace dsc

#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <dsc/decide/decider.hpp>
#include <dsc/decide/exploration_budget.hpp>
#include <dsc/decide/route_estimate.hpp>
#include <dsc/plan/planner.hpp>

namespace dsc {

/// A planner that lists what every split that may be chosen costs, so that the costs can be
/// corrected before they are compared. All planners in the box are some.
template <class P>
concept CostPlanner = requires(P const& planner, split_point split, batch_size batch, fixed_rate const& channel) {
  { planner.layers() } -> std::convertible_to<std::size_t>;
  { planner.costs(batch) } -> std::same_as<std::vector<split_costs>>;
  { planner.predict(split, batch, channel) } -> std::same_as<plan>;
};

/// Chooses the plan of every request from nothing but what earlier requests and probes showed: per
/// route it estimates the link, the server's load and how wrong the server's profile is, and at
/// home how wrong the device's is. `argmin` over splits and routes of what it then predicts (ties
/// to the smallest split, then route), with hysteresis per batch size. A route that fails is left
/// alone for a while. Every decision says its reason. Not for two threads at once; it asks no clock
/// where a moment is passed.
template <CostPlanner P>
class adaptive_controller {
 public:
  /// Throws `bad_quantity` for options that mean nothing.
  explicit adaptive_controller(P planner, adaptive_options const& options = {})
      : planner_{std::move(planner)},
        options_{(options.check(), options)},
        device_{options.device},
        routes_(1, route_estimate{options}),
        budget_{options.exploration} {}

  P const& planner() const { return planner_; }
  adaptive_options const& options() const { return options_; }

  /// How many servers there are to choose from: 1 unless this says otherwise. Throws `bad_quantity`
  /// for 0.
  void use_routes(std::size_t count) {
    if (count == 0) throw error{errc::bad_quantity, "a controller needs at least one route"};
    routes_.resize(count, route_estimate{options_});
  }
  std::size_t route_count() const { return routes_.size(); }

  /// What is known of a link now: nothing before it was seen. Throws `bad_quantity` for no such
  /// route.
  std::optional<fixed_rate> link(std::size_t route, time_point now = run_clock::now()) const {
    return at(route).link(now);
  }
  server_load load(std::size_t route, time_point now = run_clock::now()) const { return at(route).load(now); }

  /// The plan to run a batch by. Throws what the planner throws.
  decision decide(batch_size batch, time_point now = run_clock::now()) { return decide(batch, never, now); }

  /// The same for an answer that is due in `time_left`: the best plan that leaves time to finish
  /// here, should no answer come; else local, where that is in time; else the fastest.
  decision decide(batch_size batch, seconds time_left, time_point now = run_clock::now()) {
    exploring_ = false;
    batch_state& mine = state_of(batch);
    candidate const best = best_of(mine, time_left, now);
    if (std::optional<candidate> const trial = time_left == never ? exploration(mine, best, now) : std::nullopt) {
      exploring_ = true;
      return told(*trial, "a look at the link", now);
    }
    candidate chosen = best;
    std::string reason = reason_of(mine, best, now);
    if (mine.used && time_left == never && !is(best, *mine.used)) {
      if (std::optional<candidate> const stay = of_choice(mine, *mine.used, now)) {
        if (char const* const why = reason_to_stay(mine, *stay, best, now)) {
          chosen = *stay;
          reason = std::string{"kept: "} + why;
        }
      }
    }
    if (time_left == never) use(mine, chosen.plan, now);
    return told(chosen, std::move(reason), now);
  }

  /// What a request showed.
  void observe(inference_record const& record) {
    observe(record, record.ended == time_point{} ? run_clock::now() : record.ended);
  }
  void observe(inference_record const& record, time_point now) {
    batch_state& mine = state_of(record.batch);
    split_point const split = record.decided.plan.split;
    latency_breakdown const usual = planner_.predict(split, record.batch, fixed_rate{unlimited}).latency;
    bool const local = split.layers == layers();
    account(mine, record, local);
    device_.observe(split, usual.head, record.observed.head);
    if (local || record.decided.plan.route >= routes_.size()) return;
    route_estimate& route = routes_[record.decided.plan.route];
    bytes const payload = record.sent > bytes{} ? record.sent : mine.payload_of(split);
    if (record.fell_back()) {
      if (!record.exit_confidence) device_.observe(mine.local_time - usual.head, record.observed.tail);
      route.observe_failure(payload, record, now);
    } else if (record.observed.transfer > seconds{}) {
      route.observe_answer({usual.tail, payload, mine.answer}, split, record, now);
    }
  }

  /// What should be sent over which route, while no request waits, to learn of the link.
  std::optional<probe> wanted_probe(time_point now) {
    probing_ = true;
    for (std::size_t i = 0; i < routes_.size(); ++i) {
      std::optional<bytes> const size = routes_[i].wanted_probe(now, budget_.allowance(), telling_size(routes_[i]));
      if (!size) continue;
      routes_[i].probe_sent({i, *size}, now);
      budget_.book_probe(*size);
      return probe{i, *size};
    }
    return std::nullopt;
  }
  /// What became of it.
  void observe(probe_record const& record) {
    observe(record, record.ended == time_point{} ? run_clock::now() : record.ended);
  }
  void observe(probe_record const& record, time_point now) {
    if (record.sent.route < routes_.size()) routes_[record.sent.route].observe_probe(record, now);
  }

 private:
  struct candidate {
    dsc::plan plan;
    seconds rest{};  // the device's time from h_l on
  };
  struct choice_in_use {
    choice chosen;
    time_point since;
  };
  // What does not change: the profile's costs at one batch size. And the choice in use.
  struct batch_state {
    batch_size batch;
    std::vector<split_costs> rows;
    bytes answer;
    seconds local_time{};
    std::optional<choice_in_use> used{};
    std::optional<choice_in_use> left{};

    bytes payload_of(split_point split) const {
      for (split_costs const& row : rows)
        if (row.split == split) return row.payload;
      return {};
    }
  };

  std::size_t layers() const { return planner_.layers(); }
  route_estimate const& at(std::size_t route) const {
    if (route < routes_.size()) return routes_[route];
    throw error{errc::bad_quantity, "there is no route " + std::to_string(route) + "; use_routes tells how many"};
  }

  batch_state& state_of(batch_size batch) {
    for (batch_state& known : batches_)
      if (known.batch == batch) return known;
    batch_state fresh{batch, planner_.costs(batch), {}, {}};
    fresh.local_time = planner_.predict(split_point{layers()}, batch, fixed_rate{unlimited}).latency.head;
    // The answer's bytes: what its way back takes at a byte per second.
    data_rate const one{1.0};
    double const answer = planner_.predict(fresh.rows.front().split, batch, fixed_rate{unlimited, {.return_rate = one}})
                              .latency.return_time.count();
    fresh.answer = bytes{static_cast<std::uint64_t>(answer)};
    return batches_.emplace_back(std::move(fresh));
  }

  seconds local_time(batch_state const& mine) const { return device_.factor(split_point{layers()}) * mine.local_time; }

  // Left alone: it failed not long ago, or another try might cost more than its share of time.
  bool avoided(batch_state const& mine, route_estimate const& route, time_point now) const {
    return route.avoided(now) || (route.doubtful() && !route.overdue(now) && !budget_.affords(0.25 * local_time(mine)));
  }

  // What a route is taken to be like now.
  struct route_view {
    fixed_rate link;
    server_load load;
  };

  // A row with its costs corrected, over a route that is taken to be like this.
  candidate predicted(batch_state const& mine, split_costs const& row, std::size_t route,
                      route_view const& seen) const {
    candidate made;
    static_cast<choice&>(made.plan) = {row.split, row.split.layers == layers() ? 0 : route};
    seconds const head = device_.factor(row.split) * row.head;
    made.rest = detail::not_below_zero(local_time(mine) - head);
    if (row.split.layers == layers()) {
      made.plan.latency = {.head = local_time(mine)};
      return made;
    }
    made.plan.latency = {.head = head,
                         .transfer = seen.link.transfer_time(row.payload),
                         .queue = seen.load.queueing_delay,
                         .tail = seen.load.slowdown * routes_[route].server_factor(row.split) * row.tail,
                         .return_time = seen.link.return_time(mine.answer)};
    return made;
  }

  static bool is(candidate const& made, choice_in_use const& used) {
    return static_cast<choice const&>(made.plan) == used.chosen;
  }
  static seconds total(candidate const& made) { return made.plan.latency.total(); }

  // Visits every plan that can be made now: local, and over routes that are well and known.
  template <class Visit>
  void for_each_candidate(batch_state const& mine, time_point now, bool also_avoided, Visit visit) const {
    std::vector<std::optional<route_view>> views;
    views.reserve(routes_.size());
    // Where all are avoided and something must be sent: the one that is to be tried again first.
    time_point soonest = time_point::max();
    for (route_estimate const& route : routes_) soonest = detail::smaller(soonest, route.avoided_until());
    for (route_estimate const& route : routes_) {
      bool const open = also_avoided ? route.avoided_until() == soonest : !avoided(mine, route, now);
      std::optional<fixed_rate> const link = open ? route.link(now) : std::nullopt;
      views.push_back(link ? std::optional{route_view{*link, route.load(now)}} : std::nullopt);
    }
    for (split_costs const& row : mine.rows) {
      if (row.split.layers == layers())
        visit(predicted(mine, row, 0, {fixed_rate{unlimited}, {}}));
      else
        for (std::size_t r = 0; r < routes_.size(); ++r)
          if (views[r]) visit(predicted(mine, row, r, *views[r]));
    }
  }

  candidate best_of(batch_state const& mine, seconds time_left, time_point now) const {
    for (bool const also_avoided : {false, true}) {
      std::optional<candidate> fastest, safe, home;
      for_each_candidate(mine, now, also_avoided, [&](candidate const& made) {
        if (total(made) == never) return;
        bool const local = made.plan.split.layers == layers();
        if (!fastest || total(made) < total(*fastest)) fastest = made;
        if (local && total(made) <= time_left) home = made;
        bool const leaves_time = local ? total(made) <= time_left : total(made) + made.rest <= time_left;
        if (leaves_time && (!safe || total(made) < total(*safe))) safe = made;
      });
      if (safe) return *safe;
      if (home) return *home;
      if (fastest) return *fastest;
    }
    return blind(mine, now);
  }

  // Nothing is known and local is not allowed: what is best at a rate that is assumed.
  candidate blind(batch_state const& mine, time_point now) const {
    std::size_t soonest = 0;
    for (std::size_t r = 1; r < routes_.size(); ++r)
      if (routes_[r].avoided_until() < routes_[soonest].avoided_until()) soonest = r;
    return remote(mine, soonest, fixed_rate{options_.exploration.first_rate}, now).value();
  }

  // The best plan that sends something over one route; while the server's times have hardly been
  // seen, the one that would be best if it took none.
  std::optional<candidate> remote(batch_state const& mine, std::size_t route, fixed_rate const& link,
                                  time_point now) const {
    server_load const load = routes_[route].load(now);
    auto const weighed = [&](candidate const& made) {
      return routes_[route].settled() ? total(made) : total(made) - made.plan.latency.tail;
    };
    std::optional<candidate> best;
    for (split_costs const& row : mine.rows) {
      if (row.split.layers == layers()) continue;
      candidate const made = predicted(mine, row, route, {link, load});
      if (!best || weighed(made) < weighed(*best)) best = made;
    }
    return best;
  }

  // A request that is sent to learn, where what it may cost more than the best is within the share
  // of time for it.
  std::optional<candidate> exploration(batch_state const& mine, candidate const& best, time_point now) const {
    for (std::size_t r = 0; r < routes_.size(); ++r) {
      if (avoided(mine, routes_[r], now)) continue;
      std::optional<fixed_rate> const assumed = worth_a_look(r, best, now);
      if (!assumed) continue;
      std::optional<candidate> const trial = remote(mine, r, *assumed, now);
      if (!trial || trial->plan.split == best.plan.split) continue;
      seconds const risk = detail::smaller(detail::not_below_zero(total(*trial) - total(best)), local_time(mine));
      bool const first =
          !explored_ || routes_[r].overdue(now) || (!routes_[r].settled() && budget_.requests() % 4 == 0);
      if (first || budget_.affords(risk)) return trial;
    }
    return std::nullopt;
  }

  // Whether a request over a route would show something new, and what to take its link for then:
  // the server's times have hardly been seen, or nothing but requests tells of the link.
  std::optional<fixed_rate> worth_a_look(std::size_t r, candidate const& best, time_point now) const {
    route_estimate const& route = routes_[r];
    bool const probed = probing_ && route.answers_probes();
    std::optional<fixed_rate> const link = route.link(now);
    if (best.plan.split.layers == layers()) {
      if (route.settled() ? probed || !route.stale(now) : probed && !link) return std::nullopt;
      return link.value_or(fixed_rate{options_.exploration.first_rate});
    }
    if (probed || !link || best.plan.route != r || route.separable()) return std::nullopt;
    // Transfers of one size may as well be slow to begin as slow to go on: then others pay.
    return fixed_rate{data_rate{5.0 * link->rate().bytes_per_second}, {.latency = 0.8 * best.plan.latency.transfer}};
  }

  std::optional<candidate> of_choice(batch_state const& mine, choice_in_use const& used, time_point now) const {
    std::optional<candidate> same;
    for_each_candidate(mine, now, false, [&](candidate const& made) {
      if (is(made, used)) same = made;
    });
    return same;
  }

  // Why the choice in use stays although another one is better; null where it does not.
  char const* reason_to_stay(batch_state const& mine, candidate const& stay, candidate const& best,
                             time_point now) const {
    if (total(stay) == never) return nullptr;
    seconds const saved = total(stay) - total(best);
    if (saved < options_.hysteresis.min_gain * total(stay)) return "the gain is small";
    if (saved >= options_.clear_gain * total(stay)) return nullptr;
    if (now - mine.used->since < options_.hysteresis.min_dwell && saved <= options_.hysteresis.min_dwell)
      return "dwell";
    if (mine.left && is(best, *mine.left) && now - mine.left->since < options_.cooldown) return "cooldown";
    return nullptr;
  }

  void use(batch_state& mine, choice const& chosen, time_point now) {
    if (mine.used && mine.used->chosen == chosen) return;
    if (mine.used) mine.left = choice_in_use{mine.used->chosen, now};
    mine.used = choice_in_use{chosen, now};
  }

  std::string reason_of(batch_state const& mine, candidate const& best, time_point now) const {
    bool const local = best.plan.split.layers == layers();
    for (std::size_t r = 0; r < routes_.size(); ++r)
      if (routes_[r].failures() > 0 && avoided(mine, routes_[r], now)) {
        std::string const failed = "route " + std::to_string(r) + " failed, ";
        if (local) return failed + "no other is better than local";
        if (best.plan.route != r) return failed + std::to_string(best.plan.route) + " takes over";
      }
    if (local && !best_remote_known(now)) return "no rate known: local";
    std::optional<candidate> const before = mine.used ? of_choice(mine, *mine.used, now) : std::nullopt;
    if (!before || is(best, *mine.used) || total(*before) == never) return local ? "best: local" : "best";
    int const percent = static_cast<int>(100.0 * (1.0 - total(best) / total(*before)) + 0.5);
    return "best: " + std::to_string(percent) + " % better than l = " + std::to_string(mine.used->chosen.split.layers) +
           (mine.used->chosen.route == best.plan.route ? "" : " over route " + std::to_string(mine.used->chosen.route));
  }

  bool best_remote_known(time_point now) const {
    for (route_estimate const& route : routes_)
      if (route.link(now)) return true;
    return false;
  }

  decision told(candidate const& chosen, std::string reason, time_point now) {
    decision decided;
    decided.plan = chosen.plan;
    route_estimate const& route = routes_[chosen.plan.route];
    if (std::optional<fixed_rate> const known = route.link(now)) decided.rate = known->rate();
    decided.load = route.load(now);
    decided.reason = std::move(reason);
    return decided;
  }

  void account(batch_state const& mine, inference_record const& record, bool local) {
    budget_.book(record.total,
                 exploring_ || record.fell_back() ? detail::not_below_zero(record.total - local_time(mine)) : seconds{},
                 local ? mine.rows.front().payload : record.sent);
    if (std::exchange(exploring_, false)) explored_ = true;
    last_batch_ = record.batch;
  }

  // A probe that shows whether offloading pays: half the latency long at the least rate at which it
  // does, or a millisecond where there is hardly any latency.
  bytes telling_size(route_estimate const& route) const {
    double least = 0.0;
    for (batch_state const& mine : batches_) {
      if (mine.batch != last_batch_) continue;
      for (split_costs const& row : mine.rows) {
        if (row.split.layers == layers()) continue;
        seconds const room = local_time(mine) - device_.factor(row.split) * row.head -
                             route.server_factor(row.split) * row.tail - route.latency();
        if (!(room > seconds{})) continue;
        double const rate = static_cast<double>(row.payload.count) / room.count();
        if (least == 0.0 || rate < least) least = rate;
      }
    }
    seconds const length = detail::larger(0.5 * route.latency(), seconds{1e-3});
    return bytes{static_cast<std::uint64_t>(least * length.count())};
  }

  P planner_;
  adaptive_options options_;
  calibration device_;
  std::vector<route_estimate> routes_;
  std::vector<batch_state> batches_;
  batch_size last_batch_{};
  exploration_budget budget_;
  bool probing_ = false, exploring_ = false, explored_ = false;
};

}  // namespace dsc

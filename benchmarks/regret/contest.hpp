#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/cost/scaled.hpp>
#include <dsc/decide/adaptive_controller.hpp>
#include <dsc/evaluate/simulated_session.hpp>

#include "linucb.hpp"

/// The contest: every strategy through the same requests over the same trace, each in a simulated
/// session of its own, with the same noise request by request.
namespace dsc::regret {

using planner_type = planner<scaled<profile>, scaled<profile>>;

struct conditions {
  seconds period{0.25};  ///< from one request to the next
  batch_size batch{1};
  double slowdown = 13.45 / 2.37;  ///< of the device against the measured machine, as in the paper
  seconds latency{0.005};          ///< of the link, each way
  std::uint64_t seed = 1;
  bool probes = true, reports = true, confirms = true;  ///< what transport and server can tell
  double wrong_server = 1.0;  ///< what the learners take the server's times for, times the truth
  adaptive_options adaptive{};
  linucb_options linucb{};
};

struct named_trace {
  std::string name;
  rate_trace trace;

  bool has_outages() const {
    return std::ranges::any_of(trace.samples(), [](rate_sample const& at) { return at.rate == data_rate{0.0}; });
  }
};

/// What one strategy took, request by request.
using latencies = std::vector<double>;

inline double mean(latencies const& all) {
  double sum = 0.0;
  for (double const t : all) sum += t;
  return all.empty() ? 0.0 : sum / static_cast<double>(all.size());
}

struct outcome {
  std::string trace;
  bool outages = false;
  latencies adaptive, oracle, perfect_rate, linucb, local, offload, best_static;
  split_point static_split;
};

class contest {
 public:
  contest(profile const& measured, conditions const& rules)
      : rules_{rules},
        planner_{make(measured, undominated)},
        paper_{make(measured, compressive)},
        believed_{make(measured, undominated, rules.wrong_server)} {}

  outcome on(named_trace const& trace) const {
    outcome all;
    all.trace = trace.name;
    all.outages = trace.has_outages();
    adaptive_controller adaptive{believed_, rules_.adaptive};
    all.adaptive = run(trace.trace, adaptive);
    linucb bandit{believed_, rules_.batch, rules_.linucb};
    all.linucb = run(trace.trace, bandit);
    all.oracle = run_knowing(trace.trace, [&](session const& now) { return clairvoyant(now); });
    all.perfect_rate = run_knowing(trace.trace, [&](session const& now) {
      return paper_.best(rules_.batch, fixed_rate{now.link().rate_at(now.time()), now.link().parameters()});
    });
    std::vector<latencies> fixed;
    for (std::size_t l = 0; l <= planner_.layers(); ++l) {
      fixed_split decider{split_point{l}};
      fixed.push_back(run(trace.trace, decider));
    }
    auto const best = std::ranges::min_element(fixed, {}, mean);
    all.static_split = split_point{static_cast<std::size_t>(best - fixed.begin())};
    all.best_static = *best;
    all.offload = fixed.front();
    all.local = fixed.back();
    return all;
  }

 private:
  using session = simulated_session<planner_type>;

  planner_type make(profile const& measured, split_filter filter, double wrong = 1.0) const {
    return planner{measured, sites{scaled{measured, rules_.slowdown}, scaled{measured, wrong}},
                   candidates{.filter = filter}};
  }

  session session_over(rate_trace const& trace) const {
    link_parameters const link{.latency = rules_.latency, .return_latency = rules_.latency};
    return {planner_,
            rate_trace{trace.samples(), trace_end::hold, link},
            {.seed = rules_.seed, .confirms = rules_.confirms, .probes = rules_.probes, .reports = rules_.reports}};
  }

  latencies run(rate_trace const& trace, auto& decider) const {
    session mine = session_over(trace);
    latencies taken;
    for (seconds at{}; at < trace.length(); at += rules_.period) {
      mine.wait_until(at);
      taken.push_back(mine.infer(decider, rules_.batch).total.count());
    }
    return taken;
  }

  // The same for a decider that looks at the world itself.
  latencies run_knowing(rate_trace const& trace, auto const& choose) const {
    session mine = session_over(trace);
    latencies taken;
    for (seconds at{}; at < trace.length(); at += rules_.period) {
      mine.wait_until(at);
      plan const chosen = choose(mine);
      fixed_split decider{chosen.split, chosen.latency};
      taken.push_back(mine.infer(decider, rules_.batch).total.count());
    }
    return taken;
  }

  plan clairvoyant(session const& now) const {
    plan best;
    seconds least = never;
    for (std::size_t l = 0; l <= planner_.layers(); ++l) {
      seconds const time = now.time_of(split_point{l}, rules_.batch);
      if (!(time < least)) continue;
      least = time;
      best = planner_.predict(split_point{l}, rules_.batch, fixed_rate{unlimited});
      best.latency.end_to_end = time;
    }
    return best;
  }

  conditions rules_;
  planner_type planner_;
  planner_type paper_;
  planner_type believed_;
};

}  // namespace dsc::regret

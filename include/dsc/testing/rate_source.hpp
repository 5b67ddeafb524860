#pragma once

#include <string>
#include <utility>
#include <vector>

#include <dsc/cost/profile.hpp>
#include <dsc/evaluate/simulated_session.hpp>

namespace dsc::laws {

using violations = std::vector<std::string>;

/// The planner of these laws: a device that takes 40 ms a layer beside a server that takes 4 ms,
/// for four layers whose outputs shrink from 400 kB on.
inline planner<profile, profile> rate_source_planner() {
  auto const times = [](double per_layer) {
    std::vector<seconds> prefix(5, seconds{});
    for (std::size_t l = 1; l < prefix.size(); ++l) prefix[l] = static_cast<double>(l) * seconds{per_layer};
    return profile{"law",
                   bytes{400'000},
                   {{"a", bytes{300'000}}, {"b", bytes{150'000}}, {"c", bytes{50'000}}, {"d", bytes{4'000}}},
                   {{batch_size{1}, std::move(prefix), {}}}};
  };
  profile const device = times(0.040);
  return planner{device, sites{device, times(0.004)}};
}

namespace detail {

using law_session = simulated_session<planner<profile, profile>>;

inline bool offloads(inference_record const& record) { return record.decided.plan.split < split_point{4}; }

// How many of the last ten of some requests were sent and answered in time.
template <class D>
int answered_away(law_session& session, D& decider, int requests) {
  int away = 0;
  for (int i = 0; i < requests; ++i) {
    inference_record const record = session.infer(decider, batch_size{1});
    if (requests - i <= 10 && offloads(record) && !record.fell_back()) ++away;
    session.wait_until(session.time() + seconds{0.1});
  }
  return away;
}

// A request that was given up after a moment: long before its bytes could have passed.
inline inference_record given_up(decision const& decided, bytes sent, time_point ended) {
  inference_record record;
  record.batch = batch_size{1};
  record.decided = decided;
  record.observed.head = decided.plan.latency.head;
  record.waited = seconds{0.002};
  record.sent = sent;
  record.observed.tail = seconds{0.1};
  record.total = record.observed.head + record.waited + record.observed.tail;
  record.ended = ended;
  record.fallback = "the answer was late";
  return record;
}

}  // namespace detail

/// What a decider that learns of the link from records must do, in simulated time. `make(planner)`
/// gives a decider that was told nothing: a controller with the rate source under test, which is
/// fed by `observe(record)`, or a decider of any other kind. Over a link of 10 MB/s it must come to
/// send requests within 60, and again within 60 after a bad spell of the link: one of hardly any
/// rate, and one of none. A wait for nothing is no transfer: it must not raise the rate that
/// decisions tell.
/// Time is simulated, and passed as `simulated_session` does.
struct check_rate_source_fn {
  template <class Make>
  violations operator()(Make make) const {
    violations broken;
    begins(make, broken);
    comes_back(make, data_rate{20e3}, "a spell of 20 kB/s", broken);
    comes_back(make, data_rate{0.0}, "an outage", broken);
    wait_is_no_transfer(make, broken);
    return broken;
  }

 private:
  static constexpr data_rate good{10e6};

  static detail::law_session session_over(std::vector<rate_sample> samples) {
    return {rate_source_planner(), rate_trace{std::move(samples), trace_end::hold, {.latency = seconds{0.002}}}};
  }

  template <class Make>
  static void begins(Make& make, violations& broken) {
    auto decider = make(rate_source_planner());
    auto session = session_over({{seconds{}, good}});
    if (int const away = detail::answered_away(session, decider, 60); away < 8)
      broken.push_back("rate source: over a link of 10 MB/s only " + std::to_string(away) +
                       " of the last 10 of 60 requests were sent; look at the link while nothing is known of it");
  }

  template <class Make>
  static void comes_back(Make& make, data_rate bad, std::string const& spell, violations& broken) {
    auto decider = make(rate_source_planner());
    auto session = session_over({{seconds{}, good}, {seconds{10.0}, bad}, {seconds{20.0}, good}});
    while (session.time() < seconds{20.0}) detail::answered_away(session, decider, 1);
    if (int const away = detail::answered_away(session, decider, 60); away < 8)
      broken.push_back("rate source: after " + spell + " only " + std::to_string(away) +
                       " of the last 10 of 60 requests were sent over a link that was well again; look at the link "
                       "from time to time while requests do not");
  }

  template <class Make>
  static void wait_is_no_transfer(Make& make, violations& broken) {
    auto decider = make(rate_source_planner());
    auto session = session_over({{seconds{}, good}});
    detail::answered_away(session, decider, 30);
    inference_record const before = session.infer(decider, batch_size{1});
    if (!before.decided.rate || !detail::offloads(before)) return;  // `begins` has told it, or no rate is told
    time_point const now = before.ended;
    if constexpr (requires { decider.observe(before, now); })
      decider.observe(detail::given_up(before.decided, bytes{400'000}, now), now);
    else if constexpr (requires { decider.observe(before); })
      decider.observe(detail::given_up(before.decided, bytes{400'000}, now));
    inference_record const after = session.infer(decider, batch_size{1});
    if (after.decided.rate && *after.decided.rate > data_rate{1.2 * before.decided.rate->bytes_per_second})
      broken.push_back("rate source: a request that was given up after 2 ms raised the rate from " +
                       std::to_string(before.decided.rate->bytes_per_second) + " to " +
                       std::to_string(after.decided.rate->bytes_per_second) +
                       " bytes per second; a wait for nothing is no transfer");
  }
};
inline constexpr check_rate_source_fn check_rate_source{};

}  // namespace dsc::laws

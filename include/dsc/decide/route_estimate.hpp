#pragma once

#include <optional>

#include <dsc/decide/adaptive_options.hpp>
#include <dsc/decide/record.hpp>

namespace dsc {

/// What one request over a route should have taken by the profile alone.
struct profiled_request {
  seconds tail{};  ///< at the server, neither loaded nor corrected
  bytes sent;
  bytes received;
};

/// What is known of one route, a server and the link to it, from requests and probes over it: rate
/// and latency both ways, the server's load and the correction of its profile, and whether it is
/// well.
class route_estimate {
 public:
  constexpr explicit route_estimate(adaptive_options const& options)
      : options_{options}, up_{options.link}, down_{options.link}, load_{options.load}, server_{options.server} {}

  /// The link as it is taken to be; nothing where that is not known.
  constexpr std::optional<fixed_rate> link(time_point now) const {
    std::optional<fixed_rate> const up = up_.estimate(now);
    if (!up || !returns_known_) return up;
    std::optional<fixed_rate> const down = down_.estimate(now);
    return fixed_rate{
        up->rate(),
        {.latency = up->latency(), .return_latency = down_.latency(), .return_rate = down ? down->rate() : unlimited}};
  }
  constexpr server_load load(time_point now) const { return load_.load(now); }
  constexpr double server_factor(split_point split) const { return server_.factor(split); }

  constexpr bool stale(time_point now) const { return up_.stale(now); }
  /// Whether nothing was tried over it for long: a request's turn, whatever it may cost.
  constexpr bool overdue(time_point now) const {
    bool const tried = tried_ && seconds{now - *tried_} < options_.exploration.longest_silence;
    return !tried && up_.age(now) >= options_.exploration.longest_silence;
  }
  /// Whether it is left alone: it failed not long ago, and nothing was heard of it since where
  /// probes can tell.
  constexpr bool avoided(time_point now) const {
    if (now < avoided_until_) return true;
    constexpr seconds unasked{4.0};  // without probes for so long, nobody sends any
    bool const probed = last_probe_ && seconds{now - *last_probe_} < unasked;
    return failures_ > 0 && probed && probe_answered_ && !heard_since_failure_;
  }
  /// Whether nothing but another request will tell if it is well again.
  constexpr bool doubtful() const { return failures_ > 0 && !heard_since_failure_; }
  constexpr time_point avoided_until() const { return avoided_until_; }
  constexpr int failures() const { return failures_; }
  /// Whether the server's profile was compared with enough requests to be believed.
  constexpr bool settled() const { return server_.count() >= 5; }
  /// Whether probes tell anything here: not where none was ever answered.
  constexpr bool answers_probes() const { return probe_answered_ || probes_lost_ < 3; }

  /// A request was answered by the server.
  constexpr void observe_answer(profiled_request const& usual, split_point split, inference_record const& record,
                                time_point now) {
    tried_ = now;
    latency_breakdown const& seen = record.observed;
    bool const reported = seen.tail > seconds{};
    seconds const way = seen.transfer + seen.return_time;
    reports_ = reported;
    longest_echo_ = way + seen.queue + seen.tail;  // an echo that takes longer waited for something
    if (reported) {
      observe_server(usual, split, seen.queue, seen.tail, now);
      observe_way(usual, record, seen.transfer, now);
    } else {
      share_out(usual, split, record, way + seen.queue, now);
    }
    failures_ = 0;
    slow_in_a_row_ = 0;
    probe_failed_ = false;
    probe_trusted_ = true;
    avoided_until_ = now;
  }

  /// A request got no answer of use from the server.
  constexpr void observe_failure(bytes sent, inference_record const& record, time_point now) {
    tried_ = now;
    // Where all bytes had arrived, how long they took is not known: the server is what was late.
    bool const arrived = record.confirmed >= sent;
    // The device may have begun at once: how long the request was out is told by what was
    // confirmed.
    seconds const out = detail::larger(record.waited, record.confirmed_within);
    if (out > seconds{} && !arrived) up_.observe_wait(sent, record.confirmed, record.confirmed_within, out, now);
    // Bytes were on their way: the link is slow, which the estimate says now, and not dead. Or all
    // had arrived, and the device was done before the server. A third is a route on which
    // something hangs.
    bool const slow = record.outpaced || !arrived;
    if (record.confirmed > bytes{} && slow && ++slow_in_a_row_ <= 2) return;
    fail(now);
  }

  constexpr void observe_probe(probe_record const& record, time_point now) {
    asked_ = std::nullopt;
    bool const echo = record.sent.size <= options_.exploration.echo_size;
    if (!record.answered) {
      if (record.time < patience_for(record.sent.size, now)) return;  // a request needed the link
      ++probes_lost_;
      if (!probe_failed_) fail(now);
      probe_failed_ = true;
      if (!echo) up_.observe_wait(record.sent.size, {}, {}, record.time, now);
      return;
    }
    probe_answered_ = heard_since_failure_ = true;
    probe_failed_ = false;
    // There and back; what is known of the way back alone is taken off.
    seconds const there = detail::larger(record.time - way_back(), 0.1 * record.time);
    if (!echo) {
      if (!reports_ && (!rate_probed_ || contradicts(record.sent.size, there, now))) begin_anew();
      rate_probed_ = true;
      up_.observe_transfer(record.sent.size, there, now, record.cold);
    } else if (record.time < longest_echo_) {
      up_.observe_echo(there);
      last_echo_ = there;
    }
    // The route is alive. Whether its server is well too only a request can tell: where one failed
    // although a probe had said so, the back-off must pass.
    if (probe_trusted_) avoided_until_ = now;
    probe_trusted_ = false;
  }

  /// How many bytes a probe should have now, of those that may be spent; nothing where none is
  /// needed. `telling` is what shows whether the rate is worth offloading for; 0 where none is.
  constexpr std::optional<bytes> wanted_probe(time_point now, double allowance, bytes telling) const {
    exploration_options const& rules = options_.exploration;
    if (asked_ && seconds{now - *asked_} < 4.0 * rules.echo_interval) return std::nullopt;
    bool const known = up_.estimate(now).has_value();
    bool const unheard = !probe_answered_ && answers_probes();
    // Requests do not tell link and server apart then.
    bool const untold = !reports_ && (!rate_probed_ || seconds{now - *last_rate_probe_} > rules.untold_interval);
    bool const quiet = failures_ > 0 || unheard || untold || !known || up_.stale(now);
    if (!quiet) return std::nullopt;
    bool const due = !last_probe_ || seconds{now - *last_probe_} >= rules.echo_interval;
    bool const silent = failures_ > 0 && !heard_since_failure_;
    if (unheard || probe_failed_ || silent) return due ? std::optional{rules.echo_size} : std::nullopt;
    bytes const least = untold ? rules.least_probe * batch_size{4} : rules.least_probe;
    bytes const size = detail::smaller(detail::larger(telling, least), rules.largest_probe);
    if (untold && !rate_probed_ && static_cast<double>(rules.first_allowance.count) <= allowance)
      return rules.first_allowance;
    if (known && !due) return std::nullopt;
    if ((untold || telling > bytes{}) && static_cast<double>(size.count) <= allowance) return size;
    if (!known && static_cast<double>(rules.least_probe.count) <= allowance) return rules.least_probe;
    return due && !(untold && known && !up_.stale(now)) ? std::optional{rules.echo_size} : std::nullopt;
  }
  constexpr void probe_sent(probe const& sent, time_point now) {
    asked_ = last_probe_ = now;
    if (sent.size > options_.exploration.echo_size) last_rate_probe_ = now;
  }
  constexpr seconds latency() const { return up_.latency() + way_back(); }
  constexpr bool separable() const { return up_.separable(); }

 private:
  constexpr void fail(time_point now) {
    exploration_options const& rules = options_.exploration;
    seconds backoff = rules.first_backoff;
    for (int i = 0; i < failures_ && backoff < rules.longest_backoff; ++i) backoff *= 2.0;
    ++failures_;
    heard_since_failure_ = false;
    avoided_until_ = deadline_after(now, detail::smaller(backoff, rules.longest_backoff));
  }

  constexpr void observe_server(profiled_request const& usual, split_point split, seconds queue, seconds tail,
                                time_point now) {
    seconds const corrected = server_.factor(split) * usual.tail;
    load_.observe(queue, settled() && corrected > seconds{} ? tail / corrected : 1.0, now);
    double const slowdown = load_.load(now).slowdown;
    // What the load does not explain corrects the profile, and a tenth of what it does: a slowdown
    // that stays is how the server is.
    server_.observe(split, usual.tail, tail / detail::exponential(0.9 * detail::logarithm(slowdown)));
  }

  constexpr seconds way_back() const { return returns_known_ ? down_.latency() : seconds{}; }

  constexpr void observe_way(profiled_request const& usual, inference_record const& record, seconds transfer,
                             time_point now) {
    bytes const sent = record.sent > bytes{} ? record.sent : usual.sent;
    up_.observe_transfer(sent, transfer, now, record.cold);
    if (!(record.observed.return_time > seconds{})) return;
    // Echoes of before were taken for one way.
    if (!returns_known_) up_.shorten(record.observed.return_time);
    returns_known_ = true;
    bytes const received = record.received > bytes{} ? record.received : usual.received;
    // Answers that fit into what TCP sends at once tell no rate.
    if (static_cast<double>(received.count) <= options_.link.initial_window)
      down_.observe_echo(record.observed.return_time);
    else
      down_.observe_transfer(received, record.observed.return_time, now, record.cold);
  }

  // How long a probe must have been out before its silence means anything.
  constexpr seconds patience_for(bytes size, time_point now) const {
    constexpr seconds least{0.1};
    std::optional<fixed_rate> const known = up_.estimate(now);
    return detail::larger(least, 4.0 * (known ? known->transfer_time(size) : latency()));
  }

  // Whether a probe took another time than the link was thought to take.
  constexpr bool contradicts(bytes size, seconds there, time_point now) const {
    std::optional<fixed_rate> const known = up_.estimate(now);
    if (!known) return false;
    seconds const error = there - known->transfer_time(size);
    seconds const noise = 0.05 * there + options_.link.surprise * (size / known->rate());
    return error > noise || error < -noise;
  }

  // What was shared out between link and server before a probe told the link was a guess.
  constexpr void begin_anew() {
    link_estimator fresh{options_.link};
    fresh.observe_echo(last_echo_);
    up_ = fresh;
    server_.doubt();
  }

  // Where the server reports nothing: what a request took away from here is shared out by what was
  // predicted and how sure that is.
  constexpr void share_out(profiled_request const& usual, split_point split, inference_record const& record,
                           seconds away, time_point now) {
    std::optional<fixed_rate> const known = up_.estimate(now);
    server_load const load = load_.load(now);
    seconds const tail = load.slowdown * server_.factor(split) * usual.tail;
    bytes const sent = record.sent > bytes{} ? record.sent : usual.sent;
    if (!known) {
      seconds const on_link = detail::larger(away - tail, 0.2 * away);
      observe_way(usual, record, on_link, now);
      observe_server(usual, split, seconds{}, away - on_link, now);
      return;
    }
    double const on_link = known->transfer_time(sent).count(), at_server = tail.count();
    double const error = away.count() - on_link - at_server;
    // A server that was hardly seen is uncertain: all is its error where a probe told the link.
    // Later the link is what changes.
    if (!settled() && rate_probed_) {
      observe_server(usual, split, seconds{}, seconds{detail::larger(away.count() - on_link, 0.05 * at_server)}, now);
      return;
    }
    double const server_doubt = settled() ? 0.2 : 5.0;
    double const link_square = on_link * on_link;
    double const squares = link_square + server_doubt * server_doubt * at_server * at_server;
    double const share = squares > 0.0 ? link_square / squares : 1.0;
    observe_way(usual, record, seconds{detail::larger(on_link + share * error, 0.05 * on_link)}, now);
    if (at_server > 0.0)
      observe_server(usual, split, seconds{},
                     seconds{detail::larger(at_server + (1.0 - share) * error, 0.05 * at_server)}, now);
  }

  adaptive_options options_;
  link_estimator up_;
  link_estimator down_;
  load_estimator load_;
  calibration server_;
  bool returns_known_ = false, reports_ = true, rate_probed_ = false;
  seconds longest_echo_ = never, last_echo_{};
  int failures_ = 0;
  int slow_in_a_row_ = 0;
  time_point avoided_until_ = time_point::min();
  bool probe_failed_ = false, probe_answered_ = false, probe_trusted_ = true, heard_since_failure_ = false;
  int probes_lost_ = 0;
  std::optional<time_point> asked_, last_probe_, last_rate_probe_, tried_;
};

}  // namespace dsc

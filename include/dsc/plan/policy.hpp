#pragma once

#include <span>
#include <utility>
#include <vector>

#include <dsc/detail/check.hpp>
#include <dsc/plan/choice.hpp>
#include <dsc/units.hpp>

namespace dsc {

/// A choice's latency as a line over `1 / rate`: `fixed + payload / rate`.
struct latency_line : choice {
  seconds fixed{};  ///< everything that does not depend on the rate
  bytes payload;    ///< what the channel carries for one batch

  friend constexpr bool operator==(latency_line const&, latency_line const&) = default;
  constexpr seconds at(data_rate rate) const { return payload == bytes{} ? fixed : fixed + payload / rate; }
};

/// From `from_rate` to `to_rate` this choice is the best one.
struct policy_piece : choice {
  data_rate from_rate;
  data_rate to_rate;  ///< `unlimited` for the last piece
  latency_line line;
};

/// The best split at every data rate, for one batch size, one link and one load: the lower envelope
/// of the candidates' latencies, exact. A split that is best at one single rate, where it ties with
/// others, is no piece of its own.
class policy {
 public:
  /// From lines in order of falling payload; those whose fixed time is `never` count for nothing.
  /// Throws `bad_quantity` for a fixed time that is not a number, `no_plan` where no line is left.
  constexpr explicit policy(std::span<latency_line const> by_falling_payload) {
    std::vector<entry> hull;
    hull.reserve(by_falling_payload.size());
    for (latency_line const& line : by_falling_payload) add(hull, line);
    if (hull.empty()) throw error{errc::no_plan, "no allowed split ever ends, whatever the data rate"};
    pieces_.reserve(hull.size());
    data_rate from{0.0};
    for (std::size_t i = hull.size(); i-- > 0;) {
      pieces_.push_back({{hull[i].line}, from, hull[i].below, hull[i].line});
      from = hull[i].below;
    }
    starts_.reserve(pieces_.size());
    for (policy_piece const& piece : pieces_) starts_.push_back(piece.from_rate.bytes_per_second);
  }

  constexpr std::span<policy_piece const> pieces() const& { return pieces_; }
  std::span<policy_piece const> pieces() && = delete;
  constexpr auto begin() const { return pieces_.begin(); }
  constexpr auto end() const { return pieces_.end(); }
  constexpr std::size_t size() const { return pieces_.size(); }

  /// The best split at a rate; at a switching rate itself, where two tie, the smaller one; at
  /// `unlimited` the one of very high rates. Throws `bad_quantity` for a rate that is negative or
  /// not a number, `no_plan` at rate 0 where every candidate needs the channel.
  constexpr policy_piece at(data_rate rate) && { return std::as_const(*this).at(rate); }
  constexpr policy_piece const& at(data_rate rate) const& {
    double const r = rate.bytes_per_second;
    if (!(r > 0.0)) return without_channel(rate);
    std::size_t later = 0;
    for (double const start : starts_) later += start <= r ? 1 : 0;
    policy_piece const& piece = pieces_[later - 1];
    return r == starts_[later - 1] && later > 1 && pieces_[later - 2].split < piece.split ? pieces_[later - 2] : piece;
  }

 private:
  struct entry {
    latency_line line;
    data_rate below;  // the line is the best one up to this rate
  };

  // One step of the monotone chain from high rates to low ones: a new line carries less than all
  // before it. Payloads beyond 2^53 that are the same number of the rates' kind count as equal.
  static constexpr void add(std::vector<entry>& hull, latency_line const& line) {
    if (line.fixed == never) return;
    if (!detail::is_finite(line.fixed.count())) throw error{errc::bad_quantity, "a candidate's time must be a number"};
    data_rate below = unlimited;
    while (!hull.empty()) {
      latency_line const& last = hull.back().line;
      double const carried = static_cast<double>(last.payload.count) - static_cast<double>(line.payload.count);
      if (carried <= 0.0 && last.fixed <= line.fixed) {
        if (last.fixed == line.fixed && line.split < last.split) hull.back().line = line;
        return;
      }
      below = unlimited;
      if (line.fixed > last.fixed) {
        below = data_rate{carried / (line.fixed - last.fixed).count()};
        if (below < hull.back().below) break;
      }
      hull.pop_back();
    }
    hull.push_back({line, below});
  }

  constexpr policy_piece const& without_channel(data_rate rate) const {
    detail::require_rate(rate, "the data rate");
    if (pieces_.front().line.payload == bytes{}) return pieces_.front();
    throw error{
        errc::no_plan,
        "no allowed split runs without a channel; allow the largest one (no offloading), or wait for the channel"};
  }

  std::vector<policy_piece> pieces_;
  std::vector<double> starts_;
};

}  // namespace dsc

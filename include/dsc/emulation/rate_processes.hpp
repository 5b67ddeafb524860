#pragma once

#include <cstdint>
#include <string>

#include <dsc/detail/check.hpp>
#include <dsc/detail/elementary.hpp>
#include <dsc/emulation/random.hpp>

/// Seeded random processes in steps, for experiments: they drive a channel's rate
/// (`dsc/emulation/synthetic_trace.hpp`), or a server's load. The same seed gives the same steps on
/// every platform. Both begin as they go on: the first step has the odds of any other.
namespace dsc {

/// The odds of a two-state chain, per step.
struct two_state_odds {
  /// The chance that a bad step follows a good one: good spells take `1 / going_bad` steps in the
  /// mean.
  double going_bad = 0.02;
  /// The chance that a good step follows a bad one: bad spells take `1 / recovering` steps in the
  /// mean.
  double recovering = 0.25;

  friend constexpr bool operator==(two_state_odds const&, two_state_odds const&) = default;

  /// The share of bad steps in the long run, `going_bad / (going_bad + recovering)`; 0 where
  /// nothing goes bad.
  constexpr double bad_share() const { return going_bad > 0.0 ? going_bad / (going_bad + recovering) : 0.0; }

  /// Throws `bad_quantity` for chances outside 0..1.
  constexpr void check() const {
    chance(going_bad, "going bad");
    chance(recovering, "recovering");
  }

 private:
  static constexpr void chance(double p, char const* of) {
    if (!(p >= 0.0 && p <= 1.0))
      throw error{errc::bad_quantity,
                  std::string{"the chance of "} + of + " must be a number from 0 to 1, but is " + std::to_string(p)};
  }
};

/// A Markov chain of two states, good and bad: a channel that works or not, a server that is idle
/// or busy.
class two_state_chain {
 public:
  /// Throws `bad_quantity` as `two_state_odds::check` does.
  constexpr two_state_chain(two_state_odds const& odds, std::uint64_t seed) : odds_{odds}, random_{seed} {
    odds_.check();
    bad_ = random_.uniform() < odds_.bad_share();
  }

  /// Whether this step is bad; goes on to the next one.
  constexpr bool next() {
    bool const now = bad_;
    double const luck = random_.uniform();
    bad_ = now ? luck >= odds_.recovering : luck < odds_.going_bad;
    return now;
  }

 private:
  two_state_odds odds_;
  splitmix64 random_;
  bool bad_ = false;
};

/// How a bounded walk moves. Bounds narrower than about 3 spreads make its mean, spread and
/// correlation smaller.
struct walk_parameters {
  double spread = 0.5;        ///< standard deviation of the factor's natural logarithm
  double correlation = 10.0;  ///< in steps: after so many the logarithm's autocorrelation has fallen to 1/e
  double bound = 3.0;         ///< in spreads: the logarithm stays within as many of its middle

  friend constexpr bool operator==(walk_parameters const&, walk_parameters const&) = default;

  constexpr double lowest() const { return factor(-bound); }
  constexpr double highest() const { return factor(bound); }
  /// The factor at `z` spreads from the middle, `exp(spread · z − spread² / 2)`.
  constexpr double factor(double z) const { return detail::exponential(spread * z - 0.5 * spread * spread); }

  /// Throws `bad_quantity` for a negative spread, for a correlation or bound that is not above 0,
  /// and for a walk over 20 powers of ten.
  constexpr void check() const {
    detail::require_not_negative(spread, "the spread of a walk");
    detail::require_positive(correlation, "the correlation of a walk");
    detail::require_positive(bound, "the bound of a walk");
    if (spread * (bound + spread) > 23.0)
      throw error{errc::bad_quantity,
                  "a walk of this spread and bound runs over more than 20 powers of ten; take smaller ones"};
  }
};

/// A factor that wanders around its mean of 1: the logarithm is an AR(1) process, pulled back to
/// its middle and held at its bounds.
class bounded_walk {
 public:
  /// Throws `bad_quantity` as `walk_parameters::check` does.
  constexpr bounded_walk(walk_parameters const& parameters, std::uint64_t seed)
      : parameters_{parameters}, random_{seed} {
    parameters_.check();
    kept_ = detail::exponential(-1.0 / parameters_.correlation);
    added_ = detail::square_root(1.0 - kept_ * kept_);
    z_ = held(random_.normal());
  }

  /// The factor of this step, from `lowest()` to `highest()` of its terms; goes on to the next one.
  constexpr double next() {
    double const now = z_;
    z_ = held(kept_ * z_ + added_ * random_.normal());
    return parameters_.factor(now);
  }

 private:
  constexpr double held(double z) const {
    return z < -parameters_.bound ? -parameters_.bound : z > parameters_.bound ? parameters_.bound : z;
  }

  walk_parameters parameters_;
  splitmix64 random_;
  double kept_ = 0.0, added_ = 0.0, z_ = 0.0;
};

}  // namespace dsc

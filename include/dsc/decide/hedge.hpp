#pragma once

#include <optional>

#include <dsc/detail/check.hpp>

namespace dsc {

/// What a session does while the answer is out: when the device begins to finish from the `h_l`
/// that it has kept. It then looks for the answer after every layer; whichever is first is taken.
class hedge {
 public:
  /// Once the answer is late: little work in vain, and the default.
  static constexpr hedge when_late() { return hedge{}; }
  /// At once after sending: work in vain at every request, and hardly ever longer than locally.
  static constexpr hedge always() { return hedge{true, seconds{}}; }
  /// Once the answer is late, and not before this time since sending, unless the transport fails
  /// or a request's own deadline asks for it. `never` is a time; throws `bad_quantity` for none.
  static constexpr hedge never_before(seconds time) {
    if (time != never) detail::require_not_negative(time, "the time before which a device does not hedge");
    return hedge{false, time};
  }

  constexpr bool at_once() const { return at_once_; }
  constexpr seconds earliest() const { return earliest_; }

 private:
  constexpr hedge() = default;
  constexpr hedge(bool at_once, seconds earliest) : at_once_{at_once}, earliest_{earliest} {}

  bool at_once_ = false;
  seconds earliest_{};
};

/// When a session gives the early answer of an `ExitingModel`, from which confidence on; by default
/// never.
struct exit_options {
  std::optional<double> before_sending{};  ///< instead of sending at all
  std::optional<double> when_late{};       ///< instead of finishing, where the answer is late or will not come

  /// Throws `bad_quantity` for a confidence that is none.
  void check() const {
    for (std::optional<double> const& confidence : {before_sending, when_late})
      if (confidence) detail::require_not_negative(*confidence, "the confidence from which an early answer is given");
  }
};

}  // namespace dsc

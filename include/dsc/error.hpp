#pragma once

#include <exception>
#include <stdexcept>
#include <string>
#include <type_traits>

namespace dsc {

/// What went wrong in the core, as a number that stays the same from version to version. An adapter
/// has an enum of its own, in a hundred of its own from 701 on: docs/formats.md lists all of them.
enum class errc : int {
  bad_quantity = 101,  ///< a time, rate or factor that is negative, zero where that has no meaning, or not a number
  bad_split = 102,     ///< a split point or layer span outside the model
  bad_model = 103,     ///< a model without layers, without input, or two models that should be one
  bad_batch = 104,     ///< a batch of no samples, or bytes that are no whole number of samples
  bad_tensor = 105,    ///< a tensor whose shape, type and bytes disagree
  bad_trace = 201,     ///< a rate trace that is empty, unsorted or holds a bad value
  trace_ended = 202,   ///< a moment past the end of a trace that neither holds nor loops
  bad_profile = 301,   ///< a profile that misses a key or holds a bad value
  batch_not_profiled = 302,  ///< a batch size outside the measured ones
  noisy_profile = 303,       ///< measurements too noisy to plan with
  no_plan = 401,             ///< no allowed split can be run in this state
  transport_failed = 501,    ///< the other side could not be reached or refused
  deadline_missed = 502,     ///< the answer did not come in time
  cancelled = 503,           ///< the request was given up by its owner
  backend_failed = 504,      ///< a backend could not run a layer: no memory, no kernel
  cannot_read = 601,         ///< a file that cannot be opened or read
  bad_file = 602,            ///< a file that is not what it should be
  cannot_write = 603,        ///< an output that cannot be written
};

/// The number of an error: of `errc`, or of an adapter's own enum.
class error_code {
 public:
  explicit constexpr error_code(int number) : number_{number} {}
  template <class Enum>
    requires(std::is_enum_v<Enum> && !std::is_convertible_v<Enum, int> &&
             std::is_same_v<std::underlying_type_t<Enum>, int>)
  constexpr error_code(Enum number) : number_{static_cast<int>(number)} {}

  constexpr int number() const noexcept { return number_; }

  friend constexpr bool operator==(error_code, error_code) = default;

 private:
  int number_;
};

/// The one exception of the library: a stable number and one sentence that says what is wrong,
/// where, and what to do.
class error : public std::runtime_error {
 public:
  error(error_code code, std::string const& sentence)
      : std::runtime_error{"dsc-" + std::to_string(code.number()) + ": " + sentence}, code_{code} {}

  error_code code() const noexcept { return code_; }

 private:
  error_code code_;
};

namespace detail {

/// What an exception says, never nothing: `what()` of foreign ones may be empty or null.
inline std::string reason_of(std::exception const& failure) {
  char const* const text = failure.what();
  return text == nullptr || *text == '\0' ? "it did not say why" : text;
}

}  // namespace detail

}  // namespace dsc

#pragma once

#include <exception>
#include <stdexcept>
#include <string>

namespace dsc {

/// What went wrong, as a number that stays the same from version to version.
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
  unknown_model = 701,       ///< a model name that is not in the zoo
  bad_weights = 702,         ///< weights that are missing, extra or of the wrong shape
  bad_image = 703,           ///< an image that cannot be decoded
  bad_option = 801,          ///< a command-line option that makes no sense
};

/// The one exception of the library: a stable number and one sentence that says what is wrong,
/// where, and what to do.
class error : public std::runtime_error {
 public:
  error(errc code, std::string const& sentence)
      : std::runtime_error{"dsc-" + std::to_string(static_cast<int>(code)) + ": " + sentence}, code_{code} {}

  errc code() const noexcept { return code_; }

 private:
  errc code_;
};

namespace detail {

/// What an exception says, never nothing: `what()` of foreign ones may be empty or null.
inline std::string reason_of(std::exception const& failure) {
  char const* const text = failure.what();
  return text == nullptr || *text == '\0' ? "it did not say why" : text;
}

}  // namespace detail

}  // namespace dsc

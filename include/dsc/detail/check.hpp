#pragma once

#include <limits>
#include <string>

#include <dsc/error.hpp>
#include <dsc/units.hpp>

namespace dsc::detail {

constexpr bool is_finite(double x) {
  return x > -std::numeric_limits<double>::infinity() && x < std::numeric_limits<double>::infinity();
}

constexpr seconds not_below_zero(seconds time) { return time < seconds{} ? seconds{} : time; }

/// Throws `bad_quantity` unless `x` is finite and at least 0.
constexpr double require_not_negative(double x, char const* name) {
  if (!is_finite(x) || x < 0.0)
    throw error{errc::bad_quantity,
                std::string{name} + " must be a finite number and not negative, but is " + std::to_string(x)};
  return x;
}
constexpr seconds require_not_negative(seconds time, char const* name) {
  return seconds{require_not_negative(time.count(), name)};
}

/// Throws `bad_quantity` unless `x` is finite and above 0.
constexpr double require_positive(double x, char const* name) {
  if (!is_finite(x) || x <= 0.0)
    throw error{errc::bad_quantity,
                std::string{name} + " must be a finite number above 0, but is " + std::to_string(x)};
  return x;
}

/// Throws `bad_quantity` for a rate that is negative or not a number; 0 (an outage) and `unlimited`
/// are rates.
constexpr data_rate require_rate(data_rate r, char const* name) {
  if (!(r.bytes_per_second >= 0.0))
    throw error{errc::bad_quantity, std::string{name} + " must be 0 or more bytes per second, but is " +
                                        std::to_string(r.bytes_per_second)};
  return r;
}

/// Throws `bad_batch` for a batch of no samples.
constexpr batch_size require_not_empty(batch_size batch) {
  if (batch.count == 0) throw error{errc::bad_batch, "a batch needs at least one sample"};
  return batch;
}

}  // namespace dsc::detail

#pragma once

#include <limits>

/// What <cmath> computes, but at compile time too, and with the same digits under every standard
/// library.
namespace dsc::detail {

/// `e^x` to about 15 digits: a power of two times the Taylor series of what is left.
constexpr double exponential(double x) {
  if (x < -700.0) return 0.0;
  if (x > 700.0) return std::numeric_limits<double>::infinity();
  constexpr double ln2 = 0.6931471805599453;
  int const doublings = static_cast<int>(x / ln2 + (x < 0.0 ? -0.5 : 0.5));
  double const rest = x - doublings * ln2;
  double power = 1.0;
  for (int i = 14; i > 0; --i) power = 1.0 + power * rest / i;
  for (int i = 0; i < doublings; ++i) power *= 2.0;
  for (int i = 0; i > doublings; --i) power /= 2.0;
  return power;
}

/// The natural logarithm of a number above 0, to about 15 digits: a power of two, and the series of
/// what is left.
constexpr double logarithm(double x) {
  if (!(x > 0.0)) return -std::numeric_limits<double>::infinity();
  if (x == std::numeric_limits<double>::infinity()) return x;
  constexpr double ln2 = 0.6931471805599453;
  int doublings = 0;
  while (x > 1.5) {
    x /= 2.0;
    ++doublings;
  }
  while (x < 0.75) {
    x *= 2.0;
    --doublings;
  }
  double const ratio = (x - 1.0) / (x + 1.0), square = ratio * ratio;
  double sum = 0.0;
  for (int i = 25; i > 0; i -= 2) sum = sum * square + 1.0 / i;
  return doublings * ln2 + 2.0 * ratio * sum;
}

/// The root of a number of 0 or more, by Newton's method from above.
constexpr double square_root(double x) {
  if (!(x > 0.0)) return 0.0;
  double root = x < 1.0 ? 1.0 : x;
  for (;;) {
    double const next = 0.5 * (root + x / root);
    if (!(next < root)) return root;
    root = next;
  }
}

}  // namespace dsc::detail

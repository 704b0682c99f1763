#pragma once
// How many standard deviations a given false-alarm rate is. The block quantile of state/normal_quantile.hpp takes p as
// ½ + q, which has no digits left for p below 1e−16; this one takes the tail itself.

#include <cmath>
#include <numbers>

#include "../schedule/require.hpp"

namespace tweedie {

/// P(Z > z) for a standard normal Z, to full relative accuracy in the upper tail.
inline double normal_tail(double z) {
  return std::erfc(z / std::numbers::sqrt2) / 2;
}

/// The z with P(Z > z) = tail, 1e−300 ≤ tail ≤ ½: 6.1094 for half of 1e−9. Throws std::invalid_argument elsewhere.
inline double normal_tail_quantile(double tail) {
  require(tail >= 1e-300 && tail <= 0.5, "normal_tail_quantile: tail = ", tail, " is outside [1e-300, 0.5]");
  // ln P(Z > z) is concave and P(Z > z) ≤ ½ e^(−z²/2), so Newton's method on it falls from this start to the root.
  double z = std::sqrt(-2 * std::log(2 * tail));
  for (double step = 1; step > 1e-15 * z;) {
    const double density = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi);
    step = std::log(tail / normal_tail(z)) * normal_tail(z) / density;
    z -= step;
  }
  return z;
}

}  // namespace tweedie

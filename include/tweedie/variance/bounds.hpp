#pragma once
// What Var[x₀ | x_t] can be at most, and what noise the last steps may draw. Nothing here is done unless it is asked
// for.
//   0 ≤ v ≤ σ_t²/α_t²                 the mean over x_t: x_t/α_t is an estimate of x₀ with that error, and x̂₀ is no worse
//   v ≤ ((hi − lo)/2)²                data in [lo, hi]: Popoviciu's inequality                                        [ADPM-4]
//   E|N(0, z²)| = z √(2/π)            the mean size of the noise of a row                                           [ADPM-8]
// Bao et al., Analytic-DPM, arXiv:2201.06503v3, theorem 2 (eq. 11 and 12); the noise of the last rows: appendix F.2.

#include <limits>
#include <numbers>
#include <utility>

#include "../sampler/row.hpp"

namespace tweedie {

/// Where the data lie, every coordinate.
struct Range {
  double lo, hi;
};

/// The upper bound of v at a level, from the level alone; +∞ at α = 0.
inline double largest_variance(const Level& t) {
  lambda(t);                               // refuses what is no level
  const double ratio = t.sigma / t.alpha;  // +∞ at α = 0; squared last, as σ² alone may leave the range of doubles
  return ratio * ratio;
}
/// The same for data in a range.
inline double largest_variance(const Level& t, const Range& data) {
  require(data.lo < data.hi, "data range: lo = ", data.lo, " must be less than hi = ", data.hi);
  return std::fmin(largest_variance(t), (data.hi - data.lo) * (data.hi - data.lo) / 4);
}

/// v = (σ²/α²)(1 − σ²Γ) from a measured Γ = E‖∇ log p_t‖²/d; published tables hold σ²Γ = E‖ε̂‖²/d.                          [ADPM-3]
/// Throws std::invalid_argument for Γ < 0 or above its bound 1/σ², which no law exceeds but an estimate may, and at α =
/// 0.
inline double variance_from_score(const Level& t, double gamma) {
  const double eps2 = t.sigma * gamma * t.sigma;  // E‖ε̂‖²/d
  constexpr double rounding = 8 * std::numeric_limits<double>::epsilon();
  require(t.alpha > 0, "variance from the score: at time ", t.time,
          " alpha = 0, where it is multiplied by sigma^2/alpha^2");
  require(gamma >= 0 && eps2 <= 1 + rounding, "variance from the score: at time ", t.time, " Gamma = ", gamma,
          " must lie between 0 and its bound 1/sigma^2 = ", 1 / (t.sigma * t.sigma));
  return largest_variance(t) * std::fmax(0, 1 - eps2);
}

/// The variance v(level) held to [0, largest_variance(level, data)].
template <class Variance>
auto clipped_variance(Variance variance, Range data) {
  largest_variance(clean, data);  // refuses an empty range
  return [variance = std::move(variance), data](const Level& t) {
    const double v = variance(t);
    require(!std::isnan(v), "clipped_variance: at time ", t.time, " the variance is not a number");
    return std::fmax(0, std::fmin(v, largest_variance(t, data)));
  };
}

/// The variance v(level), refused where it is negative or breaks a bound by more than the fraction `slack` of it: an
/// estimate carries its error, and of data that fill their range it lies on both sides of the bound.
template <class Variance>
auto checked_variance(Variance variance, Range data, double slack = 0.05) {
  largest_variance(clean, data);
  require(slack >= 0, "checked_variance: slack = ", slack, " must not be negative");
  return [variance = std::move(variance), data, slack](const Level& t) {
    const double v = variance(t), level_bound = largest_variance(t), bound = largest_variance(t, data);
    require(!std::isnan(v) && v >= 0, "variance at time ", t.time, ": v = ", v,
            ", but must be a number and not negative");
    require(v <= level_bound * (1 + slack), "variance at time ", t.time, ": v = ", v,
            " is above sigma^2/alpha^2 = ", level_bound, ", which x_t/alpha_t alone would reach");
    require(v <= bound * (1 + slack), "variance at time ", t.time, ": v = ", v, " is above ", bound,
            ", the most that data between ", data.lo, " and ", data.hi, " can have");
    return v;
  };
}

/// The table with the noise of the last `rows` rows that draw any limited to the mean size `largest` = E|z ζ| of a
/// coordinate, in the units of the data. Published code allows the last one 1 or 2 grey levels of 255:
/// limited_noise(table, 1, 2 * 2.0 / 255) on [−1, 1].
inline Table limited_noise(Table table, int rows, double largest) {
  require(rows >= 0 && largest >= 0, "limited_noise: rows = ", rows, " and largest = ", largest,
          " must not be negative");
  const double z = largest * std::sqrt(std::numbers::pi / 2);
  for (std::size_t i = table.size(); i-- > 0 && rows > 0;) {
    if (table[i].row.z == 0) continue;
    table[i].row.z = std::copysign(std::fmin(std::fabs(table[i].row.z), z), table[i].row.z);
    --rows;
  }
  return table;
}

}  // namespace tweedie

#pragma once
// A noise level: x_t = α x₀ + σ ε.  VP, VE, sub-VP, cosine, EDM and rectified flow are all of this form, so every step
// coefficient of every sampler is a function of two levels and of nothing else, any two.                       [DDIM-12]

#include <algorithm>
#include <cmath>
#include <limits>

#include "require.hpp"

namespace tweedie {

/// The law of x_t given x₀, N(α x₀, σ² I), with the time it belongs to.
struct Level {
  static constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

  double time = unknown;     ///< In the units of its schedule; NaN where there is none.
  double alpha = 1;          ///< Signal coefficient α ≥ 0.
  double sigma = 0;          ///< Standard deviation of the noise σ ≥ 0.
  double d_alpha = unknown;  ///< dα/dtime; NaN: unknown, and refused where it is needed.
  double d_sigma = unknown;  ///< dσ/dtime; NaN as above; +∞ at the clean end of VP and VE.
};

/// The data itself: grid.push_back(clean) ends a grid there. It has no time; schedule(0) has, for what reads it.
inline constexpr Level clean{};

/// λ = ln(α/σ), half the log signal-to-noise ratio: +∞ at σ = 0, −∞ at α = 0, never NaN.
/// Throws std::invalid_argument unless α and σ are finite, not negative and not both zero.
inline double lambda(const Level& level) {
  const auto& [time, alpha, sigma, d_alpha, d_sigma] = level;
  require(std::isfinite(alpha) && alpha >= 0 && std::isfinite(sigma) && sigma >= 0, "level at time ", time,
          ": alpha = ", alpha, ", sigma = ", sigma, ", but both must be finite and not negative");
  require(alpha > 0 || sigma > 0, "level at time ", time,
          ": alpha and sigma are both 0, which leaves neither signal nor noise");
  return std::log(alpha) - std::log(sigma);
}

/// Whether two levels have the same λ, rounding apart, so that a step between them has length zero: λ differ by 2⁻⁴⁰
/// (1 + |λ|) at most, or neither the times nor the directions of (α, σ) differ by more than a few units in the last
/// place. A level that was asked for by its λ, schedule(schedule.time(λ)), has gone through some ten roundings of
/// numbers of the size of λ (B = −2 ln α, ln σ_max/σ_min), a few times 2⁻⁵² |λ|: hence the first. Where α = 1 − t the
/// rounding of t is that of 1, however small α: hence the second.
inline bool same_lambda(const Level& t, const Level& s) {
  const double a = lambda(t), b = lambda(s);
  if (a == b) return true;
  if (std::isfinite(a) && std::isfinite(b) && std::fabs(a - b) <= 0x1p-40 * (1 + std::fabs(a))) return true;
  const double unit = 4 * std::numeric_limits<double>::epsilon(), r_t = std::hypot(t.alpha, t.sigma),
               r_s = std::hypot(s.alpha, s.sigma);
  return std::fabs(t.time - s.time) <= unit * std::max(std::fabs(t.time), std::fabs(s.time)) &&
         std::fabs(t.alpha / r_t * (s.sigma / r_s) - t.sigma / r_t * (s.alpha / r_s)) <= unit;
}

/// Whether two levels are the same, rounding apart: in λ and in size, √(α² + σ²).
inline bool same_level(const Level& t, const Level& s) {
  const double size = std::hypot(t.alpha, t.sigma);
  return same_lambda(t, s) && std::fabs(std::hypot(s.alpha, s.sigma) - size) <= 0x1p-40 * size;
}

/// f = α'/α, the drift coefficient of dx = f x dt + g dw.                                                      [SDE-2]
/// Throws where dα/dtime is unknown or α = 0.
inline double drift_rate(const Level& t) {
  require(std::isfinite(t.d_alpha), "level at time ", t.time,
          ": its rate d_alpha is unknown, and the drift f = alpha'/alpha needs it");
  require(t.alpha > 0, "level at time ", t.time, ": alpha = 0, where the drift f = alpha'/alpha is infinite");
  return t.d_alpha / t.alpha;
}

/// g² = 2σσ' − 2fσ², the squared diffusion coefficient of dx = f x dt + g dw.                                   [SDE-2]
/// Throws where a rate is unknown or not finite, or α = 0.
inline double diffusion_rate(const Level& t) {
  require(std::isfinite(t.d_sigma), "level at time ", t.time, ": its rate d_sigma is ", t.d_sigma,
          ", and g^2 = 2 sigma sigma' - 2 f sigma^2 needs a finite one");
  return 2 * t.sigma * t.d_sigma - 2 * drift_rate(t) * t.sigma * t.sigma;
}

}  // namespace tweedie

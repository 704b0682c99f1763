#pragma once
// The variance-preserving schedule with linear β, the continuous limit of DDPM:
//   α = e^(−B/2),   σ² = 1 − e^(−B),   B(t) = ∫₀ᵗ β = β_min t + ½(β_max − β_min)t²
// Song et al., Score-based generative modeling through SDEs, arXiv:2011.13456v2, eq. 32, 33 and appendix C.       [SDE-3]

#include "schedule.hpp"

namespace tweedie {

/// α = e^(−B/2), σ = √(1 − e^(−B)) and their rates from B = ∫β and β = dB/dtime. The difference 1 − e^(−B) is never
/// formed.
inline Level variance_preserving_level(double time, double B, double beta) {
  const double alpha = std::exp(-B / 2), sigma = std::sqrt(-std::expm1(-B));
  return {time, alpha, sigma, -beta * alpha / 2, beta * alpha * alpha / (2 * sigma)};
}

/// t from B for linear β, the positive root of β_min t + ½(β_max − β_min)t² = B, written so that nothing cancels and no
/// square leaves the range of doubles.
inline double linear_beta_time(double beta_min, double beta_max, double B) {
  return 2 * (B / (beta_min + std::hypot(beta_min, std::sqrt(2 * (beta_max - beta_min)) * std::sqrt(B))));
}

struct VariancePreserving {
  double beta_min = 0.1;  ///< β(0) > 0
  double beta_max = 20;   ///< β(1) ≥ β_min

  /// t in [0, 1]; at t = 0 the rate of σ is +∞.
  Level operator()(double t) const {
    check_unit_time(t, "VariancePreserving");
    require(beta_min > 0 && beta_max >= beta_min && std::isfinite(beta_max),
            "VariancePreserving: 0 < beta_min <= beta_max < inf is broken by ", beta_min, " and ", beta_max);
    return variance_preserving_level(t, beta_min * t + (beta_max - beta_min) * t * t / 2,
                                     beta_min + (beta_max - beta_min) * t);
  }
  /// B = ln(1 + e^(−2λ)). Throws std::invalid_argument for a λ noisier than the level of t = 1.
  double time(double lambda) const {
    return held_to_end(linear_beta_time(beta_min, beta_max, variance_preserving_integral(lambda)), lambda, *this, 1,
                       "VariancePreserving");
  }
};

}  // namespace tweedie

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

/// The inverse: B = ln(1 + e^(−2λ)), without overflow at either end.
inline double variance_preserving_integral(double lambda) {
  return lambda >= 0 ? std::log1p(std::exp(-2 * lambda)) : -2 * lambda + std::log1p(std::exp(2 * lambda));
}

/// t from B for linear β, the positive root of β_min t + ½(β_max − β_min)t² = B, written so that nothing cancels.
inline double linear_beta_time(double beta_min, double beta_max, double B) {
  return 2 * B / (beta_min + std::sqrt(beta_min * beta_min + 2 * (beta_max - beta_min) * B));
}

struct VariancePreserving {
  double beta_min = 0.1;  ///< β(0) > 0
  double beta_max = 20;   ///< β(1) ≥ β_min

  /// t in [0, 1]; at t = 0 the rate of σ is +∞.
  Level operator()(double t) const {
    check_unit_time(t, "VariancePreserving");
    require(beta_min > 0 && beta_max >= beta_min, "VariancePreserving: 0 < beta_min <= beta_max is broken by ",
            beta_min, " and ", beta_max);
    return variance_preserving_level(t, beta_min * t + (beta_max - beta_min) * t * t / 2,
                                     beta_min + (beta_max - beta_min) * t);
  }
  double time(double lambda) const {
    return linear_beta_time(beta_min, beta_max, variance_preserving_integral(lambda));
  }
};

}  // namespace tweedie

#pragma once
// The sub-VP schedule: the mean of VP with a smaller noise,
//   α = e^(−B/2),   σ = 1 − e^(−B)   (σ itself, not its square),   B(t) = β_min t + ½(β_max − β_min)t²
// Song et al., arXiv:2011.13456v2, eq. 34 and appendix C.                                                          [SDE-3]

#include "variance_preserving.hpp"

namespace tweedie {

struct SubVariancePreserving {
  double beta_min = 0.1;  ///< β(0) > 0
  double beta_max = 20;   ///< β(1) ≥ β_min

  /// t in [0, 1].
  Level operator()(double t) const {
    check_unit_time(t, "SubVariancePreserving");
    require(beta_min > 0 && beta_max >= beta_min && std::isfinite(beta_max),
            "SubVariancePreserving: 0 < beta_min <= beta_max < inf is broken by ", beta_min, " and ", beta_max);
    const double B = beta_min * t + (beta_max - beta_min) * t * t / 2, beta = beta_min + (beta_max - beta_min) * t;
    const double alpha = std::exp(-B / 2);
    return {t, alpha, -std::expm1(-B), -beta * alpha / 2, beta * alpha * alpha};
  }
  /// e^(−λ) = σ/α = 2 sinh(B/2), so B = 2 asinh(e^(−λ)/2). Throws std::invalid_argument for a λ noisier than the level
  /// of t = 1.
  double time(double lambda) const {
    return held_to_end(linear_beta_time(beta_min, beta_max, 2 * std::asinh(std::exp(-lambda) / 2)), lambda, *this, 1,
                       "SubVariancePreserving");
  }
};

}  // namespace tweedie

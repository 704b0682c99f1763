#pragma once
// The variance-exploding schedule:
//   α = 1,   σ² = σ(t)² − σ(0)²,   σ(t) = σ_min (σ_max/σ_min)^t
// The term σ(0)² makes x₀ the data itself at t = 0; appendix C and many codes drop it (for those, give EDM the times
// σ(t)).
// Song et al., arXiv:2011.13456v2, eq. 29 for the difference, appendix C for σ(t).                                                      [SDE-3]

#include "schedule.hpp"

namespace tweedie {

struct VarianceExploding {
  double sigma_min = 0.01;  ///< > 0
  double sigma_max = 50;    ///< > σ_min

  /// t in [0, 1]; at t = 0 the rate of σ is +∞.
  Level operator()(double t) const {
    check_unit_time(t, "VarianceExploding");
    require(sigma_min > 0 && sigma_max > sigma_min, "VarianceExploding: 0 < sigma_min < sigma_max is broken by ",
            sigma_min, " and ", sigma_max);
    const double rate = std::log(sigma_max / sigma_min);
    const double sigma = sigma_min * std::sqrt(std::expm1(2 * rate * t));
    const double total = sigma_min * std::exp(rate * t);  // σ(t); σσ' = σ(t)² ln(σ_max/σ_min)
    return {t, 1, sigma, 0, rate * total * total / sigma};
  }
  double time(double lambda) const {
    const double ratio = std::exp(-lambda) / sigma_min;
    return std::log1p(ratio * ratio) / (2 * std::log(sigma_max / sigma_min));
  }
};

}  // namespace tweedie

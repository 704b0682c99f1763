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

  /// t in [0, 1]; at t = 0 the rate of σ is +∞. The level of t = 1 has σ² = σ_max² − σ_min². That with σ = σ_max, where
  /// grids by the name of σ_max begin, is one as well: it lies beyond, by ½ ln(1 + σ_min²/σ_max²)/ln(σ_max/σ_min).
  Level operator()(double t) const {
    const double rate = check();
    require(t >= 0 && t <= log_total(sigma_max) / rate * (1 + 1e-12), "VarianceExploding: time ", t,
            " is outside [0, 1], by ", t < 0 ? -t : t - 1);
    // σ² = σ(t)² (1 − e^(−2x)), x = ln(σ(t)/σ_min); σσ' = σ(t)² dx/dt.
    const double x = rate * t, total = sigma_min * std::exp(x), sigma = total * std::sqrt(-std::expm1(-2 * x));
    return {t, 1, sigma, 0, rate * total * (total / sigma)};
  }
  /// Throws std::invalid_argument for a σ = e^(−λ) above σ_max.
  double time(double lambda) const {
    const double rate = check();
    return held_to_end((variance_preserving_integral(lambda + std::log(sigma_min)) / 2) / rate, lambda, *this,
                       log_total(sigma_max) / rate, "VarianceExploding");
  }

 private:
  /// ln(σ_max/σ_min), of a schedule that is one.
  double check() const {
    require(sigma_min > 0 && sigma_max > sigma_min && std::isfinite(sigma_max / sigma_min),
            "VarianceExploding: 0 < sigma_min < sigma_max < inf is broken by ", sigma_min, " and ", sigma_max);
    return std::log(sigma_max / sigma_min);
  }
  /// ln(σ(t)/σ_min) = ½ ln(1 + σ²/σ_min²) of the level with this σ.
  double log_total(double sigma) const {
    return variance_preserving_integral(std::log(sigma_min) - std::log(sigma)) / 2;
  }
};

}  // namespace tweedie

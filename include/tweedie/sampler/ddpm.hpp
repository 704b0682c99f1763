#pragma once
// Ancestral sampling: x_s from the posterior of the forward chain with x̂₀ in the place of x₀,
//   x_s = κ x_t + c x̂₀ + √variance ζ,   κ = a_{t|s} σ_s²/σ_t² = (α_s/α_t) e^(−2h),   c = α_s (1 − e^(−2h)),   h = λ_s − λ_t
// Ho et al., Denoising diffusion probabilistic models, arXiv:2006.11239v2, eq. 6, 7 and algorithm 2.             [DDPM-3, DDPM-11]
// The derivation is docs/ddpm.md. DDIM{.eta = 1} is DDPM{}.

#include "../schedule/told.hpp"
#include "row.hpp"
#include "variances.hpp"

namespace tweedie {

struct DDPM {
  /// The variance of the step from t to s, ≥ 0: posterior_variance (Ho's β̃), forward_variance (Ho's β), or your own, a
  /// function or a number.
  /// A row onto σ_s = 0 draws no noise whatever this says: there x̂₀ itself is returned, as published.
  NumberOf<const Level&, const Level&> variance = posterior_variance;

  /// Throws unless s is less noisy than t, or at most as noisy, and the variance finite and not negative.
  Row row(const Level& t, const Level& s) const {
    const double fresh = fresh_share(t, s);  // 1 − e^(−2h)
    const auto& own = told(variance, "DDPM: .variance", "posterior_variance, forward_variance, or your own");
    const double tau2 = s.sigma == 0 ? 0 : own(t, s);
    require(std::isfinite(tau2) && tau2 >= 0, "DDPM: the variance from time ", t.time, " to ", s.time, " is ", tau2,
            ", but must be finite and not negative");
    const double kappa = t.alpha * s.sigma * s.sigma / (s.alpha * t.sigma * t.sigma);
    return {.x = kappa, .x0 = {s.alpha * fresh}, .z = std::sqrt(tau2)};
  }
};

}  // namespace tweedie

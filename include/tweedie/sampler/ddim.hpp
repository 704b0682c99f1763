#pragma once
// The family of samplers with the marginals of the forward process and any noise 0 ≤ τ ≤ σ_s of their own,
//   x_s = α_s x̂₀ + √(σ_s² − τ²) ε̂ + τ ζ,   τ = η·(posterior standard deviation)                              [DDIM-1, DDIM-3]
// Song et al., Denoising diffusion implicit models, arXiv:2010.02502v4, eq. 12 and 16. The derivation is docs/ddim.md.
// η = 0: the probability-flow ODE to first order, and on a grid walked upward its explicit inversion.            [DDIM-5]
// η = 1: DDPM{}.                                                                                               [DDIM-2]

#include "row.hpp"
#include "variances.hpp"

namespace tweedie {

struct DDIM {
  /// 0: deterministic. 1: DDPM. At least 0, and at most σ_t/b_{t|s}: beyond it the level has not that much noise.
  double eta = 0;

  /// s may be noisier than t where η = 0 and σ_t > 0.
  Row row(const Level& t, const Level& s) const {
    require(eta >= 0, "DDIM: eta = ", eta, ", but it must not be negative");
    const double tau2 = eta == 0 ? 0 : eta * eta * posterior_variance(t, s);
    require(tau2 <= s.sigma * s.sigma * (1 + 1e-12), "DDIM: eta = ", eta, " asks for noise of variance ", tau2,
            " from time ", t.time, " to ", s.time, ", but the level has only ", s.sigma * s.sigma);
    return {.x0 = {s.alpha}, .eps = {std::sqrt(std::fmax(s.sigma * s.sigma - tau2, 0))}, .z = std::sqrt(tau2)};
  }
};

}  // namespace tweedie

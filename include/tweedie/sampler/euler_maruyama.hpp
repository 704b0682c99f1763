#pragma once
// Euler-Maruyama on the equations whose marginals are those of dx = f x dt + g dw, run from noise to data. For every ς
// ≥ 0
//   dx = [f x − ½(g² + ς²) ∇ log p_t(x)] dt + ς dw̄,   ∇ log p_t = −ε̂/σ_t,   noise = ς/g                       [SDE-9]
//   x_s = x_t + [f x_t + ½ g² (1 + noise²) ε̂/σ_t] Δ + noise g √|Δ| ζ,   Δ = time_s − time_t
// Song et al., Score-based generative modeling through SDEs, arXiv:2011.13456v2, eq. 6 and 13; any ς: Karras et al.,
// arXiv:2206.00364v2, appendix B.5. f and g² are those of the level, in the units of its schedule's time.           [SDE-2]
// Of first order in time, where DDIM is of first order in λ: with few steps it is the worse, and the reference for
// both.

#include "row.hpp"

namespace tweedie {

struct EulerMaruyama {
  /// ς/g ≥ 0. 0: the probability-flow equation. 1: the reverse of the forward process (Anderson).
  double noise = 1;

  /// A row onto σ_s = 0 draws no noise, as published. s may be noisier than t where noise = 0.
  /// Throws where a time or a rate of t is unknown or not finite, α_t or σ_t = 0, and for noise on a grid walked
  /// upward.
  Row row(const Level& t, const Level& s) const {
    require(noise >= 0, "EulerMaruyama: noise = ", noise, ", but it must not be negative");
    require(t.sigma > 0, "EulerMaruyama: at time ", t.time, " there is no noise, and the score is infinite");
    check_times("EulerMaruyama", t, s);
    require(noise == 0 || lambda(s) >= lambda(t),
            "EulerMaruyama: with noise it goes towards less noise only, but lambda goes from ", lambda(t), " to ",
            lambda(s));
    const double step = s.time - t.time, f = drift_rate(t), g2 = diffusion_rate(t);
    return {.x = 1 + f * step,
            .eps = {g2 * (1 + noise * noise) / (2 * t.sigma) * step},
            .z = s.sigma == 0 ? 0 : noise * std::sqrt(g2 * std::fabs(step))};
  }
};

}  // namespace tweedie

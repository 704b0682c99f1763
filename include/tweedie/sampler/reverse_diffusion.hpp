#pragma once
// The reverse-diffusion predictor: the forward step x_t = a x_s + b ζ run backwards as it stands, drift a − 1 with its
// sign turned,
//   x_s = (2 − a) x_t + ½ (1 + noise²) b² ∇ log p_t(x_t) + noise b ζ,   ∇ log p_t = −ε̂/σ_t,   noise = ς/g       [SDE-19]
// Song et al., Score-based generative modeling through SDEs, arXiv:2011.13456v2, eq. 46 and appendix E. Its rivals are
// equal to first order of the step: ancestral sampling, (x_t + b² ∇ log p_t)/a + b ζ, which is DDPM{.variance =
// forward_variance}, and EulerMaruyama. For VE (a = 1) the
// first two have the same mean; DDPM{} then draws the variance σ_s²(σ_t² − σ_s²)/σ_t² of Song's ancestral sampler.        [SDE-20]

#include "transition.hpp"

namespace tweedie {

struct ReverseDiffusion {
  /// ς/g ≥ 0. 0: of the probability-flow equation. 1: of the reverse process.
  double noise = 1;

  /// A row onto σ_s = 0 draws no noise, as published. Throws unless s is at most as noisy as t, and where σ_t = 0.
  Row row(const Level& t, const Level& s) const {
    Row row = of(t, transition(s, t));
    if (s.sigma == 0) row.z = 0;
    return row;
  }
  /// The same for any a and b²: published chains go by β at indices that do not quite belong to the level.
  Row of(const Level& t, const Transition& step) const {
    require(noise >= 0, "ReverseDiffusion: noise = ", noise, ", but it must not be negative");
    require(t.sigma > 0, "ReverseDiffusion: at time ", t.time, " there is no noise, and the score is infinite");
    const auto [a, variance] = step;
    return {.x = 2 - a, .eps = {-(1 + noise * noise) * variance / (2 * t.sigma)}, .z = noise * std::sqrt(variance)};
  }
};

}  // namespace tweedie

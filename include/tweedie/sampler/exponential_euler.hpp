#pragma once
// The reverse equations dx = [f x − ½(g² + ς²) ∇ log p_t] dt + ς dw̄, ς = noise·g, solved exactly over a step at which
// x̂₀ stands still:
//   x_s = (σ_s/σ_t) e^(−noise² h) x_t + α_s (1 − e^(−(1 + noise²) h)) x̂₀ + σ_s √(1 − e^(−2 noise² h)) ζ,   h = λ_s − λ_t   [SDE-9]
// With γ = x/σ and dλ = −g²/(2σ²) dt the equation is dγ = [(1 + noise²)(α/σ) x̂₀ − noise² γ] dλ + √2 noise dw: linear,
// with constant coefficients. So no rate of the schedule is needed, the marginals are kept for every noise ≥ 0, and
// both ends are values. noise = 0: DDIM{}. noise = 1: DDPM{}. Others: the family of DDIM with τ² = σ_s² (1 − e^(−2
// noise² h)), never inadmissible; order 1 of the SDE forms of DPM-Solver++ (Lu et al., arXiv:2211.01095v2, section 5,
// for noise = 1). The derivation is docs/sde.md.

#include "exponential.hpp"

namespace tweedie {

struct ExponentialEuler {
  /// ς/g ≥ 0. 0: the probability-flow equation. 1: the reverse of the forward process (Anderson).
  double noise = 1;

  /// s may be noisier than t where noise = 0 and σ_t > 0.
  Row row(const Level& t, const Level& s) const {
    require(noise >= 0 && std::isfinite(noise), "ExponentialEuler: noise = ", noise,
            ", but it must be finite and not negative");
    require(t.sigma > 0, "ExponentialEuler: at time ", t.time, " there is no noise, and the score is infinite");
    if (same_lambda(t, s)) return standing_row(t, s);
    require(noise == 0 || lambda(s) >= lambda(t),
            "ExponentialEuler: with noise it goes towards less noise only, but lambda goes from ", lambda(t), " to ",
            lambda(s));
    if (noise == 0) return {.x0 = {s.alpha}, .eps = {s.sigma}};  // the same row without e^h, finite upward as well
    return exponential_row(t, s, std::array{Node{t, 0}}, Prediction::x0, noise, Moments::exact);
  }
};

}  // namespace tweedie

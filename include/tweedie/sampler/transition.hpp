#pragma once
// The forward process between two levels, s less noisy than t, exact for any distance:
//   x_t | x_s ~ N(a x_s, b² I),   a = α_t/α_s,   b² = σ_t² − a² σ_s² = σ_t² (1 − e^(−2h)),   h = λ_s − λ_t      [SDE-4, DDPM-2]
// It is the kernel of dx = f x dt + g dw, whose f and g² stand in schedule/level.hpp. The derivation is docs/sde.md.
// Song et al., Score-based generative modeling through SDEs, arXiv:2011.13456v2, eq. 29 (from s = 0) and appendix B.

#include "row.hpp"
#include "variances.hpp"

namespace tweedie {

struct Transition {
  double a;         ///< of x_s
  double variance;  ///< b², of fresh noise
};

/// From s up to a noisier t. Throws where t is less noisy than s, without noise, or α_s = 0.
inline Transition transition(const Level& s, const Level& t) {
  require(s.alpha > 0, "transition from time ", s.time, ": alpha = 0 there, and what has no signal is no start");
  return {t.alpha / s.alpha, forward_variance(t, s)};
}

/// The forward process as a sampler, on a grid walked upward. It reads no estimate, so any denoiser will do.                  [SDE-5]
///   sample(denoise, Forward{}, x0, grid, noise)
struct Forward {
  Row row(const Level& s, const Level& t) const {
    const auto [a, variance] = transition(s, t);
    return {.x = a, .z = std::sqrt(variance)};
  }
};

}  // namespace tweedie

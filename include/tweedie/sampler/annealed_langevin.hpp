#pragma once
// Langevin's equation at one level, whose stationary law is p_t: a corrector, which leaves the level where it is.
//   x ← x + h ∇ log p_t(x) + √(2h) ζ,   ∇ log p_t = −ε̂/σ_t
// On N(0, s²) its variance settles at s²/(1 − h/(2s²)), not at s²: the bias is of the order of h.                       [SDE-18]
// Annealed: h = 2 (snr σ_t)², a step in proportion to the noise. Song and Ermon, arXiv:1907.05600v3, algorithm 1; as a
// corrector AnnealedLangevinDynamics of Song's programs, there times α_i = 1 − β_i for VP. Written on (α, σ) alone, so
// any schedule will do. Langevin (sde/langevin.hpp) takes its step from the norms of score and noise.

#include "row.hpp"

namespace tweedie {

/// One Langevin step of size h > 0, as a row from t to t.
inline Row langevin_row(const Level& t, double h) {
  require(h > 0 && std::isfinite(h), "Langevin: its step h = ", h, " at time ", t.time, " must be finite and positive");
  require(t.sigma > 0, "Langevin: at time ", t.time, " there is no noise, and the score is infinite");
  return {.x = 1, .eps = {-h / t.sigma}, .z = std::sqrt(2 * h)};
}

struct AnnealedLangevin {
  double snr = 0.16;  ///< > 0: the drift's signal to its noise, h = 2 (snr σ)²

  /// The row from t to t.
  Row correction(const Level& t) const {
    require(snr > 0, "AnnealedLangevin: snr = ", snr, ", but it must be positive");
    return langevin_row(t, 2 * snr * snr * t.sigma * t.sigma);
  }
};

}  // namespace tweedie

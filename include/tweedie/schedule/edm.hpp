#pragma once
// The schedule of EDM, where time is the noise level itself:   α = 1,   σ = t
// Karras et al., Elucidating the design space of diffusion-based generative models, arXiv:2206.00364v2, table 1.

#include "schedule.hpp"

namespace tweedie {

struct EDM {
  /// t ≥ 0 and finite.
  Level operator()(double t) const {
    require(t >= 0 && std::isfinite(t), "EDM: time ", t, " is its sigma, which must be finite and not negative");
    return {t, 1, t, 0, 1};
  }
  double time(double lambda) const { return std::exp(-lambda); }
};

}  // namespace tweedie

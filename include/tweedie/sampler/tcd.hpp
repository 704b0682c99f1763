#pragma once
// For models distilled to tell the end of the flow in one call: to the data in one step, and back up with fresh noise.
// With d below s,
//   x_d = α_d x̂₀ + σ_d ε̂,   x_s = (α_s/α_d) x_d + √(σ_s² − (α_s/α_d)² σ_d²) ζ
// at the time (1 − γ) s of the schedule. γ = 0 is DDIM, γ = 1 keeps nothing of ε̂ and is Consistency{}. Zheng et al.,
// Trajectory consistency distillation, arXiv:2402.19159v2, algorithm 4. With any γ the marginals are kept for an exact
// estimate, but there is no order: a step ends at the law of x̂₀, not at that of x₀.

#include "../schedule/level_at.hpp"
#include "ancestral.hpp"

namespace tweedie {

struct TCD {
  double gamma = 0.3;  ///< in [0, 1]
  LevelOfTime at{};    ///< The schedule itself.

  Row row(const Level& t, const Level& s) const {
    require(gamma >= 0 && gamma <= 1, "TCD: gamma = ", gamma, " is outside [0, 1]");
    if (gamma == 0 || s.sigma == 0) return DDIM{}.row(t, s);
    require(std::isfinite(s.time), "TCD: it goes to (1 - gamma) of the time of a level, but the level has the time ",
            s.time, "; take levels of a schedule");
    require(bool(at), "TCD: it goes to levels below those of the grid; give it .at = schedule");
    const Level down = at((1 - gamma) * s.time);
    return then_forward(DDIM{}.row(t, down), down, s);
  }
};

}  // namespace tweedie

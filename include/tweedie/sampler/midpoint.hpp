#pragma once
// A stage between the ends, and the step with a slope exact for linear ones there:
//   x̃ = step to the stage;   x_s = (α_s/α_t) x_t + α_s (ρ_s − ρ_t) [(1 − 1/(2r)) ε̂ + (1/(2r)) ε̂(x̃)],   ρ = σ/α
// At r = ½ only the stage is read. Two evaluations, order 2. With Slope::eps the stage is at λ_t + r h, as in DPM2 of
// k-diffusion and KDPM2 of diffusers, since what is linear in λ is nearly so in ρ; with the others at r of φ or of
// time, the latter on EDM the method of Karras et al., arXiv:2206.00364v2, algorithm 3 (appendix D.2), whose α is r.

#include "slope.hpp"

namespace tweedie {

struct Midpoint {
  double r = 0.5;  ///< in (0, 1]
  Slope slope = Slope::eps;
  /// The schedule, or at_lambda(schedule); with Slope::velocity the schedule, or at_time(schedule).
  LevelOfStage at{};

  /// A step onto σ_s = 0 or from α_t = 0 is Euler's.
  Table rows(const Level& t, const Level& s) const {
    require(r > 0 && r <= 1, "Midpoint: r = ", r, " is outside (0, 1]");
    if (!has_stages(slope, t, s)) return {{t, s, euler_row(slope, t, s)}};
    const auto between = [&](double from, double to) { return from + r * (to - from); };
    const Level middle = stage(slope, "Midpoint", at,
                               slope == Slope::eps ? between(lambda(t), lambda(s))
                                                   : place(slope, between(abscissa(slope, t), abscissa(slope, s))));
    const Row last = slope_row(slope, t, s, std::array{Node{t, 1}, Node{middle, 0}}, {1 - 1 / (2 * r), 1 / (2 * r)});
    return {{t, middle, euler_row(slope, t, middle)}, {middle, s, started(last, t, 1)}};
  }
};

}  // namespace tweedie

#pragma once
// Heun's rule: a step of Euler, and another with the mean of the slopes at its two ends. Two evaluations, order 2.                [DDIM-11]
//   x̃_s = α_s x̂₀ + σ_s ε̂                                             the Euler step in σ/α, which is DDIM
//   x_s = α_s [x_t/α_t + ½ (ρ_s − ρ_t)(ε̂ + ε̂(x̃_s, s))],   ρ = σ/α,   x_t = α_t x̂₀ + σ_t ε̂
// Karras et al., Elucidating the design space, arXiv:2206.00364v2, algorithm 1. With Slope::eps it is their choice σ(t)
// = t, s(t) = 1, which is no loss: x/α and σ/α are its x and σ. With Slope::velocity it is that of any σ(t), s(t), with
// α = s and σ = s σ(t), and of flow matching.

#include "slope.hpp"

namespace tweedie {

struct Heun {
  Slope slope = Slope::eps;

  /// A step onto σ_s = 0 or from α_t = 0, where an estimate or its slope has no meaning, stays with its first row.
  /// Walked upward, the grid begins above σ = 0.
  Table rows(const Level& t, const Level& s) const {
    Table table{{t, s, euler_row(slope, t, s)}};
    if (!has_stages(slope, t, s)) return table;
    table.push_back({s, s, started(slope_row(slope, t, s, std::array{Node{t, 1}, Node{s, 0}}, {0.5, 0.5}), t, 1)});
    return table;
  }
};

}  // namespace tweedie

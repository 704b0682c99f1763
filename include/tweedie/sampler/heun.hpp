#pragma once
// Heun's rule on the probability flow d(x/α) = ε̂ d(σ/α): two evaluations a step, order 2.                                 [DDIM-11]
//   x̃_s = α_s x̂₀ + σ_s ε̂                                             the Euler step, which is DDIM
//   x_s = α_s [x_t/α_t + ½ (ρ_s − ρ_t)(ε̂ + ε̂(x̃_s, s))],   ρ = σ/α,   x_t = α_t x̂₀ + σ_t ε̂
//       = α_s x̂₀ + ½ α_s (ρ_s + ρ_t) ε̂ + ½ α_s (ρ_s − ρ_t) ε̂(x̃_s, s)
// Karras et al., Elucidating the design space, arXiv:2206.00364v2, algorithm 1 (with α = 1, which is no loss: x/α and σ/α are its x and σ).

#include "row.hpp"

namespace tweedie {

struct Heun {
  /// A step onto σ_s = 0 or from α_t = 0, where σ/α is infinite or ε̂(x̃_s, s) has no meaning, stays with its first row. Walked upward, the grid
  /// begins above σ = 0.
  Table table(const Grid& grid) const {
    Table table;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
      const Level &t = grid[i], &s = grid[i + 1];
      table.push_back({t, s, {.x0 = {s.alpha}, .eps = {s.sigma}}});
      if (s.sigma == 0 || t.alpha == 0 || s.alpha == 0) continue;
      const double rho_t = t.sigma / t.alpha, rho_s = s.sigma / s.alpha;
      table.push_back(
          {s, s, {.x0 = {0, s.alpha}, .eps = {s.alpha * (rho_s - rho_t) / 2, s.alpha * (rho_s + rho_t) / 2}}});
    }
    return table;
  }
};

}  // namespace tweedie

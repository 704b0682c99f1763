#pragma once
// Linear multistep: Adams-Bashforth on the probability flow d(x/α) = ε̂ d(σ/α), the polynomial of ε̂ in τ = σ/α. With u = (τ − τ_t)/(τ_s − τ_t)
//   x_s = (α_s/α_t) x_t + α_s (τ_s − τ_t) Σ_k w_k ε̂⁽ᵏ⁾,   w_k = ∫₀¹ ℓ_k(u) du,   moments 1/(j + 1)
// Order 1 is DDIM. Of k-diffusion, where α = 1. Hairer, Nørsett and Wanner, Solving ordinary
// differential equations I, section III.1.

#include "row.hpp"
#include "weights.hpp"

namespace tweedie {

struct LMS {
  int order = 4;                   ///< 1 to 5: how many estimates a row reads, as soon as there are so many
  bool lower_order_final = false;  ///< The last step has order 1, the last but one at most 2, …

  /// σ_s = 0 is a level like others. From α_t = 0, where σ/α is infinite, a step has order 1, and later ones do not read its estimate.
  Row row(const Grid& grid, std::size_t i) const {
    require(order >= 1 && order <= 5, "LMS: order = ", order, " is outside 1 to 5");
    const Level &t = grid[i], &s = grid[i + 1];
    require(t.sigma > 0, "LMS: at time ", t.time, " there is no noise to estimate");
    std::size_t most = std::size_t(order), p = 1;
    if (lower_order_final) most = std::min(most, grid.size() - 1 - i);
    while (p < most && p <= i && grid[i - p].alpha > 0 && tau(grid[i - p]) != tau(grid[i - p + 1])) ++p;
    if (p == 1 || t.alpha == 0 || s.alpha == 0 || tau(s) == tau(t)) return {.x0 = {s.alpha}, .eps = {s.sigma}};
    const double step = tau(s) - tau(t);
    Weights nodes{}, moments{};
    for (std::size_t j = 0; j < p; ++j) {
      nodes[j] = (tau(grid[i - j]) - tau(t)) / step;
      moments[j] = 1 / double(j + 1);
    }
    const Weights w = weights({nodes.data(), p}, {moments.data(), p});
    Row row{.x = s.alpha / t.alpha};
    for (std::size_t k = 0; k < p; ++k) row.eps[k] = s.alpha * step * w[k];
    return row;
  }

 private:
  static double tau(const Level& t) { return t.sigma / t.alpha; }
};

}  // namespace tweedie

#pragma once
// Churn: before each step a little of the forward process, from σ/α = ρ up to (1 + γ) ρ, and the step from there,
//   x̂ = (α̂/α_t) x_t + noise·√(σ̂² − (α̂/α_t)² σ_t²) ζ,   γ = min(churn/n, √2 − 1) where least ≤ ρ ≤ most, else 0
// for a grid of n steps. Karras et al., Elucidating the design space, arXiv:2206.00364v2, algorithm 2.

#include <limits>
#include <numbers>

#include "../schedule/level_at.hpp"
#include "heun.hpp"
#include "tabulate.hpp"
#include "transition.hpp"

namespace tweedie {

template <OneStepSampler Method = Heun>
struct Churned {
  Method method{};
  double churn = 0;  ///< S_churn ≥ 0, over the whole run
  double least = 0,
         most = std::numeric_limits<double>::infinity();  ///< S_min and S_max, of σ/α: where .at has levels above
  double noise = 1;                                       ///< S_noise: of the noise that enters
  LevelOfLambda at{};                                     ///< of the noisier levels: at_lambda(schedule)

  /// On a grid from noise to data.
  Table table(const Grid& grid) const {
    require(churn >= 0 && std::isfinite(churn), "Churned: churn = ", churn, ", but it must be finite and not negative");
    require(noise >= 0, "Churned: noise = ", noise, ", but it must not be negative");
    Table table;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
      Level t = grid[i];
      const double rho = t.sigma / t.alpha;
      if (churn > 0 && t.alpha > 0 && t.sigma > 0 && rho >= least && rho <= most) {
        require(bool(at), "Churned: it goes to levels above those of the grid; give it .at = at_lambda(schedule)");
        const double gamma = std::fmin(churn / double(grid.size() - 1), std::numbers::sqrt2 - 1);
        const Level up = above(t, gamma, grid.front());
        const auto [a, variance] = transition(t, up);
        table.push_back({t, up, {.x = a, .z = noise * std::sqrt(variance)}});
        t = up;
      }
      const Table step = rows(method, t, grid[i + 1]);
      table.insert(table.end(), step.begin(), step.end());
    }
    return table;
  }

 private:
  Level above(const Level& t, double gamma, const Level& noisiest) const {
    const double rho = (1 + gamma) * t.sigma / t.alpha;
    try {
      return at(-std::log(rho));
    } catch (const std::invalid_argument& error) {
      const double top = noisiest.alpha > 0 ? noisiest.sigma / noisiest.alpha : t.sigma / t.alpha;
      throw std::invalid_argument(sentence("Churned: from time ", t.time, " it goes up to sigma/alpha = ", rho, ": ",
                                           error.what(),
                                           ", or let churn begin lower, with .most = ", top / (1 + gamma)));
    }
  }
};

}  // namespace tweedie

#pragma once
// Exponential multistep: the polynomial of exponential.hpp goes through the estimates at the starts of the last `order`
// steps. That is exponential Adams-Bashforth (Hochbruck and Ostermann, Acta Numerica 19 (2010), section 2.5), of any
// order.
// Lu et al., DPM-Solver++, arXiv:2211.01095v2, algorithm 2 and appendix, with noise section 5; the integral in ε̂:
// arXiv:2206.00927v3, proposition 3.1.

#include "exponential.hpp"
#include "exponential_euler.hpp"

namespace tweedie {

struct DPMSolver {
  int order = 2;                           ///< 1 to 5: how many estimates a row reads, as soon as there are so many
  Prediction prediction = Prediction::x0;  ///< x0 or eps: the estimate that the polynomial goes through
  double noise = 0;                        ///< ς/g ≥ 0
  Moments moments = Moments::exact;
  bool lower_order_final = true;  ///< The last step has order 1, the last but one at most 2, …

  /// A step onto σ_s = 0 or from α_t = 0, where λ is infinite, has order 1. On a grid walked upward, without noise.
  Row row(const Grid& grid, std::size_t i) const {
    check(grid, i);
    const Level &t = grid[i], &s = grid[i + 1];
    if (same_lambda(t, s)) return standing_row(t, s);
    const std::vector<Node> read = nodes(grid, i);
    if (read.size() == 1 && (prediction == Prediction::x0 || noise == 0)) return ExponentialEuler{noise}.row(t, s);
    return exponential_row(t, s, read, prediction, noise, moments);
  }

  /// The estimates that the row reads.
  std::vector<Node> nodes(const Grid& grid, std::size_t i) const {
    return newest(grid, i, order, lower_order_final, lambda);
  }
  /// Refuses what it cannot do from grid[i], in the name of `who`: those of uni_pc.hpp and sa_solver.hpp are made of
  /// it.
  void check(const Grid& grid, std::size_t i, const char* who = "DPMSolver") const {
    const Level &t = grid[i], &s = grid[i + 1];
    require(order >= 1 && order <= 5, who, ": order = ", order, " is outside 1 to 5");
    require(prediction == Prediction::x0 || prediction == Prediction::eps, who,
            ": its polynomial goes through x0 or eps");
    require(noise >= 0, who, ": noise = ", noise, ", but it must not be negative");
    if (same_lambda(t, s)) return;
    require(t.sigma > 0, who, ": at time ", t.time, " there is no noise, and the score is infinite");
    require(noise == 0 || lambda(s) >= lambda(t), who, ": with noise it goes towards less noise only");
    require(noise == 0 || prediction == Prediction::x0 || (s.sigma > 0 && t.alpha > 0), who, ": with noise and eps it ",
            "has no step onto sigma = 0 or from alpha = 0; take x0, or another end");
  }
};

}  // namespace tweedie

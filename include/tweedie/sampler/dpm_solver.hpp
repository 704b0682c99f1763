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
    const Level &t = grid[i], &s = grid[i + 1];
    require(order >= 1 && order <= 5, "DPMSolver: order = ", order, " is outside 1 to 5");
    check_exponential("DPMSolver", t, s, prediction, noise);
    if (same_lambda(t, s)) return standing_row(t, s);
    const std::vector<Node> read = nodes(grid, i);
    if (read.size() == 1 && (prediction == Prediction::x0 || noise == 0)) return ExponentialEuler{noise}.row(t, s);
    return exponential_row(t, s, read, prediction, noise, moments);
  }

  /// The estimates that the row reads.
  std::vector<Node> nodes(const Grid& grid, std::size_t i) const {
    return newest(grid, i, order, lower_order_final, lambda);
  }
};

}  // namespace tweedie

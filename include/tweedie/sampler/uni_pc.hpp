#pragma once
// A multistep predictor and a corrector that costs no evaluation. The predictor's step from t leads to x̃_s, where x̂₀
// or ε̂ is estimated; the corrector is the same step through that estimate as well, and its x_s is where the next step
// begins. With w and w^c the weights of the two, both from x_t,
//   x_s = x̃_s + Σ_k (w^c_k − w_k) m⁽ᵏ⁾
// so that it folds into the next row: what that row makes of x_s it makes of x̃_s and of the estimates, one slot more
// than the predictor reads. The states that an observer sees are the x̃_s.
// Zhao et al., UniPC, arXiv:2302.04867v4, algorithms 1 and 2. There the step reads α_s B(h) Σ_m a_m D_m/r_m; where the
// weights are those of the polynomial B cancels. What is left of it are the shortcuts ½ for a_1: B₂ = e^h − 1 is
// Moments::midpoint, B₁ = h is Moments::flat. At σ_s = 0, where B₁ is infinite, the step has order 1. "vary" of the
// paper's appendix is Moments::exact.

#include "dpm_solver.hpp"

namespace tweedie {

/// `next`, a row from s, for a state at s that is to be moved by the corrector: `predicted` and `corrected` are rows
/// from t to s, the one in the slots of its own row, which is `back` rows before `next`, the other in those of `next`.
inline Row with_corrector(Row next, const Row& predicted, const Row& corrected, std::size_t back = 1) {
  for (std::size_t k = 0; k < next.x0.size(); ++k) {
    next.x0[k] += next.x * (corrected.x0[k] - (k >= back ? predicted.x0[k - back] : 0));
    next.eps[k] += next.x * (corrected.eps[k] - (k >= back ? predicted.eps[k - back] : 0));
  }
  return next;
}

/// `next`, a row from grid[i], begun where a corrector leaves the last step of any length, that of row j: one through
/// the estimate at grid[i] and `order` of those that `before`, the method of row j, may read. Where row i does not reach
/// back to all that row j read, there is no corrector.
inline Row corrected_row(const Row& next, const Grid& grid, std::size_t i, const DPMSolver& before, int order) {
  const std::size_t j = step_before(grid, i).value(), back = i - j;
  const auto step = [&](const std::vector<Node>& nodes) {
    return exponential_row(grid[j], grid[i], nodes, before.prediction, before.noise, before.moments);
  };
  const std::vector<Node> read = before.nodes(grid, j);
  std::vector<Node> nodes{{grid[i], 0}};
  if (order > 0)
    for (const auto& [level, slot] : newest(grid, j, order, before.lower_order_final, lambda))
      if (slot + back < Row::reach) nodes.push_back({level, slot + back});
  if (read.back().slot + back >= Row::reach) return next;
  return with_corrector(next, step(read), step(nodes), back);
}

struct UniPC {
  int order = 3;                           ///< 1 to 4: of the predictor. The corrector reads one estimate more.
  Prediction prediction = Prediction::x0;  ///< x0 or eps
  Moments moments = Moments::midpoint;     ///< midpoint: B₂. flat: B₁. exact: without shortcuts
  bool corrector = true;                   ///< Row i corrects the step before it; no row corrects the last one.
  bool lower_order_final = true;           ///< The last step has order 1, the last but one at most 2, …

  /// Either way along a grid. Of order 1, and not corrected, where λ is infinite at one end.
  Row row(const Grid& grid, std::size_t i) const {
    require(order >= 1 && order <= 4, "UniPC: order = ", order, " is outside 1 to 4");
    const DPMSolver predictor{
        .order = order, .prediction = prediction, .moments = moments, .lower_order_final = lower_order_final};
    const Level &t = grid[i], &s = grid[i + 1];
    check_exponential("UniPC", t, s, prediction, 0);
    if (!corrector || same_lambda(t, s) || !has_corrector(grid, i)) return predictor.row(grid, i);
    const Row next = exponential_row(t, s, predictor.nodes(grid, i), prediction, 0, moments);
    return corrected_row(next, grid, i, predictor, int(predictor.nodes(grid, *step_before(grid, i)).size()));
  }

  /// Whether the step before row i, which has some length, can be corrected: there is one before it of any length,
  /// finite in λ, and the estimate at its end is one of noise and signal.
  static bool has_corrector(const Grid& grid, std::size_t i) {
    const auto j = step_before(grid, i);
    return j && grid[*j].alpha > 0 && grid[i].alpha > 0 && grid[i].sigma > 0 && grid[*j].sigma > 0;
  }
};

}  // namespace tweedie

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
/// from t to s, the one in the slots of its own row, the other in those of `next`.
inline Row with_corrector(Row next, const Row& predicted, const Row& corrected) {
  for (std::size_t k = 0; k < next.x0.size(); ++k) {
    next.x0[k] += next.x * (corrected.x0[k] - (k > 0 ? predicted.x0[k - 1] : 0));
    next.eps[k] += next.x * (corrected.eps[k] - (k > 0 ? predicted.eps[k - 1] : 0));
  }
  return next;
}

/// The row of `now` from grid[i], begun where a corrector leaves the step of `before`: through `count` estimates, that
/// at grid[i] the first of them.
inline Row corrected_row(const Grid& grid, std::size_t i, const DPMSolver& now, const DPMSolver& before,
                         std::size_t count) {
  const auto step = [&](std::size_t j, const DPMSolver& method, const std::vector<Node>& nodes) {
    return exponential_row(grid[j], grid[j + 1], nodes, method.prediction, method.noise, method.moments);
  };
  return with_corrector(step(i, now, newest(grid, i, now.depth(grid, i))),
                        step(i - 1, before, newest(grid, i - 1, before.depth(grid, i - 1))),
                        step(i - 1, before, newest(grid, i, count)));
}

struct UniPC {
  int order = 3;                           ///< 1 to 4: of the predictor. The corrector reads one estimate more.
  Prediction prediction = Prediction::x0;  ///< x0 or eps
  Moments moments = Moments::midpoint;     ///< midpoint: B₂. flat: B₁. exact: without shortcuts
  bool corrector = true;                   ///< Row i corrects the step before it; no row corrects the last one.
  bool lower_order_final = true;           ///< The last step has order 1, the last but one at most 2, …

  /// Either way along a grid. Of order 1, and not corrected, where λ is infinite at one end or the step has length 0.
  Row row(const Grid& grid, std::size_t i) const {
    require(order >= 1 && order <= 4, "UniPC: order = ", order, " is outside 1 to 4");
    const DPMSolver predictor{
        .order = order, .prediction = prediction, .moments = moments, .lower_order_final = lower_order_final};
    predictor.check(grid, i, "UniPC");
    if (!corrector || !has_corrector(grid, i)) return predictor.row(grid, i);
    return corrected_row(grid, i, predictor, predictor, predictor.depth(grid, i - 1) + 1);
  }

  /// Whether the step before row i can be corrected: there is one, of finite length in λ, and the estimate at its end
  /// is one of noise and signal.
  static bool has_corrector(const Grid& grid, std::size_t i) {
    return i > 0 && grid[i - 1].alpha > 0 && grid[i].alpha > 0 && grid[i].sigma > 0 && grid[i - 1].sigma > 0 &&
           lambda(grid[i - 1]) != lambda(grid[i]);
  }
};

}  // namespace tweedie

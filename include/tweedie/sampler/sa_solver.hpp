#pragma once
// Stochastic Adams: predictor and corrector of uni_pc.hpp on the reverse equation with noise τ(t), ς = τ g, that may
// change from step to step. Both draw the same noise, so that the corrector again moves x̃_s by Σ_k (w^c_k − w_k) m⁽ᵏ⁾.
// Xue et al., SA-Solver, arXiv:2309.05019v3, algorithm 1 and section 4.2. With two estimates its moment of u is ½, so
// that at τ = 0 the predictor is UniPC's with B₁.

#include "../schedule/told.hpp"
#include "uni_pc.hpp"

namespace tweedie {

struct SASolver {
  int predictor = 2;  ///< 1 to 4, or 5 without corrector: how many estimates the predictor reads
  /// 0 to 5: how many the corrector reads, with the one at the end of the step; 0: none. Without noise the order is the
  /// smaller of predictor + 1 and this.
  int corrector = 2;
  Prediction prediction = Prediction::x0;  ///< x0 or eps
  NumberOf<const Level&> noise = 1;        ///< τ ≥ 0 of the step from that level, or of all
  Moments moments = Moments::flat;
  /// The predictor of the last step reads one estimate, of the last but one at most two, …; a corrector one more.
  bool lower_order_final = true;

  /// Towards the data. Onto σ_s = 0 a step has order 1.
  Row row(const Grid& grid, std::size_t i) const {
    require(predictor >= 1 && predictor <= 5, "SASolver: predictor = ", predictor, " is outside 1 to 5");
    require(corrector >= 0 && corrector <= 5, "SASolver: corrector = ", corrector, " is outside 0 to 5");
    require(corrector == 0 || predictor <= 4,
            "SASolver: with a corrector a row reads one estimate more than the predictor, and so at most 4 + 1, but "
            "predictor = 5");
    const Level &t = grid[i], &s = grid[i + 1];
    if (same_lambda(t, s)) return standing_row(t, s);
    const DPMSolver method = solver(grid, i);
    check_exponential("SASolver", t, s, prediction, method.noise);
    if (corrector == 0 || !UniPC::has_corrector(grid, i)) return method.row(grid, i);
    const Row next = exponential_row(t, s, method.nodes(grid, i), prediction, method.noise, moments);
    return corrected_row(next, grid, i, solver(grid, *step_before(grid, i)), corrector - 1);
  }

 private:
  DPMSolver solver(const Grid& grid, std::size_t i) const {
    return {.order = predictor,
            .prediction = prediction,
            .noise = told(noise, "SASolver: .noise", "a number, or a function of the level")(grid[i]),
            .moments = moments,
            .lower_order_final = lower_order_final};
  }
};

}  // namespace tweedie

#pragma once
// Pseudo numerical methods with their own start: three steps of Runge and Kutta's rule, whose second and third slope
// are made in the middle in time, and from there the linear multistep method of sampler/pndm.hpp, which reads the
// estimates made at the starts of steps. Both are DDIM's transfer
//   x_s = (α_s/α_t) x_t + (σ_s − (α_s/α_t) σ_t) ε'      with   ε' = (ε̂₁ + 2ε̂₂ + 2ε̂₃ + ε̂₄)/6,   then   ε' = (55 ε̂ − 59 ε̂⁽¹⁾ + 37 ε̂⁽²⁾ − 9 ε̂⁽³⁾)/24
// Liu et al., Pseudo numerical methods for diffusion models, arXiv:2202.09778v2, eq. 11 to 13 and algorithm 2.

#include "../sampler/pndm.hpp"
#include "../sampler/runge_kutta4.hpp"
#include "../schedule/level_at.hpp"
#include "sample.hpp"

namespace tweedie {

/// sample(denoise, PNDMRungeKutta{.at = schedule}, x, grid). n + 9 evaluations for n > 3 steps. The first multistep row
/// reads an estimate of 12 rows back, more than a row has slots for, so that no table serves: it is a run. Of order 4
/// on equal steps in σ/α where that is the time (EDM); on equal steps in another time the weights and the middle are
/// those of order 2 only.
struct PNDMRungeKutta {
  LevelOfTime at{};  ///< the schedule, for the middle of each of the first three steps

  /// An observer sees every row, four in each of the first three steps. As in PNDM a step from α_t = 0 is Euler's, and
  /// the start is that of the next; within the start so is one onto σ_s = 0. Throws for a grid that begins at σ = 0, or
  /// whose first levels have no time.
  template <class D, State X, class Noise, class Observer>
  X run(const D& denoise, X x, const Grid& grid, const Noise&, const Observer& observer) const {
    require(grid.front().sigma > 0,
            "PNDMRungeKutta: the grid begins at sigma = 0, where there is no noise to estimate");
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) check_denoiser(denoise, grid[i]);
    std::array<X, Row::reach> eps;  // ε̂ at grid[i] is eps[i % reach]
    X x0 = x;
    int begun = 0;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
      const Level &t = grid[i], &s = grid[i + 1];
      X& now = eps[i % Row::reach];
      const auto keep = [&] {
        now = x;
        flat(now) = (flat(x) - typename X::Scalar(t.alpha) * flat(x0)) / typename X::Scalar(t.sigma);
      };
      if (begun < 3 && has_stages(Slope::eps, t, s)) {
        int row = 0;
        bool goes_on = true;
        const auto look = [&](const Step& step, const X& y, const X& newest) {
          if (row++ == 0) x0 = newest, keep();  // x is still where the step begins
          return goes_on = observer(step, y, newest);
        };
        x = sample(denoise, RungeKutta4{}.stages(t, middle(t, s), s), x, NoNoise{}, look);
        if (!goes_on) return x;
        // A step so short that the next rows pass over it is no start.
        const auto length = [&](std::size_t j) { return std::fabs(ratio(grid[j + 1]) - ratio(grid[j])); };
        if (i + 2 == grid.size() || length(i) >= least_gap * length(i + 1)) ++begun;
        continue;
      }
      denoise(x, t, x0);
      if (t.sigma > 0) keep();
      const Row row = multistep_row(Slope::eps, grid, i, 4, false, true, ratio);
      Terms<X> terms;
      if (row.x0[0] != 0) terms.add(row.x0[0], x0);
      for (std::size_t k = 0; k < depth(row); ++k)
        if (row.eps[k] != 0) terms.add(row.eps[k], eps[(i - k) % Row::reach]);
      apply(row.x, x, terms);
      if (!observer(Step{t, s, row}, x, x0)) return x;
    }
    return x;
  }

 private:
  Level middle(const Level& t, const Level& s) const {
    require(bool(at), "PNDMRungeKutta: its first steps have a middle; give it the schedule, .at = schedule");
    check_times("PNDMRungeKutta", t, s);
    const Level m = at((t.time + s.time) / 2);
    require((lambda(m) - lambda(t)) * (lambda(s) - lambda(m)) > 0, "PNDMRungeKutta: the level of .at at time ", m.time,
            " has lambda = ", lambda(m), ", which is not between ", lambda(t), " and ", lambda(s), " of times ", t.time,
            " and ", s.time, "; is it another schedule?");
    return m;
  }

  static double ratio(const Level& t) { return abscissa(Slope::eps, t); }
};

}  // namespace tweedie

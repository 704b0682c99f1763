#pragma once
// Pseudo linear multistep: DDIM's transfer with the slope of Adams and Bashforth's rule of order 4 for equal steps,
//   ε' = (55 ε̂ − 59 ε̂⁽¹⁾ + 37 ε̂⁽²⁾ − 9 ε̂⁽³⁾)/24,   x_s = (α_s/α_t) x_t + (σ_s − (α_s/α_t) σ_t) ε'
// after a first step of Heun, whose second estimate, made at the state that Euler's step leads to, is not used again.
// That is the form in wide use, a table; with a Runge-Kutta start it is PNDMRungeKutta (sample/pndm_runge_kutta.hpp).
// Liu et al., Pseudo numerical methods for diffusion models, arXiv:2202.09778v2, eq. 11 and 12.

#include "heun.hpp"

namespace tweedie {

struct PNDM {
  /// n + 1 evaluations for n steps. A first step from α_t = 0, where σ/α is infinite, is Euler's, and the start is that
  /// of the next.
  Table table(const Grid& grid) const {
    Table table;
    std::vector<std::size_t> made;  // the row of the estimate at grid[i]
    bool begun = false;
    for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
      const Level &t = grid[i], &s = grid[i + 1];
      made.push_back(table.size());
      if (same_lambda(t, s)) {
        table.push_back({t, s, standing_row(t, s)});
        continue;
      }
      if (!begun && has_stages(Slope::eps, t, s)) {
        const Table first = Heun{}.rows(t, s);
        table.insert(table.end(), first.begin(), first.end());
        begun = true;
        continue;
      }
      // The row's slots are counted on the grid, where the second row of Heun is none.
      const Row on_grid = multistep_row(Slope::eps, grid, i, 4, false, true, ratio);
      Row row = on_grid;
      row.eps.fill(0);
      for (std::size_t k = 0; k < depth(on_grid); ++k)
        if (on_grid.eps[k] != 0) row.eps[table.size() - made[i - k]] = on_grid.eps[k];
      table.push_back({t, s, row});
    }
    return table;
  }

 private:
  static double ratio(const Level& t) { return abscissa(Slope::eps, t); }
};

}  // namespace tweedie

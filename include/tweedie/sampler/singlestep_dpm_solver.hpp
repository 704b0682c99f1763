#pragma once
// Exponential Runge-Kutta: the polynomial of exponential.hpp goes through estimates made within the step, at stages
// between t and s, and nothing is kept from one step to the next. Each stage is itself a step from t through the
// estimates before it; with p stages a step costs p evaluations and, without noise, has order p.
//   order 2, u₁ = ½        x̃ = step through x̂₀ to u₁;   x_s through x̂₀ and x̂₀(x̃)
//   order 3, u = ⅓, ⅔      x̃₁ through x̂₀; x̃₂ through x̂₀ and x̂₀(x̃₁);   x_s through x̂₀ and x̂₀(x̃₂), or through all three
// With noise the rows of a step follow one path, and the order of the law is 2 for p = 2 and p = 3.
// Lu et al., DPM-Solver, arXiv:2206.00927v3, algorithms 1, 4 and 5 (in ε̂), DPM-Solver++, arXiv:2211.01095v2, algorithm
// 1 (in x̂₀); Hochbruck and Ostermann, Explicit exponential Runge-Kutta methods, SIAM J. Numer. Anal. 43 (2005), for
// the third order. RES of second order (Zhang et al., arXiv:2308.02157v1) is order 2 with exact moments, SEEDS-2
// (Gonzalez et al., arXiv:2305.14267) order 2 in ε̂ with midpoint moments and noise 1.

#include <numeric>

#include "../schedule/level_at.hpp"
#include "exponential.hpp"
#include "exponential_euler.hpp"

namespace tweedie {

struct SinglestepDPMSolver {
  int order = 2;                           ///< 1 to 3, which is also the number of evaluations a step
  Prediction prediction = Prediction::x0;  ///< x0 or eps
  double noise = 0;                        ///< ς/g ≥ 0
  Moments moments = Moments::exact;        ///< of rows of two estimates, that onto s of order 3 apart, which is exact
  bool quadratic = false;  ///< The last row of order 3 reads all three estimates: "taylor", "heun" of others
  LevelOfLambda at{};      ///< of the stages, at equal steps in λ: at_lambda(schedule)

  /// One step. Of order 1 where λ is infinite at an end, or the step is as good as none.
  Table rows(const Level& t, const Level& s) const {
    require(order >= 1 && order <= 3, "SinglestepDPMSolver: order = ", order, " is outside 1 to 3");
    check_exponential("SinglestepDPMSolver", t, s, prediction, noise);
    if (order == 1 || s.sigma == 0 || s.alpha == 0 || t.alpha == 0 || is_short(t, s)) return stages({{t, s}});
    require(bool(at),
            "SinglestepDPMSolver: it has stages between the levels of the grid; give it .at = at_lambda(schedule)");
    Grid levels{t};
    for (int j = 1; j < order; ++j) levels.push_back(at(lambda(t) + (lambda(s) - lambda(t)) * j / order));
    levels.push_back(s);
    return stages(levels);
  }

  /// One step over these levels, t, the stages and s, of order 1 less than they are many. A row onto σ = 0 or from α =
  /// 0 is of order 1 in itself.
  Table stages(std::span<const Level> levels) const {
    require(levels.size() >= 2 && levels.size() <= 4, "SinglestepDPMSolver: a step has 2 to 4 levels, but here are ",
            levels.size());
    const Level& t = levels.front();
    check_exponential("SinglestepDPMSolver", t, levels.back(), prediction, noise);
    Table table;
    for (std::size_t j = 1; j < levels.size(); ++j) {
      const Level &from = levels[j - 1], &to = levels[j];
      if (j == 1 || to.sigma == 0 || to.alpha == 0 || t.alpha == 0 || is_short(t, to))
        table.push_back({from, to, first_order(from, to)});
      else
        table.push_back({from, to, onward(whole(levels, j), whole(levels, j - 1), whole(std::array{from, to}, 1))});
    }
    return table;
  }

  /// The row from t onto levels[j] through the estimates before it, in the slots of the row there. Of levels that are
  /// one to rounding it reads the first.
  Row whole(std::span<const Level> levels, std::size_t j) const {
    std::array<Node, 3> nodes;
    std::size_t count = 0;
    const bool skips = j == 3 && !quadratic;
    for (std::size_t k = 0; k < j; ++k)
      if (!(skips && k == 1) && (k == 0 || !is_short(nodes[count - 1].level, levels[k])))
        nodes[count++] = {levels[k], j - 1 - k};
    return exponential_row(levels.front(), levels[j], std::span(nodes).first(count), prediction, noise,
                           skips ? Moments::exact : moments);
  }

 private:
  Row first_order(const Level& t, const Level& s) const {
    if (prediction == Prediction::x0 || noise == 0) return ExponentialEuler{noise}.row(t, s);
    check_exponential("SinglestepDPMSolver", t, s, prediction, noise);
    return whole(std::array{t, s}, 1);
  }
};

/// The orders of a run of so many evaluations: `order` as long as they last, less at the end. Order 3: 3, …, 3, 2, 1 or
/// 3, …, 3, 1 or 3, …, 3, 2, as DPM-Solver-fast (arXiv:2206.00927v3, section 3.3 and appendix D.3); order 2: 2, …, 2 or
/// 2, …, 2, 1. With `onto_data` the run ends at σ = 0 and the last order is 1.
inline std::vector<int> orders_for(int evaluations, int order = 3, bool onto_data = false) {
  require(order >= 1 && order <= 3, "orders_for: order = ", order, " is outside 1 to 3");
  require(evaluations >= 1, "orders_for: evaluations = ", evaluations, ", but a step needs one");
  std::vector<int> orders;
  int left = evaluations - (onto_data ? 1 : 0);
  while (left > 0) {
    const bool split = order == 3 && left == 3 && !onto_data;  // 2, 1 and not 3
    orders.push_back(split ? 2 : std::min(order, left));
    left -= orders.back();
  }
  if (onto_data) orders.push_back(1);
  return orders;
}

/// `grid` with the stages put in, order − 1 of them in each step at equal distances in λ, so that it has as many steps
/// as there are evaluations.
inline Grid staged(const Grid& grid, std::span<const int> orders, const LevelOfLambda& at) {
  require(orders.size() + 1 == grid.size(), "staged: ", orders.size(), " orders for a grid of ", grid.size() - 1,
          " steps");
  Grid all{grid.front()};
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const double from = lambda(grid[i]), h = lambda(grid[i + 1]) - from;
    require(orders[i] == 1 || std::isfinite(h), "staged: step ", i, " is of order ", orders[i],
            ", but where lambda is infinite there is order 1 only");
    for (int j = 1; j < orders[i]; ++j) all.push_back(at(from + h * j / orders[i]));
    all.push_back(grid[i + 1]);
  }
  return all;
}

/// Singlestep steps of changing order whose stages are levels of the grid: a step of order p takes p steps of it, so
/// that a grid of n steps is n evaluations. staged(…) makes one with stages at equal distances in λ, where order 3 is
/// reached; with others it is 2.
struct SinglestepPlan {
  std::vector<int> orders{};     ///< Their sum is the number of steps of the grid. Empty: orders_for it.
  SinglestepDPMSolver method{};  ///< Its order is that of orders_for.

  Table table(const Grid& grid) const {
    const int n = int(grid.size()) - 1;
    const std::vector<int> plan = orders.empty() ? orders_for(n, method.order, grid.back().sigma == 0) : orders;
    const int sum = std::accumulate(plan.begin(), plan.end(), 0);
    require(sum == n, "SinglestepPlan: the orders add up to ", sum, ", but the grid has ", n, " steps");
    Table table;
    std::size_t i = 0;
    for (const int p : plan) {
      require(p >= 1 && p <= 3, "SinglestepPlan: order = ", p, " is outside 1 to 3");
      const Table step = method.stages(std::span(grid).subspan(i, std::size_t(p) + 1));
      table.insert(table.end(), step.begin(), step.end());
      i += std::size_t(p);
    }
    return table;
  }
};

}  // namespace tweedie

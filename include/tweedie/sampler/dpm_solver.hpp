#pragma once
// Exponential multistep: the reverse equation with ς = noise·g is linear but for the estimate, and is solved exactly for a polynomial in λ through the
// last `order` estimates. With n = noise, h = λ_s − λ_t, u = (λ − λ_t)/h and ℓ_k Lagrange's polynomials at the levels of the estimates
//   in x̂₀   x_s = (σ_s/σ_t) e^(−n²h) x_t + α_s H Σ_k w_k x̂₀⁽ᵏ⁾ + σ_s √(1 − e^(−2n²h)) ζ,     H = (1 + n²) h,  w_k = ∫₀¹ e^(−H(1−u)) ℓ_k(u) du
//   in ε̂    x_s = (α_s/α_t) x_t − (1 + n²) σ_s h Σ_k w_k ε̂⁽ᵏ⁾ + n σ_s √(e^(2h) − 1) ζ,                w_k = ∫₀¹ e^(h(1−u)) ℓ_k(u) du
// The weights follow from the moments of 1, u, u², …: φ_1, φ_2, 2φ_3, …, (j!) φ_{j+1} at −H or h. That is exponential Adams-Bashforth (Hochbruck and
// Ostermann, Acta Numerica 19 (2010), section 2.5), of any order. Published multistep DPM-Solver changes single moments:
//   midpoint    ½φ_1 for φ_2           order 2 all the same: "2M" of DPM-Solver++ and its SDE form
//   half third  φ_3 for 2φ_3           order 2 only, where 3 is claimed
// Lu et al., arXiv:2206.00927v3 and arXiv:2211.01095v2, algorithm 2 and appendix; SDE: arXiv:2211.01095v2, section 5.

#include "exponential_euler.hpp"
#include "prediction.hpp"
#include "weights.hpp"

namespace tweedie {

/// The moments of u and u² in DPMSolver.
enum class Moments {
  exact,      ///< φ_2 and 2φ_3; "heun" of diffusers at order 2
  midpoint,   ///< ½φ_1, for order 2
  half_third  ///< φ_2 and φ_3, for order 3 as published
};

struct DPMSolver {
  int order = 2;                           ///< 1 to 5: how many estimates a row reads, as soon as there are so many
  Prediction prediction = Prediction::x0;  ///< x0 or eps: the estimate that the polynomial goes through
  double noise = 0;                        ///< ς/g ≥ 0
  Moments moments = Moments::exact;
  bool lower_order_final = true;  ///< The last step has order 1, the last but one at most 2, …

  /// A step onto σ_s = 0 or from α_t = 0, where λ is infinite, has order 1; so has one of length 0. On a grid walked upward, without noise.
  Row row(const Grid& grid, std::size_t i) const {
    check(grid, i);
    const Level &t = grid[i], &s = grid[i + 1];
    const std::size_t p = order_of(grid, i);
    const double n2 = noise * noise, h = lambda(s) - lambda(t);
    if (p == 1 && (prediction == Prediction::x0 || noise == 0)) return ExponentialEuler{noise}.row(t, s);
    if (prediction == Prediction::x0) {
      const double H = (1 + n2) * h;
      const Weights w = weights_of(grid, i, p, -H);
      Row row{.x = s.sigma / t.sigma * std::exp(-n2 * h), .z = s.sigma * std::sqrt(-std::expm1(-2 * n2 * h))};
      for (std::size_t k = 0; k < p; ++k) row.x0[k] = s.alpha * H * w[k];
      return row;
    }
    const Weights w = weights_of(grid, i, p, h);
    Row row{.x = s.alpha / t.alpha, .z = noise == 0 ? 0 : noise * s.sigma * std::sqrt(std::expm1(2 * h))};
    for (std::size_t k = 0; k < p; ++k) row.eps[k] = -(1 + n2) * s.sigma * h * w[k];
    return row;
  }

 private:
  void check(const Grid& grid, std::size_t i) const {
    const Level &t = grid[i], &s = grid[i + 1];
    require(order >= 1 && order <= 5, "DPMSolver: order = ", order, " is outside 1 to 5");
    require(prediction == Prediction::x0 || prediction == Prediction::eps,
            "DPMSolver: its polynomial goes through x0 or eps");
    require(moments == Moments::exact || order == 1 || order == (moments == Moments::midpoint ? 2 : 3),
            "DPMSolver: order = ", order,
            ", but the midpoint moments are those of order 2, half_third those of order 3");
    require(noise >= 0, "DPMSolver: noise = ", noise, ", but it must not be negative");
    require(t.sigma > 0, "DPMSolver: at time ", t.time, " there is no noise, and the score is infinite");
    require(noise == 0 || lambda(s) >= lambda(t), "DPMSolver: with noise it goes towards less noise only");
    require(noise == 0 || prediction == Prediction::x0 || (s.sigma > 0 && t.alpha > 0),
            "DPMSolver: with noise and eps it ",
            "has no step onto sigma = 0 or from alpha = 0; take x0, or another end");
  }
  std::size_t order_of(const Grid& grid, std::size_t i) const {
    if (grid[i + 1].sigma == 0 || grid[i].alpha == 0 || lambda(grid[i]) == lambda(grid[i + 1])) return 1;
    std::size_t most = std::size_t(order);
    if (lower_order_final) most = std::min(most, grid.size() - 1 - i);
    std::size_t p = 1;  // an older estimate serves if it was made at another, finite λ
    while (p < most && p <= i && grid[i - p].alpha > 0 && lambda(grid[i - p]) != lambda(grid[i - p + 1])) ++p;
    return p;
  }
  Weights weights_of(const Grid& grid, std::size_t i, std::size_t p, double z) const {
    Weights nodes{}, m{};
    double factorial = 1;  // j!
    for (std::size_t j = 0; j < p; ++j) {
      nodes[j] = (lambda(grid[i - j]) - lambda(grid[i])) / (lambda(grid[i + 1]) - lambda(grid[i]));
      m[j] = factorial * phi(int(j) + 1, z);
      factorial *= double(j + 1);
    }
    if (moments == Moments::midpoint) m[1] = m[0] / 2;
    if (moments == Moments::half_third) m[2] /= 2;
    return weights({nodes.data(), p}, {m.data(), p});
  }
};

/// DEIS with polynomials in log(σ/α), by exact integrals: DPMSolver in ε̂. Zhang and Chen, arXiv:2204.13902v4, section 3.3.
struct DEIS {
  int order = 3;
  bool lower_order_final = true;

  Row row(const Grid& grid, std::size_t i) const {
    return DPMSolver{.order = order, .prediction = Prediction::eps, .lower_order_final = lower_order_final}.row(grid,
                                                                                                                i);
  }
};

}  // namespace tweedie

#pragma once
// The step of all exponential integrators. The reverse equation with ς = noise·g is linear but for the estimate, and is
// solved exactly where that is a polynomial in λ. With n = noise, h = λ_s − λ_t, u = (λ − λ_t)/h and ℓ_k Lagrange's
// polynomials at the levels where the estimates were made
//   in x̂₀   x_s = (σ_s/σ_t) e^(−n²h) x_t + α_s H Σ_k w_k x̂₀⁽ᵏ⁾ + σ_s √(1 − e^(−2n²h)) ζ,     H = (1 + n²) h,  w_k = ∫₀¹ e^(−H(1−u)) ℓ_k(u) du
//   in ε̂    x_s = (α_s/α_t) x_t − (1 + n²) σ_s h Σ_k w_k ε̂⁽ᵏ⁾ + n σ_s √(e^(2h) − 1) ζ,                w_k = ∫₀¹ e^(h(1−u)) ℓ_k(u) du
// The weights follow from the moments of 1, u, u², …: φ_1, φ_2, 2φ_3, …, (j!) φ_{j+1} at −H or h. Estimates of earlier
// steps make it a multistep method (dpm_solver.hpp), those of stages a Runge-Kutta method (singlestep_dpm_solver.hpp),
// one at s itself a corrector (uni_pc.hpp). Hochbruck and Ostermann, Acta Numerica 19 (2010), sections 2.3 and 2.5; Lu
// et al., arXiv:2206.00927v3, proposition 3.1, and arXiv:2211.01095v2, sections 4 and 5. The derivation is
// docs/solvers.md.

#include <span>

#include "prediction.hpp"
#include "row.hpp"
#include "weights.hpp"

namespace tweedie {

/// Published solvers change single moments, which the order of the step survives or not.
enum class Moments {
  exact,     ///< φ_2 and 2φ_3: "heun" and "taylor" of others, "vary" of UniPC
  midpoint,  ///< ½φ_1 for φ_2 in a row of two estimates, of order 2 all the same: DPM-Solver(++)-2, 2M, B₂ of UniPC
  flat,      ///< ½ for φ_2 in a row of two: B₁ of UniPC, SA-Solver
  half_third,  ///< φ_3 for 2φ_3 in a row of three, of order 2 only, where 3 is claimed
  published    ///< midpoint and half_third: multistep DPM-Solver(++) of order 3
};

/// An estimate that a row reads: where it was made, and how many rows back.
struct Node {
  Level level;
  std::size_t slot = 0;
};

/// The row above through 1 to 5 estimates in x̂₀ or ε̂. With two or more λ_t and λ_s are finite and differ, and so do
/// the λ of all nodes.
inline Row exponential_row(const Level& t, const Level& s, std::span<const Node> nodes, Prediction prediction,
                           double noise, Moments moments) {
  const bool in_x0 = prediction == Prediction::x0;
  const double n2 = noise * noise, h = lambda(s) == lambda(t) ? 0 : lambda(s) - lambda(t), H = (1 + n2) * h,
               n2h = noise == 0 ? 0 : n2 * h;  // h may be infinite
  Row row;
  if (in_x0)
    row = {.x = s.sigma / t.sigma * std::exp(-n2h), .z = s.sigma * std::sqrt(-std::expm1(-2 * n2h))};
  else
    row = {.x = s.alpha / t.alpha, .z = noise == 0 ? 0 : noise * s.sigma * std::sqrt(std::expm1(2 * h))};
  auto& slots = in_x0 ? row.x0 : row.eps;

  if (nodes.size() == 1) {  // the whole integral, which may be over an infinite h
    slots[nodes[0].slot] = in_x0 ? (s.alpha == 0 ? -s.sigma * t.alpha / t.sigma : -s.alpha * std::expm1(-H))
                                 : (1 + n2) * (s.sigma == 0 ? -t.sigma * s.alpha / t.alpha : -s.sigma * std::expm1(h));
    return row;
  }
  Weights u{}, moment{};
  double factorial = 1;  // j!
  for (std::size_t j = 0; j < nodes.size(); ++j) {
    u[j] = (lambda(nodes[j].level) - lambda(t)) / h;
    moment[j] = factorial * phi(int(j) + 1, in_x0 ? -H : h);
    factorial *= double(j + 1);
  }
  if (nodes.size() == 2 && (moments == Moments::midpoint || moments == Moments::published)) moment[1] = moment[0] / 2;
  if (nodes.size() == 2 && moments == Moments::flat) moment[1] = 0.5;
  if (nodes.size() == 3 && (moments == Moments::half_third || moments == Moments::published)) moment[2] /= 2;
  const Weights w = weights({u.data(), nodes.size()}, {moment.data(), nodes.size()});
  for (std::size_t j = 0; j < nodes.size(); ++j)
    slots[nodes[j].slot] = (in_x0 ? s.alpha * H : -(1 + n2) * s.sigma * h) * w[j];
  return row;
}

/// The estimates at the starts of row i and the rows before it, `count` of them, on a grid with one row a step.
inline std::vector<Node> newest(const Grid& grid, std::size_t i, std::size_t count) {
  std::vector<Node> nodes;
  for (std::size_t k = 0; k < count; ++k) nodes.push_back({grid[i - k], k});
  return nodes;
}

/// How many estimates a multistep row grid[i] → grid[i + 1] reads: `order`, or as many as there are yet, each made
/// where `variable`, that of the polynomial, is finite and another than at the one before it. With `lower_order_final`
/// the last row reads one, the last but one at most two, …
template <class Variable>
std::size_t estimates(const Grid& grid, std::size_t i, int order, bool lower_order_final, const Variable& variable) {
  std::size_t most = std::size_t(order), p = 1;
  if (lower_order_final) most = std::min(most, grid.size() - 1 - i);
  if (!std::isfinite(variable(grid[i]))) return 1;
  while (p < most && p <= i && std::isfinite(variable(grid[i - p])) &&
         variable(grid[i - p]) != variable(grid[i - p + 1]))
    ++p;
  return p;
}

}  // namespace tweedie

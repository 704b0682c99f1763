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

#include <optional>
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

/// Refuses, in the name of `who`, a step from t to s that the row below cannot be. One of length zero is nobody's.
inline void check_exponential(const char* who, const Level& t, const Level& s, Prediction prediction, double noise) {
  require(prediction == Prediction::x0 || prediction == Prediction::eps, who,
          ": its polynomial goes through x0 or eps");
  require(noise >= 0, who, ": noise = ", noise, ", but it must not be negative");
  if (same_lambda(t, s)) return;
  require(t.sigma > 0, who, ": at time ", t.time, " there is no noise, and the score is infinite");
  require(noise == 0 || lambda(s) >= lambda(t), who, ": with noise it goes towards less noise only");
  require(noise == 0 || prediction == Prediction::x0 || (s.sigma > 0 && t.alpha > 0), who,
          ": with noise and eps it has no step onto sigma = 0 or from alpha = 0; take x0, or another end");
}

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

/// A multistep row passes over an estimate that lies nearer to the next newer one than this share of its own step. The
/// weights of two estimates at 0 and −r steps are those of a mean slope, 1 + 1/(2r) and −1/(2r), and a gap of r steps
/// among more of them enters as 1/r too. So what two estimates disagree in for another reason than their distance
/// (rounding, the noise drawn between them, the jump from a predicted to a corrected state, of the size of the
/// predictor's local error) enters 1/r times as strongly as on equal steps. At r = 1/8 that is what eight equal steps
/// have of it: one such step in a run does not double its error. Published grids go down to 1/7.
inline constexpr double least_gap = 1. / 8;

/// The estimates that a multistep row grid[i] → grid[i + 1] reads, newest first: that of its own level and, looking
/// back through steps of length zero and passing over estimates nearer to the last one than least_gap steps, up to
/// `order` in all, of the six made before it, as far as they are within a row's reach, the grid having one row a step.
/// Distances are in `variable`, that of the polynomial; where it is infinite at an end of the step there is one
/// estimate, and none is read from beyond a level where it is. With `lower_order_final` the last step of any length
/// reads one, the last but one at most two, …
template <class Variable>
std::vector<Node> newest(const Grid& grid, std::size_t i, int order, bool lower_order_final, const Variable& variable) {
  std::vector<Node> nodes{{grid[i], 0}};
  std::size_t most = std::size_t(order);
  if (lower_order_final) {
    std::size_t steps = 0;
    for (std::size_t j = i; j + 1 < grid.size() && steps < most; ++j) steps += !same_lambda(grid[j], grid[j + 1]);
    most = steps;
  }
  double newer = variable(grid[i]);
  const double step = std::fabs(variable(grid[i + 1]) - newer);
  if (!std::isfinite(step) || step == 0) return nodes;
  std::size_t looked = 0;  // at estimates, so that steps of length zero change nothing as long as a row reaches them
  for (std::size_t k = 1; k <= i && k < Row::reach && looked < 6 && nodes.size() < most; ++k) {
    if (same_lambda(grid[i - k], grid[i - k + 1])) continue;
    ++looked;
    const double place = variable(grid[i - k]);
    if (!std::isfinite(place)) break;
    if (std::fabs(place - newer) < least_gap * step) continue;
    nodes.push_back({grid[i - k], k});
    newer = place;
  }
  return nodes;
}

/// The last step of any length before row i, if there is one.
inline std::optional<std::size_t> step_before(const Grid& grid, std::size_t i) {
  while (i > 0)
    if (--i; !same_lambda(grid[i], grid[i + 1])) return i;
  return {};
}

/// Whether the weights of equal steps will do for a row grid[i] → grid[i + 1] that looks back over `back` rows. They
/// take steps of different lengths for equal ones, and one that is less than least_gap times as long as those beside it,
/// by the share of it, for none. They do where the first is the larger error of the two, as on published grids.
template <class Variable>
bool as_equal_steps(const Grid& grid, std::size_t i, std::size_t back, const Variable& variable) {
  std::vector<double> steps;  // of any length, with one more on each side
  for (std::size_t j = step_before(grid, i - back).value_or(i - back); j + 1 < grid.size(); ++j) {
    if (same_lambda(grid[j], grid[j + 1])) continue;
    steps.push_back(std::fabs(variable(grid[j + 1]) - variable(grid[j])));
    if (j > i) break;
  }
  double unequal = 0, passed = 0, regular = 0;
  for (std::size_t j = 0; j < steps.size(); ++j) {
    double beside = std::numeric_limits<double>::infinity();
    if (j > 0) beside = steps[j - 1];
    if (j + 1 < steps.size()) beside = std::fmin(beside, steps[j + 1]);
    if (steps[j] < least_gap * beside) {
      passed = std::fmax(passed, steps[j] / beside);
      continue;
    }
    if (regular != 0) unequal = std::fmax(unequal, std::fmax(regular / steps[j], steps[j] / regular) - 1);
    regular = steps[j];
  }
  return passed <= unequal;
}

}  // namespace tweedie

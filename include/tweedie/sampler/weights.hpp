#pragma once
// What multistep and multistage rows are made of: the weights of a linear functional L on values at given nodes, exact
// for polynomials,
//   Σ_k w_k x_k^j = L[x^j],   j = 0 … n − 1        (a Vandermonde system)
// and the functionals of exponential integrators, whose moments are the functions
//   φ_k(z) = ∫₀¹ e^((1−u)z) u^(k−1)/(k − 1)! du,   φ_0(z) = e^z,   φ_k(z) = (φ_{k−1}(z) − 1/(k − 1)!)/z,   L[u^j] = j! φ_{j+1}(z)
// Hochbruck and Ostermann, Exponential integrators, Acta Numerica 19 (2010), eq. 2.10 and 2.11.

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "row.hpp"

namespace tweedie {

/// At most as many as a row has slots.
using Weights = std::array<double, Row::reach>;

/// w for nodes that differ, from as many moments. Unused entries are 0.
inline Weights weights(std::span<const double> nodes, std::span<const double> moments) {
  const std::size_t n = nodes.size();
  require(n >= 1 && n <= Weights{}.size() && moments.size() == n, "weights: ", n, " nodes and ", moments.size(),
          " moments, but there must be as many of both, 1 to ", Row::reach);
  Weights w{};
  for (std::size_t k = 0; k < n; ++k) {
    // Lagrange's ℓ_k as coefficients of powers, lowest first: one factor (x − x_i)/(x_k − x_i) after the other.
    Weights basis{1};
    std::size_t degree = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (i == k) continue;
      const double gap = nodes[k] - nodes[i];
      require(std::fabs(gap) > 0x1p-50 * std::fabs(nodes[k]), "weights: two nodes are the same, ", nodes[k]);
      for (std::size_t j = ++degree; j > 0; --j) basis[j] = (basis[j - 1] - nodes[i] * basis[j]) / gap;
      basis[0] *= -nodes[i] / gap;
    }
    for (std::size_t j = 0; j < n; ++j) w[k] += basis[j] * moments[j];
  }
  return w;
}

/// φ_k(z), k ≥ 0, by its series where the recursion would cancel.
inline double phi(int k, double z) {
  require(k >= 0, "phi: k = ", k, " must not be negative");
  double factorial = 1;  // k!
  for (int j = 2; j <= k; ++j) factorial *= j;
  if (std::fabs(z) < 1) {
    double term = 1 / factorial, sum = 0;
    for (int j = 1; std::fabs(term) > std::numeric_limits<double>::epsilon() * std::fabs(sum) / 4; ++j) {
      sum += term;
      term *= z / (k + j);
    }
    return sum;
  }
  double value = std::exp(z), reciprocal = 1;  // φ_0, 1/0!
  for (int j = 1; j <= k; ++j) {
    value = (value - reciprocal) / z;
    reciprocal /= j;
  }
  return value;
}

}  // namespace tweedie

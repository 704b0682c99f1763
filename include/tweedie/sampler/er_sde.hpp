#pragma once
// Extended reverse-time SDE: the noise of the equation is told by an increasing function φ of ρ = σ/α, and the step is
// exact where x̂₀ is Taylor's polynomial in ρ,
//   x_s = (α_s/α_t) q x_t + α_s (1 − q) x̂₀ + α_s Σ_j c_j x̂₀^{(j)} + α_s √(ρ_s² − ρ_t² q²) ζ,   q = φ(ρ_s)/φ(ρ_t)
//   c_j = φ(ρ_s) ∫_{ρ_s}^{ρ_t} ((r − ρ_t)^j/j!) φ'(r)/φ(r)² dr
// with the derivatives of x̂₀ in ρ from the last estimates. φ = ρ is the probability flow (DDIM at order 1), φ = ρ² the
// reverse of the forward process, ρ^{1 + n²} any constant noise n. Cui et al., Elucidating the solution space of
// extended reverse-time SDE, arXiv:2309.06169v3, algorithms 1 to 3. Integrated by parts, the integrals are those of
// 1/φ. At order 3 both derivatives are those of the quadratic through three estimates; the authors' program has the
// last difference alone for the first.

#include <functional>

#include "../schedule/told.hpp"
#include "quadrature.hpp"
#include "slope.hpp"

namespace tweedie {

struct ERSDE {
  int order = 3;  ///< 1 to 3: how many estimates a row reads, as soon as there are so many
  /// φ(ρ) ≥ 0, with φ(ρ)/ρ not decreasing. Default: ER-SDE 5 of the paper.
  std::function<double(double rho)> phi = [](double rho) { return rho * (std::exp(std::pow(rho, 0.3)) + 10); };
  bool lower_order_final = true;  ///< The last step has order 1, the last but one at most 2, …

  /// Towards the data. Onto σ_s = 0 and from α_t = 0 of order 1.
  Row row(const Grid& grid, std::size_t i) const {
    require(order >= 1 && order <= 3, "ERSDE: order = ", order, " is outside 1 to 3");
    told(phi, "ERSDE: .phi", "a function of rho = sigma/alpha");
    const Level &t = grid[i], &s = grid[i + 1];
    if (same_lambda(t, s)) return standing_row(t, s);
    require(t.sigma > 0 && lambda(s) >= lambda(t),
            "ERSDE: it goes towards less noise only, from a level with noise, but lambda goes from ", lambda(t), " to ",
            lambda(s));
    if (t.alpha == 0) {  // ρ_t = ∞, where q = 0, and ρ_t q is what is left of φ(ρ)/ρ
      const double far = 1e100, rho = s.sigma / s.alpha;
      const double kept = rho == 0 ? 0 : std::fmin(phi(rho) / rho / (phi(far) / far), 1);
      return {.x = s.sigma / t.sigma * kept, .x0 = {s.alpha}, .z = s.sigma * std::sqrt(1 - kept * kept)};
    }
    const double rho_t = t.sigma / t.alpha, rho_s = s.sigma / s.alpha, q = phi(rho_s) / phi(rho_t),
                 left = rho_s * rho_s - rho_t * rho_t * q * q;
    require(q >= 0 && left >= -1e-12 * rho_s * rho_s, "ERSDE: phi(", rho_s, ")/phi(", rho_t, ") = ", q,
            ", but it must lie between 0 and ", rho_s / rho_t);
    Row row{.x = s.alpha / t.alpha * q, .z = s.alpha * (left > 1e-13 * rho_s * rho_s ? std::sqrt(left) : 0)};
    const auto variable = [](const Level& level) { return abscissa(Slope::eps, level); };
    const std::vector<Node> read =
        s.sigma == 0 ? std::vector{Node{t, 0}} : newest(grid, i, order, lower_order_final, variable);
    const std::size_t p = read.size();
    // Moments of u = (ρ − ρ_t)/(ρ_s − ρ_t), 0 at t and 1 at s, under the weight of the integral:
    //   m_0 = 1 − q,   m_j = 1 − j ∫₀¹ u^(j−1) φ(ρ_s)/φ(ρ(u)) du
    Weights nodes{}, moments{1 - q};
    for (std::size_t k = 0; k < p; ++k) {
      nodes[k] = (variable(read[k].level) - rho_t) / (rho_s - rho_t);
      if (k > 0) moments[k] = 1 - double(k) * integral(rho_t, rho_s, int(k) - 1);
    }
    if (p == 1)
      row.x0[0] = s.alpha * (1 - q);
    else {
      const Weights w = weights({nodes.data(), p}, {moments.data(), p});
      for (std::size_t k = 0; k < p; ++k) row.x0[read[k].slot] = s.alpha * w[k];
    }
    return row;
  }

 private:
  /// ∫₀¹ u^j φ(ρ_s)/φ(ρ(u)) du, in panels of equal ratio of ρ.
  double integral(double rho_t, double rho_s, int j) const {
    const int panels = 1 + int(4 * std::log(rho_t / rho_s));
    double sum = 0;
    for (int i = 0; i < panels; ++i) {
      const auto edge = [&](int k) { return rho_t * std::pow(rho_s / rho_t, double(k) / panels); };
      sum += gauss(edge(i), edge(i + 1),
                   [&](double rho) { return std::pow((rho - rho_t) / (rho_s - rho_t), j) * phi(rho_s) / phi(rho); });
    }
    return sum / (rho_s - rho_t);
  }
};

}  // namespace tweedie

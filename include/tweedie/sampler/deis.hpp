#pragma once
// Diffusion exponential integrator sampler: multistep on d(x/α) = ε̂ dρ, ρ = σ/α, with a polynomial of ε̂ in a variable
// y of choice, integrated exactly,
//   x_s = (α_s/α_t) x_t + α_s Σ_k ε̂⁽ᵏ⁾ ∫_{ρ_t}^{ρ_s} ℓ_k(y(ρ)) dρ
//   y = λ       logarithmic (DPMSolver in ε̂, in closed form)          y = ρ   ρAB: LMS
//   y = time    tAB, of the schedule at hand
// In time the integral has no closed form. y is a monotone function of ρ, at σ = 0 too, with a kink at every level of a
// chain: a rule that looks at its error and cuts where it must gives it to rounding. Zhang and Chen, arXiv:2204.13902v4, section 3.3 and appendix B.

#include <functional>

#include "dpm_solver.hpp"
#include "quadrature.hpp"
#include "slope.hpp"

namespace tweedie {

struct DEIS {
  int order = 3;  ///< 1 to 5
  bool lower_order_final = true;
  /// The time of each λ: the polynomial is one in time (tAB). [=](double lambda) { return schedule.time(lambda); }.
  /// Empty: in λ. A step onto a level without a finite time has order 1.
  std::function<double(double lambda)> time{};

  Row row(const Grid& grid, std::size_t i) const {
    const DPMSolver in_lambda{.order = order, .prediction = Prediction::eps, .lower_order_final = lower_order_final};
    const Level &t = grid[i], &s = grid[i + 1];
    require(order >= 1 && order <= 5, "DEIS: order = ", order, " is outside 1 to 5");
    check_exponential("DEIS", t, s, Prediction::eps, 0);
    if (!time) return in_lambda.row(grid, i);
    const auto variable = [&](const Level& level) { return level.alpha > 0 ? time(lambda(level)) : lambda(level); };
    if (same_lambda(t, s)) return standing_row(t, s);
    const std::vector<Node> nodes = newest(grid, i, order, lower_order_final, variable);
    const std::size_t p = nodes.size();
    if (p == 1) return euler_row(Slope::eps, t, s);
    // Of u, 0 at t and 1 at s in time; 1, u, u², … over dρ.
    const double now = variable(t), step = variable(s) - now;
    Weights u{};
    for (std::size_t k = 0; k < p; ++k) u[k] = (variable(nodes[k].level) - now) / step;
    const auto in_step = [&](double rho) { return (time(-std::log(rho)) - now) / step; };
    const double rounding = (std::fabs(now) + std::fabs(now + step)) / std::fabs(step);
    const Weights moments = means(abscissa(Slope::eps, t), abscissa(Slope::eps, s), in_step, rounding);
    return slope_row(Slope::eps, t, s, nodes, weights({u.data(), p}, {moments.data(), p}));
  }

 private:
  /// The means of 1, y, …, y⁴ over ρ from a to b, by w = ln(1 + ρ), dρ = (1 + ρ) dw. y is between 0 and 1, and rounded
  /// to `rounding` machine numbers.
  template <class Y>
  static Weights means(double a, double b, const Y& y, double rounding) {
    constexpr double epsilon = std::numeric_limits<double>::epsilon();
    const auto powers = [&](double w) {
      const double rho = std::expm1(w), value = y(rho);
      std::array<double, 4> f{value * (1 + rho) / (b - a)};
      for (std::size_t k = 1; k < f.size(); ++k) f[k] = f[k - 1] * value;
      return f;
    };
    const double largest = (1 + std::fmax(a, b)) / std::fabs(b - a);  // of the integrand
    const auto mean = lobatto<4>(std::log1p(a), std::log1p(b), powers, 4 * epsilon, 16 * epsilon * rounding * largest);
    return {1, mean[0], mean[1], mean[2], mean[3]};
  }
};

}  // namespace tweedie

#pragma once
// What guidance samples when both laws are Gaussian: not the tilted law p_u (p_c/p_u)^γ, and not the same for every
// sampler. In each direction in which p_c has the variance s_c² and p_u the variance s_u², with ρ = s_u²/s_c² and noise
// ς² = r g² in the reverse equation (SDE-9),
//   variance = s_c^(2(1+r)γ − 2r) s_u^(2(1+r)(1−γ)) (1 + r J(r, (1+r)(γ − 1)))                                  [CFG-3, CFG-4, CFG-7]
//   mean − m_u = γ (m_c − m_u) s_c^(2q(γ−1)) s_u^(2q(1−γ)) (1 + q J(q, q(γ − 1))),   q = (1 + r)/2             [CG-8]
//   J(q, p) = ∫₀^∞ e^(−qy) [(1 + (ρ − 1) e^(−y))^p − 1] dy
// from a start without signal, with steps as small as one likes. r = 0 is the probability flow, r = 1 the reverse
// equation of DDPM. At γ = 1 it is
// N(m_c, s_c²) for every r. Guidance by a linear Gaussian label y = x₀ + N(0, r²) is the case s_c² = s_u² r²/(s_u² + r²).     [CG-7]
// The derivation is docs/guidance.md.

#include <cmath>

#include "../sampler/quadrature.hpp"
#include "../schedule/require.hpp"

namespace tweedie {

/// The conditional and the unconditional law in one direction.
struct GuidedGaussian {
  double conditional_mean = 0, unconditional_mean = 0;
  double conditional_variance = 1, unconditional_variance = 1;  ///< > 0
};

namespace detail {
/// J(q, p), by Gauss's rule on panels; the integrand falls like e^(−(1+q)y).
inline double guided_integral(double rho, double q, double p) {
  constexpr double end = 45, panel = 0.25;
  double sum = 0;
  for (double y = 0; y < end; y += panel)
    sum += gauss(y, y + panel,
                 [&](double u) { return std::exp(-q * u) * std::expm1(p * std::log1p((rho - 1) * std::exp(-u))); });
  return sum;
}
inline double guided_power(const GuidedGaussian& g, double q, double gamma) {  // (s_u²/s_c²)^(q(1 − γ))
  require(std::isfinite(gamma), "guided law: its scale is ", gamma);
  require(g.conditional_variance > 0 && g.unconditional_variance > 0, "guided law: the variances ",
          g.conditional_variance, " and ", g.unconditional_variance, " must be positive");
  return std::pow(g.unconditional_variance / g.conditional_variance, q * (1 - gamma));
}
}  // namespace detail

/// The variance that guidance of scale γ gives. r = ς²/g² ≥ 0 is the square of a sampler's `noise`: 0 for DDIM, 1 for
/// DDPM.
inline double guided_variance(const GuidedGaussian& g, double gamma, double r) {
  require(r >= 0 && std::isfinite(r), "guided law: r = ", r, " must be finite and not negative");
  const double rho = g.unconditional_variance / g.conditional_variance;
  return g.conditional_variance * detail::guided_power(g, 1 + r, gamma) *
         (1 + r * detail::guided_integral(rho, r, (1 + r) * (gamma - 1)));
}

/// The mean that it gives.
inline double guided_mean(const GuidedGaussian& g, double gamma, double r) {
  require(r >= 0 && std::isfinite(r), "guided law: r = ", r, " must be finite and not negative");
  const double q = (1 + r) / 2, rho = g.unconditional_variance / g.conditional_variance;
  return g.unconditional_mean + gamma * (g.conditional_mean - g.unconditional_mean) *
                                    detail::guided_power(g, q, gamma) *
                                    (1 + q * detail::guided_integral(rho, q, q * (gamma - 1)));
}

/// The variance of the tilted law ∝ p_u (p_c/p_u)^γ, which guidance is often taken to sample. Throws where it has none.
inline double tilted_variance(const GuidedGaussian& g, double gamma) {
  const double precision = gamma / g.conditional_variance + (1 - gamma) / g.unconditional_variance;
  require(precision > 0, "tilted law: at the scale ", gamma, " its precision is ", precision, ", and it is no law");
  return 1 / precision;
}
/// And its mean.
inline double tilted_mean(const GuidedGaussian& g, double gamma) {
  return tilted_variance(g, gamma) * (gamma * g.conditional_mean / g.conditional_variance +
                                      (1 - gamma) * g.unconditional_mean / g.unconditional_variance);
}

}  // namespace tweedie

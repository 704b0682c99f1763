#pragma once
// What guidance samples when both laws are Gaussian: not the tilted law p_u (p_c/p_u)^γ, and not the same for every
// sampler. In each direction in which p_c has the variance s_c² and p_u the variance s_u², with ρ = s_u²/s_c² and noise
// ς² = r g² in the reverse equation (SDE-9),
//   variance = s_c² G(r, (1 + r)(γ − 1))                                                                        [CFG-3, CFG-4, CFG-7]
//   mean − m_u = γ (m_c − m_u) G(q, q(γ − 1)),   q = (1 + r)/2                                                  [CG-8]
//   G(q, p) = ∫₀^∞ q e^(−qy) [(1 + (ρ − 1) e^(−y))/ρ]^p dy
// from a start without signal, with steps as small as one likes. r = 0 is the probability flow, r = 1 the reverse
// equation of DDPM. At γ = 1 it is
// N(m_c, s_c²) for every r. Guidance by a linear Gaussian label y = x₀ + N(0, r²) is the case s_c² = s_u² r²/(s_u² + r²).     [CG-7]
// The derivation is docs/guidance.md.

#include <algorithm>
#include <cmath>
#include <limits>

#include "../schedule/require.hpp"

namespace tweedie {

/// The conditional and the unconditional law in one direction.
struct GuidedGaussian {
  double conditional_mean = 0, unconditional_mean = 0;
  double conditional_variance = 1, unconditional_variance = 1;  ///< > 0
};

namespace detail {
/// ln(1 + e^x).
inline double softplus(double x) {
  return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x));
}

/// ln Σ e^x of numbers whose powers need not be representable.
class LogSum {
 public:
  void add(double x) {
    if (!(x > -std::numeric_limits<double>::infinity())) return;
    sum_ = x > largest_ ? sum_ * std::exp(largest_ - x) + 1 : sum_ + std::exp(x - largest_);
    largest_ = std::max(largest_, x);
  }
  double value() const { return largest_ + std::log(sum_); }

 private:
  double largest_ = -std::numeric_limits<double>::infinity(), sum_ = 0;
};

/// ln ρ, to its own rounding where ρ is near 1, and of variances whose quotient overflows.
inline double log_ratio(const GuidedGaussian& g) {
  const double c = g.conditional_variance, u = g.unconditional_variance, ratio = u / c;
  if (ratio > 0.5 && ratio < 2) return std::log1p((u - c) / c);
  return ratio > 0 && std::isfinite(ratio) ? std::log(ratio) : std::log(u) - std::log(c);
}

/// ln G(q, p). G is the mean of F(y) = [(1 + (ρ − 1) e^(−y))/ρ]^p over y of density q e^(−qy), and F goes monotonically
/// from 1 to ρ^(−p), so that by parts it is a sum in which nothing cancels,
///   G = ρ^(−p) + ∫ (1 − e^(−qy)) |F'| dy  where F falls,   G = 1 + ∫ e^(−qy) |F'| dy  where it rises.
/// In w with e^y − 1 = e^w, for ρ < 1 e^w ρ, all is made of logistic functions: analytic for |Im w| < π and falling
/// exponentially on both sides, where the trapezoidal rule gains as many digits as there are whenever its step is
/// halved. (Trefethen and Weideman, SIAM Review 56 (2014), section 5.)
inline double log_guided_mean_of_power(double log_rho, double q, double p) {
  const double l = std::abs(log_rho), P = log_rho < 0 ? -p : p, shift = log_rho < 0 ? l : 0;
  if (P == 0 || l == 0) return 0;  // F = 1
  if (q == 0) return -P * l;       // y = ∞
  const double log_gap = std::log(-std::expm1(-l)), size = std::log(std::abs(P));
  double exponents = 0, at_most = -std::numeric_limits<double>::infinity();  // of the largest term
  const auto log_term = [&](double w) {
    // F = ((1 + e^(w−l))/(1 + e^w))^P = (1 − s)^P
    const double s = std::exp(log_gap - softplus(-w));
    const double log_base = s < 0.5 ? std::log1p(-s) : softplus(w - l) - softplus(w);
    const double from = w - shift, y = softplus(from);  // e^y − 1 = e^from
    const double log_y = from < -40 ? from : std::log(y);
    const double log_weight = P < 0 ? -q * y : q * y < 1e-20 ? std::log(q) + log_y : std::log(-std::expm1(-q * y));
    const double log_slope = size + P * log_base + log_gap - softplus(-w) - softplus(w - l);  // of |F'|
    const double term = log_weight + log_slope;
    if (term > at_most) at_most = term, exponents = std::abs(P * log_base) + (P > 0 ? 0 : q * y);
    return term;
  };
  const double margin = 45 + std::log1p(std::abs(P)) + std::log1p(q), lo = -margin, hi = l + margin;
  LogSum sum;
  const auto value = [&](double h) {
    LogSum whole;
    whole.add(std::log(h) + sum.value());
    whole.add(P > 0 ? -P * l : 0);
    return whole.value();
  };
  double h = 0.5, found = 0, change = 1;
  for (double w = lo; w <= hi; w += h) sum.add(log_term(w));
  found = value(h);
  for (int halvings = 0; change > 1e-11 && halvings < 12; ++halvings) {
    for (double w = lo + h / 2; w <= hi; w += h) sum.add(log_term(w));
    h /= 2;
    const double better = value(h);
    change = std::abs(better - found), found = better;
  }
  require(change <= 1e-11 && exponents < 1e6, "guided law: at ln(s_u^2/s_c^2) = ", log_rho, " and the exponents ", q,
          " and ", p, " its integral is not known to nine digits; are r or the scale as large as meant?");
  return found;
}

inline void check_guided(const GuidedGaussian& g, double gamma, double r) {
  require(std::isfinite(gamma), "guided law: its scale is ", gamma);
  require(r >= 0 && std::isfinite(r), "guided law: r = ", r, " must be finite and not negative");
  const auto positive = [](double v) { return v > 0 && std::isfinite(v); };
  require(positive(g.conditional_variance) && positive(g.unconditional_variance), "guided law: the variances ",
          g.conditional_variance, " and ", g.unconditional_variance, " must be finite and positive");
  require(std::isfinite(g.conditional_mean) && std::isfinite(g.unconditional_mean), "guided law: the means ",
          g.conditional_mean, " and ", g.unconditional_mean, " must be finite");
}
/// factor·e^log. Throws where a double has not all the digits of that.
inline double guided_product(const char* what, double factor, double log) {
  const double product =
      std::abs(log) < 600 ? factor * std::exp(log) : std::copysign(std::exp(std::log(std::abs(factor)) + log), factor);
  require(std::isnormal(product), "guided law: the ", what, ", ", factor, " times e^", log, ", is beyond a double");
  return product;
}
}  // namespace detail

/// The variance that guidance of scale γ gives, to nine digits or more. r = ς²/g² ≥ 0 is the square of a sampler's
/// `noise`: 0 for DDIM, 1 for DDPM. Throws where a double cannot hold it, and where its integral is not known so well (r
/// or γ above some 10⁵).
inline double guided_variance(const GuidedGaussian& g, double gamma, double r) {
  detail::check_guided(g, gamma, r);
  return detail::guided_product("variance", g.conditional_variance,
                                detail::log_guided_mean_of_power(detail::log_ratio(g), r, (1 + r) * (gamma - 1)));
}

/// The mean that it gives, likewise: the digits are those of its difference from m_u.
inline double guided_mean(const GuidedGaussian& g, double gamma, double r) {
  detail::check_guided(g, gamma, r);
  const double q = (1 + r) / 2, change = gamma * (g.conditional_mean - g.unconditional_mean);
  if (change == 0) return g.unconditional_mean;
  return g.unconditional_mean +
         detail::guided_product("mean", change,
                                detail::log_guided_mean_of_power(detail::log_ratio(g), q, q * (gamma - 1)));
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

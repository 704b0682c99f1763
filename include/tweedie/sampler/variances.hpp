#pragma once
// The two variances of a step from t to a cleaner s that Ho et al. propose, from the levels alone. With h = λ_s − λ_t:
//   forward:    b²_{t|s} = σ_t² − (α_t/α_s)² σ_s² = σ_t² (1 − e^(−2h))          the variance of x_t given x_s
//   posterior:  β̃²       = b²_{t|s} σ_s²/σ_t²     = σ_s² (1 − e^(−2h))          the variance of x_s given x_t and x₀
// Ho et al., arXiv:2006.11239v2, eq. 7 and section 3.2, there β_t and β̃_t (variances, for neighbouring steps).     [DDPM-2, DDPM-3]

#include "../schedule/level.hpp"

namespace tweedie {

/// 1 − e^(−2h), the share of σ_t² that entered between s and t. Throws unless s is at most as noisy as t and t is
/// noisy.
inline double fresh_share(const Level& t, const Level& s) {
  const double lambda_t = lambda(t), lambda_s = lambda(s);
  require(t.sigma > 0, "variance of a step from time ", t.time, ": there is no noise at sigma = 0");
  require(lambda_s >= lambda_t || same_lambda(t, s), "variance of a step from lambda = ", lambda_t, " to ", lambda_s,
          ": it is defined towards less noise only, on a grid from noise to data");
  return lambda_s <= lambda_t ? 0 : -std::expm1(2 * (lambda_t - lambda_s));
}

/// b²_{t|s}: DDPM's "large" variance, Ho's β_t.
inline double forward_variance(const Level& t, const Level& s) {
  return t.sigma * t.sigma * fresh_share(t, s);
}

/// β̃², the square of the posterior's standard deviation: DDPM's "small" variance, Ho's β̃_t. 0 at a clean s.
inline double posterior_variance(const Level& t, const Level& s) {
  return s.sigma * s.sigma * fresh_share(t, s);
}

}  // namespace tweedie

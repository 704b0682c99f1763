#pragma once
// Distances between Gaussians in closed form.
//   KL(a ‖ b) = ½ [tr(S_b⁻¹ S_a) − d + (μ_a − μ_b)ᵀ S_b⁻¹ (μ_a − μ_b) + ln det S_b − ln det S_a]
//   W₂²(a, b) = ‖μ_a − μ_b‖² + tr(S_a + S_b − 2 (S_a^½ S_b S_a^½)^½) = ‖μ_a − μ_b‖² + min_Q ‖S_a^½ − S_b^½ Q‖²,  Q orthogonal
// The second form of W₂ has no cancellation where a and b are close; its Q is the polar factor of S_b^½ S_a^½.
// Bhatia, Jain and Lim, On the Bures-Wasserstein distance between positive definite matrices, arXiv:1712.01504v1,
// theorem 1.

#include "gaussian.hpp"
#include "polar_factor.hpp"

namespace tweedie {

namespace detail {
template <class Scalar>
void check_same_dimension(const char* what, const Gaussian<Scalar>& a, const Gaussian<Scalar>& b) {
  require(a.dimension() == b.dimension(), what, ": the dimensions ", a.dimension(), " and ", b.dimension(), " differ");
}
inline constexpr auto square_root = [](auto v) { return std::sqrt(v); };
}  // namespace detail

/// KL(a ‖ b) in nats. Throws where b has no density; +∞ where only a has none.
template <class Scalar>
Scalar kl(const Gaussian<Scalar>& a, const Gaussian<Scalar>& b) {
  detail::check_same_dimension("kl", a, b);
  require(b.covariance().smallest() > 0, "kl: the second Gaussian is concentrated on a subspace");
  const auto inverse_root = [](Scalar v) { return 1 / std::sqrt(v); };
  const auto log = [](Scalar v) { return std::log(v); };
  const Scalar trace = b.covariance()  // of S_b⁻¹ S_a, as a sum of squares
                           .apply(inverse_root, a.covariance().map(detail::square_root).matrix())
                           .squaredNorm();
  const Scalar mean = b.covariance().norm(inverse_root, a.mean() - b.mean())[0];
  return (trace - Scalar(a.dimension()) + mean * mean + b.covariance().trace(log) - a.covariance().trace(log)) / 2;
}

/// The Wasserstein distance W₂ = √frechet, in the units of the data.
template <class Scalar>
Scalar wasserstein2(const Gaussian<Scalar>& a, const Gaussian<Scalar>& b) {
  using Matrix = typename Gaussian<Scalar>::Matrix;
  detail::check_same_dimension("frechet", a, b);
  Matrix A = a.covariance().map(detail::square_root).matrix(), B = b.covariance().map(detail::square_root).matrix();
  typename Gaussian<Scalar>::Vector mean = a.mean() - b.mean();
  // In units of the largest number, so that no square overflows or vanishes.
  const Scalar unit = std::max({A.cwiseAbs().maxCoeff(), B.cwiseAbs().maxCoeff(), mean.cwiseAbs().maxCoeff()});
  if (unit == 0) return 0;
  A /= unit, B /= unit, mean /= unit;
  return unit * std::sqrt(mean.squaredNorm() + (A - B * polar_factor<Scalar>(B * A)).squaredNorm());
}

/// The Fréchet distance, W₂²: what FID computes from moments.
template <class Scalar>
Scalar frechet(const Gaussian<Scalar>& a, const Gaussian<Scalar>& b) {
  const Scalar distance = wasserstein2(a, b);
  return distance * distance;
}

}  // namespace tweedie

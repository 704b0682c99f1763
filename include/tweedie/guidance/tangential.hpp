#pragma once
// Tangential damping: of the unconditional prediction only its part along the main direction p of the two is kept,
//   y = y'_u + γ (y_c − y'_u),   y'_u = p pᵀ y_u,   p the first right singular vector of the rows (y_c; y_u)
// Kwon et al., TCFG: tangential damping classifier-free guidance, arXiv:2503.18137v1, eq. 3, 4 and algorithm 1.

#include "two_predictions.hpp"

namespace tweedie {

/// scale: γ; 1 is the conditional denoiser. kind: what is damped; the paper has scores, the same direction as ε̂.
template <class C, class U>
auto tangential(C conditional, U unconditional, GuidanceScale scale, Prediction kind = Prediction::eps) {
  return two_predictions(
      std::move(conditional), std::move(unconditional), kind, [=](auto y, const auto& u, const Level& t) {
        using Scalar = typename std::decay_t<decltype(y)>::Scalar;
        using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
        const Scalar gamma = Scalar(scale(t, 1));
        for (Eigen::Index i = 0; i < y.cols(); ++i) {
          // p = a y_c + b y_u, (a, b) the eigenvector of the larger eigenvalue of the 2 × 2 matrix of products.
          const Scalar cc = y.col(i).squaredNorm(), uu = u.col(i).squaredNorm(), cu = y.col(i).dot(u.col(i));
          const Scalar half = (cc - uu) / 2, root = std::hypot(half, cu);
          const Scalar a = half >= 0 ? half + root : cu, b = half >= 0 ? cu : root - half;
          const Scalar largest = std::max(std::abs(a), std::abs(b));  // without it the square of p is a sixth power
          Vector p = largest > 0 ? Vector(a / largest * y.col(i) + b / largest * u.col(i)) : Vector(0 * y.col(i));
          if (const Scalar size = p.norm(); size > 0)
            p /= size;
          else  // orthogonal and equally long: no direction is the main one
            p = y.col(i).stableNormalized();
          const Vector kept = p.dot(u.col(i)) * p;
          y.col(i) = kept + gamma * (y.col(i) - kept);
        }
      });
}

}  // namespace tweedie

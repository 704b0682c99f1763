#pragma once
// What a linear measurement y = A x₀ + noise·n, n ~ N(0, I), leaves of exact data. For a Gaussian N(μ, S), with K = A S
// Aᵀ + noise² I and G = S Aᵀ K⁻¹,
//   x₀ | y ~ N(μ + G (y − Aμ), (I − GA) S (I − GA)ᵀ + noise² G Gᵀ),   y ~ N(Aμ, K)
// and for a mixture the same of each component, its weight in proportion to wₖ N(y; Aμₖ, Kₖ). It is the truth that
// methods for inverse problems are held against: docs/inverse_problems.md.

#include <Eigen/Cholesky>

#include "gaussian_mixture.hpp"

namespace tweedie {

namespace detail {
template <class Scalar>
struct LinearPosterior {
  Gaussian<Scalar> law;
  Scalar log_evidence;  ///< log p(y)
};

template <class Scalar>
LinearPosterior<Scalar> linear_posterior(const Gaussian<Scalar>& data, const typename Gaussian<Scalar>::Matrix& A,
                                         const typename Gaussian<Scalar>::Vector& y, double noise) {
  using Matrix = typename Gaussian<Scalar>::Matrix;
  using Vector = typename Gaussian<Scalar>::Vector;
  const Eigen::Index m = A.rows(), d = A.cols();
  require(d == data.dimension() && m == y.size() && m > 0, "posterior: A has the shape ", m, "x", d,
          " for data of dimension ", data.dimension(), " and a measurement of ", y.size(), " numbers");
  require(A.allFinite() && y.allFinite(), "posterior: A or y has a value that is not finite");
  require(noise >= 0 && std::isfinite(noise), "posterior: noise = ", noise, " must be finite and not negative");
  const Scalar variance = Scalar(noise * noise);
  const Matrix S = data.covariance().matrix(), AS = A * S;
  const Matrix ASA = AS * A.transpose() + variance * Matrix::Identity(m, m);
  const Eigen::LLT<Matrix> K(ASA);
  // A pivot is what its row adds to those before it; of a row that adds nothing rounding may leave something positive.
  require(
      K.info() == Eigen::Success && (K.matrixLLT().diagonal().array().square() >
                                     Scalar(4 * m) * std::numeric_limits<Scalar>::epsilon() * ASA.diagonal().array())
                                        .all(),
      "posterior: A S A^T + noise^2 I is singular; with noise = 0 the rows of A must be "
      "independent");
  const Matrix G = K.solve(AS).transpose(), kept = Matrix::Identity(d, d) - G * A;
  const Matrix left = kept * S * kept.transpose() + variance * G * G.transpose();
  const Vector residual = y - A * data.mean(), whitened = K.matrixL().solve(residual);
  const Scalar log_determinant = 2 * K.matrixLLT().diagonal().array().log().sum();
  return {
      Gaussian<Scalar>(data.mean() + G * residual,
                       Covariance<Scalar>::semidefinite((left + left.transpose()) / Scalar(2))),
      Scalar(-0.5) * (whitened.squaredNorm() + log_determinant + Scalar(m) * Scalar(std::log(2 * std::numbers::pi)))};
}
}  // namespace detail

/// p(x₀ | y). A is m × d, y of m numbers, noise ≥ 0 its standard deviation; noise 0 needs independent rows of A.
template <class Scalar>
Gaussian<Scalar> posterior(const Gaussian<Scalar>& data, const typename Gaussian<Scalar>::Matrix& A,
                           const typename Gaussian<Scalar>::Vector& y, double noise) {
  return detail::linear_posterior(data, A, y, noise).law;
}
template <class Scalar>
GaussianMixture<Scalar> posterior(const GaussianMixture<Scalar>& data,
                                  const typename GaussianMixture<Scalar>::Matrix& A,
                                  const typename GaussianMixture<Scalar>::Vector& y, double noise) {
  using Vector = typename GaussianMixture<Scalar>::Vector;
  const Eigen::Index K = data.weights().size();
  Vector logs(K);
  typename GaussianMixture<Scalar>::Matrix means(data.dimension(), K);
  std::vector<Covariance<Scalar>> covariances;
  for (Eigen::Index k = 0; k < K; ++k) {
    const auto part = detail::linear_posterior(data.components()[std::size_t(k)], A, y, noise);
    logs[k] = std::log(data.weights()[k]) + part.log_evidence;
    means.col(k) = part.law.mean();
    covariances.push_back(part.law.covariance());
  }
  const Vector weights = (logs.array() - logs.maxCoeff()).exp();
  return GaussianMixture<Scalar>(weights / weights.sum(), means, covariances);
}

}  // namespace tweedie

#pragma once
// What a linear measurement y = A x₀ + noise·n, n ~ N(0, I), leaves of exact data. For a Gaussian N(μ, S), with K = A S
// Aᵀ + noise² I and G = S Aᵀ K⁻¹,
//   x₀ | y ~ N(μ + G (y − Aμ), (I − GA) S (I − GA)ᵀ + noise² G Gᵀ),   y ~ N(Aμ, K)
// and for a mixture the same of each component, its weight in proportion to wₖ N(y; Aμₖ, Kₖ). It is the truth that
// methods for inverse problems are held against: docs/inverse_problems.md.
//
// K is not formed: where the rows of A nearly depend on one another its square root still tells them apart. With x₀ = μ +
// S^½ u, u ~ N(0, I), and the singular values A S^½ = Q diag(b) Wᵀ, h² = b² + noise², ρ = Qᵀ (y − Aμ),
//   u | y ~ N(W (b/h²) ρ, W (noise²/h²) Wᵀ + I − W Wᵀ),   log p(y) = −½ Σ (ρ/h)² − Σ log h − m/2 log 2π
// Without noise, rows that depend on others have b = 0: they say nothing where they agree with these, and where they do
// not the mean is the solution of least squares, the limit of vanishing noise.

#include <numbers>

#include "gaussian_mixture.hpp"

namespace tweedie {

namespace detail {
template <class Scalar>
struct LinearPosterior {
  Gaussian<Scalar> law;
  Scalar log_evidence;  ///< log p(y); without noise, that of its coordinates in the range of A S^½
  /// log_evidence = log_normaliser − distance²/2, and the dimension of the law of y.
  Scalar distance, log_normaliser;
  Eigen::Index rank;
};

template <class Scalar>
LinearPosterior<Scalar> linear_posterior(const Gaussian<Scalar>& data, const typename Gaussian<Scalar>::Matrix& A,
                                         const typename Gaussian<Scalar>::Vector& y, double noise) {
  using Matrix = typename Gaussian<Scalar>::Matrix;
  using Vector = typename Gaussian<Scalar>::Vector;
  using Array = Eigen::ArrayX<Scalar>;
  const Eigen::Index m = A.rows(), d = A.cols();
  require(d == data.dimension() && m == y.size() && m > 0, "posterior: A has the shape ", m, "x", d,
          " for data of dimension ", data.dimension(), " and a measurement of ", y.size(), " numbers");
  require(A.allFinite() && y.allFinite(), "posterior: A or y has a value that is not finite");
  require(noise >= 0 && std::isfinite(noise), "posterior: noise = ", noise, " must be finite and not negative");
  const auto root = [](Scalar v) { return std::sqrt(v); };
  Matrix rows = data.covariance().apply(root, A.transpose()), residual = (y - A * data.mean()).transpose();
  require(rows.allFinite() && residual.allFinite(), "posterior: A S^(1/2) or y - A mu is not finite");
  // Of data in a subspace a row across it measures nothing; rounding of the eigenvectors leaves a little there.
  if (!data.covariance().along_axes()) {
    const Scalar rounding = 8 * Eigen::NumTraits<Scalar>::epsilon() * std::sqrt(data.covariance().largest());
    for (Eigen::Index i = 0; i < m; ++i)
      if (stable_norm<Scalar>(rows.col(i)) <= rounding * stable_norm<Scalar>(A.row(i).transpose()))
        rows.col(i).setZero();
  }

  const Array b = orthogonalise<Scalar>(rows, residual);  // the columns of `rows` are now b W, the residual is ρᵀ
  const Array h = b.unaryExpr([&](Scalar value) { return hypotenuse(value, Scalar(noise)); });
  std::vector<Eigen::Index> measured, of_law;
  for (Eigen::Index i = 0; i < m; ++i) {
    if (b[i] > 0) measured.push_back(i);
    if (h[i] > 0) of_law.push_back(i);
  }
  const auto k = Eigen::Index(measured.size());
  const Array sizes = b(measured), whole = h(measured), rho = residual.row(0)(measured).transpose();
  const Matrix W = rows(Eigen::all, measured) * sizes.inverse().matrix().asDiagonal();
  const Vector shift = W * (sizes / whole * (rho / whole)).matrix();

  // The directions in which u is known to noise/h, and those of which nothing was measured: a root of its covariance.
  Matrix left(d, noise > 0 ? d : d - k);
  left.rightCols(d - k) = complement<Scalar>(W);
  if (noise > 0) left.leftCols(k) = W * (Scalar(noise) / whole).matrix().asDiagonal();

  LinearPosterior<Scalar> result{
      {data.mean() + data.covariance().apply(root, shift),
       Covariance<Scalar>::of_factor(data.covariance().apply(root, left))},
      0,
      stable_norm<Scalar>((residual.row(0)(of_law).transpose().array() / h(of_law)).matrix()),
      -h(of_law).log().sum() - Scalar(m) * Scalar(std::log(2 * std::numbers::pi) / 2),
      Eigen::Index(of_law.size())};
  result.log_evidence = result.log_normaliser - result.distance * result.distance / 2;
  return result;
}
}  // namespace detail

/// p(x₀ | y). A is m × d, y of m numbers, noise ≥ 0 its standard deviation. At noise = 0 rows of A may depend on one
/// another: what is known is then where all are met, or met best in least squares.
template <class Scalar>
Gaussian<Scalar> posterior(const Gaussian<Scalar>& data, const typename Gaussian<Scalar>::Matrix& A,
                           const typename Gaussian<Scalar>::Vector& y, double noise) {
  using Wide = detail::Decomposed<Scalar>;
  return detail::linear_posterior<Wide>(data.template cast<Wide>(), A.template cast<Wide>(), y.template cast<Wide>(),
                                        noise)
      .law.template cast<Scalar>();
}
template <class Scalar>
GaussianMixture<Scalar> posterior(const GaussianMixture<Scalar>& data,
                                  const typename GaussianMixture<Scalar>::Matrix& A,
                                  const typename GaussianMixture<Scalar>::Vector& y, double noise) {
  using Wide = detail::Decomposed<Scalar>;
  const Eigen::Index K = data.weights().size();
  Eigen::ArrayXX<Wide> distances(K, 1);
  Eigen::ArrayX<Wide> constants = data.weights().template cast<Wide>().array().log();
  typename GaussianMixture<Scalar>::Matrix means(data.dimension(), K);
  std::vector<Covariance<Scalar>> covariances;
  Eigen::Index rank = -1;
  for (Eigen::Index k = 0; k < K; ++k) {
    const auto part = detail::linear_posterior<Wide>(data.components()[std::size_t(k)].template cast<Wide>(),
                                                     A.template cast<Wide>(), y.template cast<Wide>(), noise);
    means.col(k) = part.law.mean().template cast<Scalar>();
    covariances.push_back(part.law.covariance().template cast<Scalar>());
    distances(k, 0) = part.distance;
    if (data.weights()[k] == 0) continue;
    require(rank < 0 || rank == part.rank, "posterior: at noise = 0 the components' laws of y fill ", rank, " and ",
            part.rank, " dimensions, so that their densities do not compare; give a noise > 0");
    rank = part.rank;
    constants[k] += part.log_normaliser;
  }
  const auto shares = detail::RelativeLogs<Wide>(distances, constants).shares();
  return GaussianMixture<Scalar>(shares.matrix().col(0).template cast<Scalar>(), means, covariances);
}

}  // namespace tweedie

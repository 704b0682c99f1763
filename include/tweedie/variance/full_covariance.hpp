#pragma once
// All of the posterior's covariance in the noise of a row, for models that know it:
//   x_s = κ x_t + c x̂₀ + L ζ,   L Lᵀ = τ² I + c² Cov[x₀ | x_t],   Cov[x₀ | x_t] = (σ²/α²)(I + σ² ∇² log p_t(x_t))      [EXT-1, EXT-3]
// Bao et al., arXiv:2206.07309v2, eq. 6. κ, c and τ are those of ReverseKernel.

#include <Eigen/Cholesky>

#include "elementwise.hpp"

namespace tweedie {

/// A sampler with row(t, s) and the covariance of a model with a member covariance(x, level), x one sample: an exact model, or a
/// VarianceTable. One decomposition of a d × d matrix for every sample and step: for small d. A model whose covariance is the same for
/// every x says so by `static constexpr bool covariance_of_level = true`, and costs one a step.
/// Throws std::domain_error for a covariance that has a negative eigenvalue or is not finite.
template <class S, class Model>
struct FullCovariance {
  S sampler;
  Model model;
  LastRow last_row = LastRow::mean;

  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    using Scalar = typename X::Scalar;
    using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
    const auto [kappa, c, tau2] = detail::kernel_between(sampler, t, s);
    const X x0 = denoise(x, t);
    X next = x;
    flat(next) = flat(x) * Scalar(kappa) + flat(x0) * Scalar(c);
    if (s.sigma == 0 && last_row == LastRow::mean) return next;
    X z = x;
    noise(z);
    const auto root_at = [&, c = c, tau2 = tau2](Eigen::Index i) -> Matrix {
      Matrix covariance = model.covariance(Matrix(columns(x).col(i)), t).template cast<Scalar>() * Scalar(c * c);
      covariance.diagonal().array() += Scalar(tau2);
      return root(covariance, t);
    };
    if constexpr (requires { requires Model::covariance_of_level; }) {
      columns(next) += root_at(0) * columns(z);
    } else {
      for (Eigen::Index i = 0; i < samples(x); ++i) columns(next).col(i) += root_at(i) * columns(z).col(i);
    }
    return next;
  }

 private:
  /// L with LLᵀ = C. By LDLᵀ with pivots: C may be singular, as that of data in a subspace is.
  template <class Matrix>
  static Matrix root(const Matrix& C, const Level& t) {
    const Eigen::LDLT<Matrix> ldlt(C);
    const auto D = ldlt.vectorD();
    const auto rounding = 10 * std::numeric_limits<typename Matrix::Scalar>::epsilon() * C.cwiseAbs().maxCoeff();
    if (!C.allFinite() || D.minCoeff() < -rounding * static_cast<typename Matrix::Scalar>(C.rows()))
      throw std::domain_error(sentence("full covariance: at time ", t.time, " it is no covariance",
                                       C.allFinite() ? ": it has a negative eigenvalue" : ": a number is not finite"));
    const Matrix L = Matrix(ldlt.matrixL()) * D.cwiseMax(0).cwiseSqrt().asDiagonal();
    return ldlt.transpositionsP().transpose() * L;
  }
};
template <class S, class Model>
FullCovariance(S, Model) -> FullCovariance<S, Model>;
template <class S, class Model>
FullCovariance(S, Model, LastRow) -> FullCovariance<S, Model>;

}  // namespace tweedie

#pragma once
// All of the posterior's covariance in the noise of a row, for models that know it:
//   x_s = κ x_t + c x̂₀ + L ζ,   L Lᵀ = τ² I + c² Cov[x₀ | x_t],   Cov[x₀ | x_t] = (σ²/α²)(I + σ² ∇² log p_t(x_t))      [EXT-1, EXT-3]
// Bao et al., arXiv:2206.07309v2, eq. 6. κ, c and τ are those of ReverseKernel.

#include <Eigen/Cholesky>

#include "../exact/covariance.hpp"
#include "elementwise.hpp"

namespace tweedie {

/// A sampler with row(t, s) and the covariance of a model with a member covariance(x, level), x one sample: an exact
/// model, or a VarianceTable. One Cholesky decomposition of a d × d matrix for every sample and step: for small d. A model whose
/// covariance is the same for every x says so by `static constexpr bool covariance_of_level = true`, and costs one a
/// step (of each block in sample_many). A model may be given as std::cref(model), and is then not copied.
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
    const auto& given = detail::unwrapped(model);
    static_assert(
        requires { given.covariance(Matrix(), t); },
        "tweedie: FullCovariance takes a model with a member covariance(x, level), x one sample: an exact one or a "
        "VarianceTable");
    const auto [kappa, c, tau2] = detail::kernel_between(sampler, t, s);
    const X x0 = denoise(x, t);
    X next = x;
    flat(next) = flat(x) * Scalar(kappa) + flat(x0) * Scalar(c);
    if (s.sigma == 0 && last_row == LastRow::mean) return next;
    X z = x;
    noise(z);
    const auto add_noise = [&, c = c, tau2 = tau2](Eigen::Index first, Eigen::Index count) {
      const Matrix posterior = given.covariance(Matrix(columns(x).col(first)), t).template cast<Scalar>();
      const Eigen::Index d = columns(x).rows();
      require(posterior.rows() == d && posterior.cols() == d, "full covariance: at time ", t.time, " it has the shape ",
              posterior.rows(), "x", posterior.cols(), " for samples of dimension ", d);
      const Matrix C = Scalar(c * c) * posterior + Scalar(tau2) * Matrix::Identity(d, d);
      columns(next).middleCols(first, count) += rooted(C, t, Matrix(columns(z).middleCols(first, count)));
    };
    if constexpr (requires { requires std::remove_cvref_t<decltype(given)>::covariance_of_level; }) {
      add_noise(0, samples(x));
    } else {
      for (Eigen::Index i = 0; i < samples(x); ++i) add_noise(i, 1);
    }
    return next;
  }

  /// Called before the first row: refuses what the rows or a table would.
  void check(const Grid& grid) const { detail::check_rows(sampler, model, last_row, grid); }

 private:
  /// L z with LLᵀ = C, by Cholesky where C, symmetric to rounding, is positive definite, else, as for data in a subspace,
  /// by the symmetric root. What a model computes as a product differs from its transpose by rounding.
  template <class Matrix>
  static Matrix rooted(const Matrix& C, const Level& t, const Matrix& z) {
    using Scalar = typename Matrix::Scalar;
    try {
      detail::check_symmetric(C);
      const Eigen::LLT<Matrix> cholesky(C);
      if (cholesky.info() == Eigen::Success) return cholesky.matrixL() * z;
      return Covariance<Scalar>::semidefinite(C).apply([](Scalar v) { return std::sqrt(v); }, z);
    } catch (const std::invalid_argument& error) {
      throw std::domain_error(sentence("full covariance: at time ", t.time, ": ", error.what()));
    }
  }
};
template <class S, class Model>
FullCovariance(S, Model) -> FullCovariance<S, Model>;
template <class S, class Model>
FullCovariance(S, Model, LastRow) -> FullCovariance<S, Model>;

}  // namespace tweedie

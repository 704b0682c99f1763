#pragma once
// A covariance by its spectrum: Σ = V diag(v) Vᵀ + rest (I − V Vᵀ), V of d × r with orthonormal columns. Full, diagonal
// and low-rank-plus-isotropic covariances are all of this form, and every function of one, f(Σ), is f of its
// eigenvalues:
//   f(Σ) y = f(rest) y + V (f(v) − f(rest)) Vᵀ y

#include <Eigen/Eigenvalues>

#include "../schedule/require.hpp"

namespace tweedie {

template <class Scalar_ = double>
class Covariance {
 public:
  using Scalar = Scalar_;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  /// Any symmetric positive definite d × d matrix. Throws std::invalid_argument for another.
  template <class M>
  Covariance(const Eigen::MatrixBase<M>& matrix) : Covariance(semidefinite(matrix)) {
    require(values_.minCoeff() > 0, "covariance: it must be positive definite, but its smallest eigenvalue is ",
            double(values_.minCoeff()));
  }
  /// Positive semidefinite to rounding: eigenvalues down to −1e−6 (float) or −1e−12 (double) of the largest count as 0.
  static Covariance semidefinite(const Matrix& matrix);
  /// diag(variances), all > 0.
  static Covariance diagonal(const Vector& variances) {
    require(variances.size() > 0 && variances.allFinite() && variances.minCoeff() > 0,
            "covariance: the variances of a diagonal must be finite and positive");
    return Covariance(variances.size(), Matrix(0, 0), variances, 0);
  }
  /// factor·factorᵀ + rest·I, factor of d × r, rest > 0: O(dr) memory, and O(dr) work for a product.
  static Covariance low_rank(const Matrix& factor, Scalar rest);
  /// variance·I in d dimensions.
  static Covariance isotropic(Eigen::Index d, Scalar variance) {
    require(d > 0, "covariance: its dimension is ", d, ", but must be positive");
    check_rest(variance);
    return Covariance(d, Matrix(d, 0), Vector(), variance);
  }

  Eigen::Index dimension() const { return dimension_; }

  /// The covariance with every eigenvalue v replaced by f(v) ≥ 0.
  template <class F>
  Covariance map(const F& f) const {
    return Covariance(dimension_, basis_, values_.unaryExpr(f), of_rest(f));
  }
  /// f(Σ) y for the columns of y.
  template <class F>
  Matrix apply(const F& f, const Matrix& y) const {
    return product(values_.unaryExpr(f), of_rest(f), y);
  }
  /// yᵀ f(Σ) y for each column of y.
  template <class F>
  Vector quadratic(const F& f, const Matrix& y) const {
    return squares(values_.unaryExpr(f), of_rest(f), y);
  }
  /// Σᵢ f(vᵢ) over all d eigenvalues: the trace of f(Σ).
  template <class F>
  Scalar trace(const F& f) const {
    return values_.unaryExpr(f).sum() + Scalar(dimension_ - values_.size()) * of_rest(f);
  }
  /// The diagonal of f(Σ).
  template <class F>
  Vector diagonal_of(const F& f) const {
    return diagonal_with(values_.unaryExpr(f), of_rest(f));
  }
  /// Σ as a d × d matrix.
  Matrix matrix() const { return product(values_, rest_, Matrix::Identity(dimension_, dimension_)); }

 private:
  Covariance(Eigen::Index dimension, Matrix basis, Vector values, Scalar rest)
      : dimension_(dimension), basis_(std::move(basis)), values_(std::move(values)), rest_(rest) {}

  static void check_rest(Scalar rest) {
    require(rest > 0 && std::isfinite(double(rest)), "covariance: the isotropic rest of a low-rank form is ",
            double(rest), ", but must be finite and positive");
  }
  bool complete() const { return values_.size() == dimension_; }      // V is square: there is no rest
  bool diagonal() const { return complete() && basis_.size() == 0; }  // V is the identity, not stored
  template <class F>
  Scalar of_rest(const F& f) const {
    return complete() ? Scalar(0) : f(rest_);
  }

  // With `mapped` in the place of the eigenvalues and `rest` in that of the rest: f(Σ) y, yᵀ f(Σ) y and the diagonal of
  // f(Σ).
  Matrix product(const Vector& mapped, Scalar rest, const Matrix& y) const;
  Vector squares(const Vector& mapped, Scalar rest, const Matrix& y) const;
  Vector diagonal_with(const Vector& mapped, Scalar rest) const;

  Eigen::Index dimension_;
  Matrix basis_;
  Vector values_;
  Scalar rest_;
};

// Not inline, so that `extern template class Covariance<double>` spares a file the decomposition and the products.

template <class Scalar>
Covariance<Scalar> Covariance<Scalar>::semidefinite(const Matrix& matrix) {
  require(matrix.rows() == matrix.cols() && matrix.rows() > 0, "covariance: it must be square, but has the shape ",
          matrix.rows(), "x", matrix.cols());
  const Scalar largest = matrix.cwiseAbs().maxCoeff(),
               rounding = std::is_same_v<Scalar, float> ? Scalar(1e-6) : Scalar(1e-12);
  require(matrix.allFinite(), "covariance: it has a value that is not finite");
  require((matrix - matrix.transpose()).cwiseAbs().maxCoeff() <= 10 * rounding * largest,
          "covariance: it must be symmetric, but differs from its transpose by ",
          double((matrix - matrix.transpose()).cwiseAbs().maxCoeff()));
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(matrix);
  const Scalar smallest = solver.eigenvalues()[0];
  require(smallest >= -rounding * Scalar(matrix.rows()) * largest,
          "covariance: it must be positive definite, but its smallest eigenvalue is ", double(smallest));
  return Covariance(matrix.rows(), solver.eigenvectors(), solver.eigenvalues().cwiseMax(Scalar(0)), 0);
}

template <class Scalar>
Covariance<Scalar> Covariance<Scalar>::low_rank(const Matrix& factor, Scalar rest) {
  check_rest(rest);
  require(factor.rows() > 0 && factor.cols() <= factor.rows() && factor.allFinite(),
          "covariance: the factor of a low-rank form has the shape ", factor.rows(), "x", factor.cols(),
          ", but must be finite and not wider than high");
  if (factor.cols() == 0) return isotropic(factor.rows(), rest);
  const Matrix gram = factor.transpose() * factor;  // r × r
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(gram);
  const Scalar negligible =
      solver.eigenvalues().maxCoeff() * std::numeric_limits<Scalar>::epsilon() * Scalar(factor.rows());
  const Eigen::Index zero = (solver.eigenvalues().array() <= negligible).count(), rank = factor.cols() - zero;
  const Vector values = solver.eigenvalues().tail(rank);
  Matrix basis = factor * solver.eigenvectors().rightCols(rank) * values.cwiseSqrt().cwiseInverse().asDiagonal();
  return Covariance(factor.rows(), std::move(basis), values.array() + rest, rest);
}

template <class Scalar>
auto Covariance<Scalar>::product(const Vector& mapped, Scalar rest, const Matrix& y) const -> Matrix {
  if (diagonal()) return mapped.asDiagonal() * y;
  if (complete()) return basis_ * (mapped.asDiagonal() * (basis_.transpose() * y));
  Matrix result = rest * y;
  if (mapped.size() > 0)
    result.noalias() += basis_ * ((mapped.array() - rest).matrix().asDiagonal() * (basis_.transpose() * y)).eval();
  return result;
}

template <class Scalar>
auto Covariance<Scalar>::squares(const Vector& mapped, Scalar rest, const Matrix& y) const -> Vector {
  if (diagonal()) return y.cwiseAbs2().transpose() * mapped;
  const Matrix along = (basis_.transpose() * y).cwiseAbs2();
  Vector result = along.transpose() * mapped;
  if (!complete()) result += rest * (y.colwise().squaredNorm() - along.colwise().sum()).cwiseMax(Scalar(0)).transpose();
  return result;
}

template <class Scalar>
auto Covariance<Scalar>::diagonal_with(const Vector& mapped, Scalar rest) const -> Vector {
  if (diagonal()) return mapped;
  return (basis_.cwiseAbs2() * (mapped.array() - rest).matrix()).array() + rest;
}

}  // namespace tweedie

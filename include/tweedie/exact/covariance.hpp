#pragma once
// A covariance by its spectrum: Σ = V diag(v) Vᵀ + rest (I − V Vᵀ), V of d × r with orthonormal columns. Full, diagonal
// and low-rank-plus-isotropic covariances are all of this form, and every function of one, f(Σ), is f of its
// eigenvalues:
//   f(Σ) y = V f(v) Vᵀ y + f(rest) (y − V Vᵀ y)
// The eigenvalues may differ by any factor: each is right to rounding relative to itself, as far as what the covariance
// is made of says it.

#include "../schedule/require.hpp"
#include "orthogonal_columns.hpp"

namespace tweedie {

namespace detail {
/// −1e−6 or −1e−12 of the largest counts as 0.
template <class Scalar>
constexpr double semidefinite_rounding = sizeof(Scalar) < sizeof(double) ? 1e-6 : 1e-12;

/// Throws std::invalid_argument unless the matrix is finite and, to rounding, its own transpose.
template <class Matrix>
void check_symmetric(const Matrix& matrix) {
  using Scalar = typename Matrix::Scalar;
  require(matrix.rows() == matrix.cols() && matrix.rows() > 0, "covariance: it must be square, but has the shape ",
          matrix.rows(), "x", matrix.cols());
  require(matrix.allFinite(), "covariance: it has a value that is not finite");
  const Scalar asymmetry = (matrix - matrix.transpose()).cwiseAbs().maxCoeff();
  require(double(asymmetry) <= 10 * semidefinite_rounding<Scalar> * double(matrix.cwiseAbs().maxCoeff()),
          "covariance: it must be symmetric, but differs from its transpose by ", double(asymmetry));
}
/// A root L of d × rank, L Lᵀ = the matrix, where its coordinates have very different units and it is semidefinite in
/// these; else nothing. A decomposition errs relative to the largest variance, the Cholesky factor of what has ones on
/// its diagonal does not, nor do the singular values of its rows in their units again.
template <class Real>
Eigen::MatrixX<Real> graded_root(const Eigen::MatrixX<Real>& matrix, Real rounding) {
  const Eigen::Index d = matrix.rows();
  const Eigen::ArrayX<Real> variances = matrix.diagonal();
  const Real most = variances.maxCoeff(), least = (variances > 0).select(variances, most).minCoeff();
  if (variances.minCoeff() < 0 || most <= 1000 * least) return {};
  const Eigen::VectorX<Real> units = (variances > 0).select(variances.sqrt(), 1);
  Eigen::MatrixX<Real> left = units.cwiseInverse().asDiagonal() * matrix * units.cwiseInverse().asDiagonal();
  Eigen::MatrixX<Real> root(d, d);
  Eigen::Index rank = 0, pivot = 0;
  const auto largest_left = [&] {  // in its units, so that the columns of the root fall with them
    return (left.diagonal().array() > rounding).select(left.diagonal().array() * variances, 0).maxCoeff(&pivot);
  };
  for (; rank < d && largest_left() > 0; ++rank) {
    root.col(rank) = left.col(pivot) / std::sqrt(left(pivot, pivot));
    left -= root.col(rank) * root.col(rank).transpose();
  }
  if (left.cwiseAbs().maxCoeff() > rounding) return {};
  return units.asDiagonal() * root.leftCols(rank);
}
}  // namespace detail

template <class Scalar_ = double>
class Covariance {
 public:
  using Scalar = Scalar_;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;

  /// Any symmetric positive definite d × d matrix. Throws std::invalid_argument for another, and for one that is
  /// singular to rounding.
  template <class M>
  Covariance(const Eigen::MatrixBase<M>& matrix) : Covariance(semidefinite(matrix)) {
    require(smallest() > 0, "covariance: it must be positive definite, but its smallest eigenvalue is ",
            double(smallest()), "; Covariance::semidefinite takes singular ones");
  }
  /// Positive semidefinite to rounding: eigenvalues down to −1e−6 (float) or −1e−12 (double) of the largest count as 0,
  /// and so do positive ones that are rounding in the decomposition.
  static Covariance semidefinite(const Matrix& matrix);
  /// diag(variances), all > 0.
  static Covariance diagonal(const Vector& variances) {
    require(variances.size() > 0 && variances.allFinite() && variances.minCoeff() > 0,
            "covariance: the variances of a diagonal must be finite and positive");
    return Covariance(variances.size(), Matrix(0, 0), variances, 0);
  }
  /// factor·factorᵀ + rest·I, factor of d × r, r ≤ d, rest > 0: O(dr) memory, and O(dr) work for a product.
  static Covariance low_rank(const Matrix& factor, Scalar rest);
  /// factor·factorᵀ, factor of d × r, which may be singular: its square is never formed, so that standard deviations
  /// may differ by many powers of ten.
  static Covariance of_factor(const Matrix& factor) {
    check_factor(factor);
    return of_columns(factor.template cast<Wide>(), 0);
  }
  /// variance·I in d dimensions.
  static Covariance isotropic(Eigen::Index d, Scalar variance) {
    require(d > 0, "covariance: its dimension is ", d, ", but must be positive");
    check_rest(variance);
    return Covariance(d, Matrix(d, 0), Vector(), variance);
  }

  Eigen::Index dimension() const { return dimension_; }
  /// The smallest of the d eigenvalues.
  Scalar smallest() const {
    if (values_.size() == 0) return rest_;
    return complete() ? values_.minCoeff() : std::min(values_.minCoeff(), rest_);
  }
  Scalar largest() const {
    if (values_.size() == 0) return rest_;
    return complete() ? values_.maxCoeff() : std::max(values_.maxCoeff(), rest_);
  }
  /// Whether the axes are its eigenvectors; others are known to rounding.
  bool along_axes() const { return basis_.size() == 0; }
  template <class Other>
  Covariance<Other> cast() const {
    return Covariance<Other>(dimension_, basis_.template cast<Other>(), values_.template cast<Other>(), Other(rest_));
  }

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
  /// ‖f(Σ) y‖ for each column of y; it does not overflow where its square would.
  template <class F>
  Vector norm(const F& f, const Matrix& y) const {
    return norms(values_.unaryExpr(f), of_rest(f), y);
  }
  /// Σᵢ f(vᵢ) over all d eigenvalues, in the scalar that f returns: the trace of f(Σ).
  template <class F>
  auto trace(const F& f) const {
    using Sum = std::decay_t<decltype(f(rest_))>;
    return Sum(values_.unaryExpr(f).sum() + Sum(dimension_ - values_.size()) * of_rest(f));
  }
  /// The diagonal of f(Σ).
  template <class F>
  Vector diagonal_of(const F& f) const {
    return diagonal_with(values_.unaryExpr(f), of_rest(f));
  }
  /// U of d × d, orthogonal, and u of d numbers with Σ = U diag(u) Uᵀ.
  std::pair<Matrix, Vector> spectrum() const;
  /// Σ as a d × d matrix.
  Matrix matrix() const { return product(values_, rest_, Matrix::Identity(dimension_, dimension_)); }

 private:
  template <class>
  friend class Covariance;
  using Wide = detail::Decomposed<Scalar>;
  using WideMatrix = Eigen::Matrix<Wide, Eigen::Dynamic, Eigen::Dynamic>;

  Covariance(Eigen::Index dimension, Matrix basis, Vector values, Scalar rest)
      : dimension_(dimension), basis_(std::move(basis)), values_(std::move(values)), rest_(rest) {}

  static void check_rest(Scalar rest) {
    require(rest > 0 && std::isfinite(double(rest)), "covariance: the isotropic rest of a low-rank form is ",
            double(rest), ", but must be finite and positive");
  }
  static void check_factor(const Matrix& factor) {
    require(factor.rows() > 0 && factor.cols() <= factor.rows() && factor.allFinite(),
            "covariance: the factor of a low-rank form has the shape ", factor.rows(), "x", factor.cols(),
            ", but must be finite and not wider than high");
  }
  static Covariance of_columns(WideMatrix columns, Scalar rest);

  bool complete() const { return values_.size() == dimension_; }      // V is square: there is no rest
  bool diagonal() const { return complete() && basis_.size() == 0; }  // V is the identity, not stored
  template <class F>
  auto of_rest(const F& f) const {
    return complete() ? decltype(f(rest_))(0) : f(rest_);
  }

  // With `mapped` in the place of the eigenvalues and `rest` in that of the rest: f(Σ) y, yᵀ f(Σ) y, ‖f(Σ) y‖ and the
  // diagonal of f(Σ).
  Matrix product(const Vector& mapped, Scalar rest, const Matrix& y) const;
  Vector squares(const Vector& mapped, Scalar rest, const Matrix& y) const;
  Vector norms(const Vector& mapped, Scalar rest, const Matrix& y) const;
  Vector diagonal_with(const Vector& mapped, Scalar rest) const;
  Matrix beside(const Matrix& y, const Matrix& along) const;

  Eigen::Index dimension_;
  Matrix basis_;
  Vector values_;
  Scalar rest_;
};

// Not inline, so that `extern template class Covariance<double>` spares a file the decomposition and the products.

template <class Scalar>
Covariance<Scalar> Covariance<Scalar>::semidefinite(const Matrix& matrix) {
  detail::check_symmetric(matrix);
  const Eigen::Index d = matrix.rows();
  const WideMatrix wide = matrix.template cast<Wide>();
  const Wide epsilon = Wide(d) * Eigen::NumTraits<Wide>::epsilon();
  if (const WideMatrix root = detail::graded_root<Wide>(wide, 4 * epsilon); root.size() > 0) return of_columns(root, 0);
  const Eigen::SelfAdjointEigenSolver<WideMatrix> solver(wide);
  const auto& values = solver.eigenvalues();
  require(values[0] >= -Wide(detail::semidefinite_rounding<Scalar>) * Wide(d) * wide.cwiseAbs().maxCoeff(),
          "covariance: it must be positive definite, but its smallest eigenvalue is ", double(values[0]));
  const Wide zero = epsilon * values.cwiseAbs().maxCoeff();
  return Covariance(d, solver.eigenvectors().template cast<Scalar>(),
                    (values.array() <= zero).select(Wide(0), values).template cast<Scalar>(), 0);
}

template <class Scalar>
Covariance<Scalar> Covariance<Scalar>::low_rank(const Matrix& factor, Scalar rest) {
  check_rest(rest);
  check_factor(factor);
  return of_columns(factor.template cast<Wide>(), rest);
}

/// columns·columnsᵀ + rest·I. Kept are the columns, made orthogonal, that can be told from the rest.
template <class Scalar>
Covariance<Scalar> Covariance<Scalar>::of_columns(WideMatrix columns, Scalar rest) {
  WideMatrix none;
  const Eigen::ArrayX<Wide> sizes = detail::orthogonalise(columns, none);
  const Wide negligible = Eigen::NumTraits<Wide>::epsilon() * Wide(rest) / 4;
  std::vector<Eigen::Index> kept;
  for (Eigen::Index j = 0; j < sizes.size(); ++j)
    if (sizes[j] * sizes[j] > negligible) kept.push_back(j);
  const Eigen::ArrayX<Wide> roots = sizes(kept);
  const Vector values = (roots.square() + Wide(rest)).template cast<Scalar>();
  require(values.allFinite(), "covariance: the square of its factor is not finite");
  const WideMatrix basis = columns(Eigen::all, kept) * roots.inverse().matrix().asDiagonal();
  return Covariance(columns.rows(), basis.template cast<Scalar>(), values, rest);
}

/// y − V Vᵀ y, along = Vᵀ y. What the first projection leaves along V is rounding of y, which may be large beside the
/// rest; what the second leaves is rounding of the result.
template <class Scalar>
auto Covariance<Scalar>::beside(const Matrix& y, const Matrix& along) const -> Matrix {
  if (values_.size() == 0) return y;
  Matrix result = y;
  result.noalias() -= basis_ * along;
  const Matrix again = basis_.transpose() * result;
  result.noalias() -= basis_ * again;
  return result;
}

template <class Scalar>
auto Covariance<Scalar>::spectrum() const -> std::pair<Matrix, Vector> {
  if (diagonal()) return {Matrix::Identity(dimension_, dimension_), values_};
  if (complete()) return {basis_, values_};
  Matrix all(dimension_, dimension_);
  all << basis_, detail::complement<Wide>(basis_.template cast<Wide>()).template cast<Scalar>();
  Vector eigenvalues = Vector::Constant(dimension_, rest_);
  eigenvalues.head(values_.size()) = values_;
  return {std::move(all), std::move(eigenvalues)};
}

template <class Scalar>
auto Covariance<Scalar>::product(const Vector& mapped, Scalar rest, const Matrix& y) const -> Matrix {
  if (diagonal()) return mapped.asDiagonal() * y;
  if (values_.size() == 0) return rest * y;
  const Matrix along = basis_.transpose() * y;
  if (complete() || rest == 0) return basis_ * (mapped.asDiagonal() * along);
  if (mapped.cwiseAbs().minCoeff() >= std::abs(rest))  // f(rest) y + V (f(v) − f(rest)) Vᵀ y cancels nothing
    return rest * y + basis_ * ((mapped.array() - rest).matrix().asDiagonal() * along).eval();
  return rest * beside(y, along) + basis_ * (mapped.asDiagonal() * along).eval();
}

template <class Scalar>
auto Covariance<Scalar>::squares(const Vector& mapped, Scalar rest, const Matrix& y) const -> Vector {
  if (diagonal()) return y.cwiseAbs2().transpose() * mapped;
  const Matrix along = basis_.transpose() * y;
  Vector result = along.cwiseAbs2().transpose() * mapped;
  if (!complete() && rest != 0) result += rest * beside(y, along).colwise().squaredNorm().transpose();
  return result;
}

template <class Scalar>
auto Covariance<Scalar>::norms(const Vector& mapped, Scalar rest, const Matrix& y) const -> Vector {
  const auto sizes = [](const Matrix& z) {
    Vector all(z.cols());
    for (Eigen::Index i = 0; i < z.cols(); ++i) all[i] = detail::stable_norm<Scalar>(z.col(i));
    return all;
  };
  if (diagonal()) return sizes(mapped.asDiagonal() * y);
  const Matrix along = basis_.transpose() * y;
  Vector result = sizes(mapped.asDiagonal() * along);
  if (complete() || rest == 0) return result;
  // ‖y − VVᵀy‖² = ‖y‖² − ‖Vᵀy‖², as long as no more than a quarter of the digits of the sum cancel.
  const Vector whole = sizes(y), within = sizes(along), sum = result;
  const Scalar least = std::pow(Eigen::NumTraits<Scalar>::epsilon(), Scalar(0.125));
  std::vector<Eigen::Index> cancelled;
  for (Eigen::Index i = 0; i < y.cols(); ++i) {
    const Scalar left = std::sqrt(std::max(whole[i] - within[i], Scalar(0))) * std::sqrt(whole[i] + within[i]);
    result[i] = detail::hypotenuse<Scalar>(sum[i], rest * left);
    if (!(result[i] >= least * rest * whole[i])) cancelled.push_back(i);
  }
  if (cancelled.empty()) return result;
  const Vector exact = sizes(rest * beside(y(Eigen::all, cancelled), along(Eigen::all, cancelled)));
  for (std::size_t k = 0; k < cancelled.size(); ++k)
    result[cancelled[k]] = detail::hypotenuse<Scalar>(sum[cancelled[k]], exact[Eigen::Index(k)]);
  return result;
}

template <class Scalar>
auto Covariance<Scalar>::diagonal_with(const Vector& mapped, Scalar rest) const -> Vector {
  if (diagonal()) return mapped;
  const Matrix shares = basis_.cwiseAbs2();
  if (complete() || rest == 0) return shares * mapped;
  if (values_.size() == 0 || mapped.cwiseAbs().minCoeff() >= std::abs(rest))
    return (shares * (mapped.array() - rest).matrix()).array() + rest;
  const Matrix others = beside(Matrix::Identity(dimension_, dimension_), basis_.transpose());
  return shares * mapped + rest * others.colwise().squaredNorm().transpose();
}

}  // namespace tweedie

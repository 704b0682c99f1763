#pragma once
// The orthogonal factor of M = Q H, H symmetric and positive semidefinite: the Q that makes tr(Qᵀ M) greatest, and so
// ‖A − B Q‖ least for M = Bᵀ A.  With M = U Σ Vᵀ it is Q = U Vᵀ.
// Golub and Van Loan, Matrix Computations, 4th ed. (2013), sections 6.4.1 and 9.4.3. Rotations of the columns of M give
// M V = U Σ (orthogonal_columns.hpp), and cost a compiler a tenth of Eigen's BDCSVD.

#include "orthogonal_columns.hpp"

#include "../schedule/require.hpp"

namespace tweedie {

/// Q of a square matrix, orthogonal to rounding; one of several where M is singular. M is finite.
template <class Scalar>
Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> polar_factor(
    Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> M) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Eigen::Index d = M.rows();
  Matrix V = Matrix::Identity(d, d);
  const Eigen::ArrayX<Scalar> sizes = detail::orthogonalise<Scalar>(M, V);
  std::vector<Eigen::Index> kept, zero;
  for (Eigen::Index j = 0; j < d; ++j) (sizes[j] > 0 ? kept : zero).push_back(j);
  const Matrix U = M(Eigen::all, kept).array().rowwise() / sizes(kept).transpose();
  Matrix Q = U * V(Eigen::all, kept).transpose();
  if (!zero.empty()) Q += detail::complement<Scalar>(U) * V(Eigen::all, zero).transpose();
  return Q;
}

}  // namespace tweedie

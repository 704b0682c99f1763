#pragma once
// The orthogonal factor of M = Q H, H symmetric and positive semidefinite: the Q that makes tr(Qᵀ M) greatest, and so
// ‖A − B Q‖ least for M = Bᵀ A.  With M = U Σ Vᵀ it is Q = U Vᵀ.
// Golub and Van Loan, Matrix Computations, 4th ed. (2013), sections 6.4.1 and 9.4.3; an SVD is made small by the
// eigenvectors of MᵀM and a QR decomposition as in section 8.6.3:
//   M V₀ = Q₀ R,   R = U₁ Σ V₁ᵀ,   Q = Q₀ U₁ (V₀ V₁)ᵀ
// V₀ alone is V but for the directions whose σ is below √ε σ_max, which squaring loses; R is diagonal but for these, so
// that Jacobi's method, by itself ten times slower, ends after a sweep or two. Eigen's BDCSVD is twice as fast to run
// and takes a compiler twenty seconds.

#include <Eigen/Eigenvalues>
#include <Eigen/QR>
#include <Eigen/SVD>

#include "../schedule/require.hpp"

namespace tweedie {

/// Q of a square matrix, orthogonal to rounding; one of several where M is singular. M is finite.
template <class Scalar>
Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> polar_factor(
    Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic> M) {
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  const Scalar scale = M.cwiseAbs().maxCoeff();
  if (scale > 0) M /= scale;  // MᵀM neither overflows nor vanishes
  const Eigen::SelfAdjointEigenSolver<Matrix> squared(M.transpose() * M);
  const Matrix V0 = squared.eigenvectors().rowwise().reverse();  // the largest σ first
  const Eigen::HouseholderQR<Matrix> qr(M * V0);
  const Matrix R = qr.matrixQR().template triangularView<Eigen::Upper>();
  const Eigen::JacobiSVD<Matrix, Eigen::NoQRPreconditioner> svd(R, Eigen::ComputeFullU | Eigen::ComputeFullV);
  Matrix Q = svd.matrixU() * (V0 * svd.matrixV()).transpose();
  Q.applyOnTheLeft(qr.householderQ());
  return Q;
}

}  // namespace tweedie

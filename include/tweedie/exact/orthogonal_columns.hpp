#pragma once
// The singular values of a matrix of columns, each to rounding relative to itself and not to the largest: pairs of
// columns are rotated until all are orthogonal (one-sided Jacobi). Squares of a matrix, and the decompositions that
// start by mixing its columns, lose the small ones: of columns of 1e4 and 1e−6 their product holds nothing of the
// second. Demmel and Veselić, Jacobi's method is more accurate than QR, SIAM J. Matrix Anal. Appl. 13 (1992).
//
// A column of which only rounding is left depends on the others. How much that is, is known, because it is carried
// along: errors n_p and n_q of columns p and q, each grown by ε times the column, are rotated with them, and what is
// independent adds in squares: n² = c² n_p² + s² n_q².

#include <Eigen/Eigenvalues>
#include <cmath>
#include <limits>
#include <type_traits>
#include <vector>

#include "../schedule/require.hpp"

namespace tweedie::detail {

/// The scalar that decompositions work in: double for what is shorter.
template <class Scalar>
using Decomposed = std::conditional_t<(sizeof(Scalar) < sizeof(double)), double, Scalar>;

/// √(a² + b²) without overflow, for any scalar.
template <class Scalar>
Scalar hypotenuse(const Scalar& a, const Scalar& b) {
  using std::abs;
  using std::sqrt;
  const Scalar x = abs(a), y = abs(b), large = x < y ? y : x, small = x < y ? x : y;
  if (!(small > 0) || !(large <= Eigen::NumTraits<Scalar>::highest())) return large + small;
  const Scalar ratio = small / large;
  return large * sqrt(Scalar(1) + ratio * ratio);
}

/// ‖z‖, also where its square overflows or vanishes; in the usual range for the price of the square.
template <class Scalar>
Scalar stable_norm(const Eigen::Ref<const Eigen::Matrix<Scalar, Eigen::Dynamic, 1>>& z) {
  using std::sqrt;
  const Scalar square = z.squaredNorm(),
               small = (std::numeric_limits<Scalar>::min)() / std::numeric_limits<Scalar>::epsilon();
  if (square > small && square <= (std::numeric_limits<Scalar>::max)()) return sqrt(square);
  const Scalar largest = z.size() == 0 ? Scalar(0) : z.cwiseAbs().maxCoeff();
  if (!(largest > 0) || !(largest <= (std::numeric_limits<Scalar>::max)())) return square;  // 0, infinity or NaN
  return largest * (z / largest).norm();
}

/// C ← C Q and carried ← carried Q, Q orthogonal, so that the columns of C are orthogonal. Returns their norms, 0 for
/// those that were dependent on others to rounding, which are set to 0. `carried` has as many columns, or none.
template <class Real>
Eigen::ArrayX<Real> orthogonalise(Eigen::MatrixX<Real>& C, Eigen::MatrixX<Real>& carried) {
  using Matrix = Eigen::MatrixX<Real>;
  using Array = Eigen::ArrayX<Real>;
  const Eigen::Index n = C.cols();
  const Real largest = C.size() == 0 ? Real(0) : C.cwiseAbs().maxCoeff();
  if (!(largest > 0)) return Array::Zero(n);
  const Real unit = std::ldexp(Real(1), std::ilogb(largest));  // a power of two: no square overflows, no digit changes
  C /= unit;
  const Real epsilon = Eigen::NumTraits<Real>::epsilon();
  Array sizes = C.colwise().norm(), noise = Array::Zero(n);

  // Columns of one scale are rotated at once by the eigenvectors of CᵀC, which leaves little to do; what that loses of
  // the small singular values the entries did not hold either.
  if (n > 2 && n <= C.rows() && sizes.minCoeff() > Real(1e-4) * sizes.maxCoeff()) {
    const Matrix Q = Eigen::SelfAdjointEigenSolver<Matrix>(C.transpose() * C).eigenvectors().rowwise().reverse();
    noise.setConstant(4 * epsilon * C.norm());
    C = (C * Q).eval();
    if (carried.cols() == n) carried = (carried * Q).eval();
    sizes = C.colwise().norm();
  }

  const Real orthogonal = 4 * epsilon * std::sqrt(Real(C.rows()));
  bool rotated = true;
  for (int sweep = 0; rotated && sweep < 60; ++sweep) {
    rotated = false;
    const Matrix products = C.transpose() * C;
    for (Eigen::Index q = 1; q < n; ++q)
      for (Eigen::Index p = 0; p < q; ++p) {
        if (std::abs(products(p, q)) <= orthogonal * sizes[p] * sizes[q]) continue;
        const Real along = C.col(p).dot(C.col(q));
        if (std::abs(along) <= orthogonal * sizes[p] * sizes[q]) continue;
        const Real half = (sizes[q] - sizes[p]) * (sizes[q] + sizes[p]) / (2 * along);
        const Real tangent = (half < 0 ? -1 : 1) / (std::abs(half) + hypotenuse(Real(1), half));
        const Real c = 1 / std::sqrt(1 + tangent * tangent), s = c * tangent;
        const auto rotate = [&](Matrix& M) {
          const Eigen::VectorX<Real> first = M.col(p);
          M.col(p) = c * first - s * M.col(q);
          M.col(q) = s * first + c * M.col(q);
        };
        rotate(C);
        if (carried.cols() == n) rotate(carried);
        const Real left_p = hypotenuse(noise[p], 2 * epsilon * sizes[p]),
                   left_q = hypotenuse(noise[q], 2 * epsilon * sizes[q]);
        noise[p] = hypotenuse(c * left_p, s * left_q);
        noise[q] = hypotenuse(s * left_p, c * left_q);
        for (const Eigen::Index j : {p, q}) {
          sizes[j] = C.col(j).norm();
          if (sizes[j] <= noise[j]) C.col(j).setZero(), sizes[j] = 0;
        }
        rotated = true;
      }
  }
  C *= unit;
  return sizes * unit;
}

/// Orthonormal columns that fill up those of W, d × k, to a basis: d × (d − k).
template <class Real>
Eigen::MatrixX<Real> complement(const Eigen::MatrixX<Real>& W) {
  using Matrix = Eigen::MatrixX<Real>;
  const Eigen::Index d = W.rows(), others = d - W.cols();
  if (others == 0) return Matrix(d, 0);
  const Matrix beside = Matrix::Identity(d, d) - W * W.transpose();  // of eigenvalues 0 and 1
  return Eigen::SelfAdjointEigenSolver<Matrix>(beside).eigenvectors().rightCols(others);
}

}  // namespace tweedie::detail

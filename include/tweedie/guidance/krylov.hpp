#pragma once
// M u = b for each column at once, M known by its products alone: every product costs a pass through a network,
// whatever the number of columns. (Eigen's iterative solvers take one right-hand side at a time, so that a batch would
// cost a pass for each sample.) Saad, Iterative methods for sparse linear systems, 2nd edition, algorithms 6.18 and
// 6.9.

#include <Eigen/QR>
#include <type_traits>
#include <vector>

#include "../schedule/require.hpp"

namespace tweedie {

/// For a symmetric positive definite M, x ↦ M x of columns: at most `iterations` products, fewer where every column's
/// residual is below `tolerance` of b, 1e−13 in double.
template <class Real = double, class Map>
Eigen::MatrixX<Real> conjugate_gradients(const Map& M, const std::type_identity_t<Eigen::MatrixX<Real>>& b,
                                         int iterations, Real tolerance = 500 * Eigen::NumTraits<Real>::epsilon()) {
  require(iterations >= 1, "conjugate gradients: iterations = ", iterations, ", but must be at least 1");
  using Matrix = Eigen::MatrixX<Real>;
  using Array = Eigen::ArrayX<Real>;
  Matrix u = Matrix::Zero(b.rows(), b.cols()), r = b, p = b;
  const Array stop = b.colwise().squaredNorm().transpose().array() * tolerance * tolerance;
  Array rr = r.colwise().squaredNorm();
  for (int k = 0; k < iterations && (rr > stop).any(); ++k) {
    const Matrix Mp = M(p);
    const Array pMp = (p.array() * Mp.array()).colwise().sum();
    const Array step = (rr > stop && pMp > 0).select(rr / pMp, 0);
    u += p * step.matrix().asDiagonal();
    r -= Mp * step.matrix().asDiagonal();
    const Array next = r.colwise().squaredNorm();
    p = r + p * (rr > 0).select(next / rr, 0).matrix().asDiagonal();
    rr = next;
  }
  return u;
}

namespace detail {
/// The c of least ‖H c − b‖; 0 along columns that are 0. Not inline, as what is costly to instantiate in
/// exact/gaussian.hpp.
template <class Real>
Eigen::VectorX<Real> least_squares(const Eigen::MatrixX<Real>& H, const Eigen::VectorX<Real>& b) {
  return H.completeOrthogonalDecomposition().solve(b);
}
}  // namespace detail

/// For any M, as of a network whose Jacobian is not quite symmetric: the u of least residual in the space of b, M b, …,
/// M^(iterations − 1) b.
template <class Real = double, class Map>
Eigen::MatrixX<Real> gmres(const Map& M, const std::type_identity_t<Eigen::MatrixX<Real>>& b, int iterations) {
  require(iterations >= 1, "gmres: iterations = ", iterations, ", but must be at least 1");
  using Matrix = Eigen::MatrixX<Real>;
  using Array = Eigen::ArrayX<Real>;
  const Eigen::Index n = b.cols();
  const Array sizes = b.colwise().norm();
  const auto unit = [](const Matrix& v, const Array& size) -> Matrix {
    return v * (size > 0).select(size.inverse(), 0).matrix().asDiagonal();
  };
  std::vector<Matrix> basis{unit(b, sizes)};
  std::vector<Matrix> H(std::size_t(n), Matrix::Zero(iterations + 1, iterations));
  for (int k = 0; k < iterations; ++k) {
    Matrix w = M(basis[std::size_t(k)]);
    const Array whole = w.colwise().norm();
    for (int j = 0; j <= k; ++j) {
      const Array along = (basis[std::size_t(j)].array() * w.array()).colwise().sum();
      w -= basis[std::size_t(j)] * along.matrix().asDiagonal();
      for (Eigen::Index i = 0; i < n; ++i) H[std::size_t(i)](j, k) = along[i];
    }
    Array size = w.colwise().norm();
    size = (size > 50 * Eigen::NumTraits<Real>::epsilon() * whole).select(size, 0);  // the space is exhausted
    for (Eigen::Index i = 0; i < n; ++i) H[std::size_t(i)](k + 1, k) = size[i];
    basis.push_back(unit(w, size));
  }
  Matrix u = Matrix::Zero(b.rows(), n);
  for (Eigen::Index i = 0; i < n; ++i) {
    Eigen::VectorX<Real> first = Eigen::VectorX<Real>::Zero(iterations + 1);
    first[0] = sizes[i];
    const Eigen::VectorX<Real> c = detail::least_squares<Real>(H[std::size_t(i)], first);
    for (int k = 0; k < iterations; ++k) u.col(i) += c[k] * basis[std::size_t(k)].col(i);
  }
  return u;
}

}  // namespace tweedie

#pragma once
// Linear systems for each column at once, of maps known by their products alone: every product costs a pass through a
// network or a measurement, whatever the number of columns. (Eigen's iterative solvers take one right-hand side at a
// time, so that a batch would cost a pass for each sample.) All end at a least-squares solution where there is no other,
// stop where nothing more is to be gained, and know of no units.
// Saad, Iterative methods for sparse linear systems, 2nd edition, algorithms 6.3, 6.4 and 6.9; Björck, Numerical methods
// for least squares problems, algorithm 7.4.1.

#include <Eigen/QR>
#include <cmath>
#include <type_traits>
#include <vector>

#include "../schedule/require.hpp"

namespace tweedie {

namespace detail {

/// ‖·‖ of each column, whose squares need not be representable.
template <class Real>
Eigen::ArrayX<Real> column_norms(const Eigen::MatrixX<Real>& m) {
  Eigen::ArrayX<Real> size(m.cols());
  for (Eigen::Index i = 0; i < m.cols(); ++i) size[i] = m.col(i).stableNorm();
  return size;
}
/// The columns over their sizes; 0 where that is 0.
template <class Real>
Eigen::MatrixX<Real> unit_columns(const Eigen::MatrixX<Real>& m, const Eigen::ArrayX<Real>& size) {
  Eigen::MatrixX<Real> unit = m;
  for (Eigen::Index i = 0; i < m.cols(); ++i) size[i] > 0 ? unit.col(i) /= size[i] : unit.col(i).setZero();
  return unit;
}

/// Of the small system (H + shift I) c = e₁, H of k + 1 rows and k columns, Hessenberg: the c that solves its first k
/// rows, or that leaves the least residual. What M takes to 0 has no part in c: it is no part of M c, and over a small
/// shift it would grow beyond all digits. Not inline, as what is costly to instantiate in exact/gaussian.hpp.
template <class Real>
Eigen::VectorX<Real> krylov_coefficients(const Eigen::MatrixX<Real>& H, Real shift, bool least_residual) {
  const Eigen::Index k = H.cols();
  const Real size = H.cwiseAbs().maxCoeff();
  if (!(size > 0)) return Eigen::VectorX<Real>::Zero(k);
  Eigen::CompleteOrthogonalDecomposition<Eigen::MatrixX<Real>> solver;
  solver.setThreshold(50 * Eigen::NumTraits<Real>::epsilon());
  Eigen::MatrixX<Real> K = H / size;
  Eigen::VectorX<Real> first = Eigen::VectorX<Real>::Unit(k + 1, 0), right = first;
  solver.compute(K.topRows(k));
  if (solver.rank() < k) {
    const Eigen::MatrixX<Real> Q = solver.matrixQ();
    right.head(k) = Q.leftCols(solver.rank()) * Q.row(0).head(solver.rank()).transpose();
  }
  K.diagonal().array() += shift / size;
  if (!least_residual) {
    const Eigen::VectorX<Real> c = solver.compute(K.topRows(k)).solve(right.head(k));
    if ((K * c - first).norm() <= 10) return c / size;
  }
  return solver.compute(K).solve(right) / size;
}

/// u of (M + shift I) u = b in the spaces of b, M b, …, by Arnoldi's method, orthogonalised twice.
template <class Real, class Map>
Eigen::MatrixX<Real> krylov(const Map& M, const Eigen::MatrixX<Real>& b, int iterations, Real tolerance, Real shift,
                            bool least_residual) {
  using Matrix = Eigen::MatrixX<Real>;
  using Array = Eigen::ArrayX<Real>;
  struct Column {
    Matrix H;
    std::vector<Real> cosine, sine;  // Givens rotations of H + shift I: the least residual is the product of the sines
    Real scale = 0, residual = 1;
    Eigen::Index steps = -1;  // until it is done
  };
  const Eigen::Index n = b.cols(), most = std::min<Eigen::Index>(iterations, b.rows());
  const Array sizes = column_norms(b);
  std::vector<Column> all(std::size_t(n), {Matrix::Zero(most + 1, most), {}, {}});
  Eigen::Index going = n;
  for (Eigen::Index i = 0; i < n; ++i)
    if (!(sizes[i] > 0)) all[std::size_t(i)].steps = 0, --going;
  std::vector<Matrix> basis{unit_columns(b, sizes)};
  for (Eigen::Index k = 0; going > 0; ++k) {
    Matrix w = M(basis.back());
    const Array whole = column_norms(w);
    for (int twice = 0; twice < 2; ++twice)
      for (Eigen::Index j = 0; j <= k; ++j) {
        const Matrix& q = basis[std::size_t(j)];
        const Array along = (q.array() * w.array()).colwise().sum();
        w -= q * along.matrix().asDiagonal();
        for (Eigen::Index i = 0; i < n; ++i)
          if (all[std::size_t(i)].steps < 0) all[std::size_t(i)].H(j, k) += along[i];
      }
    Array size = column_norms(w);
    for (Eigen::Index i = 0; i < n; ++i) {
      auto& [H, cosine, sine, scale, residual, steps] = all[std::size_t(i)];
      if (steps >= 0) {
        size[i] = 0;
        continue;
      }
      H(k + 1, k) = size[i];
      scale = std::max(scale, whole[i]);  // of M, not of this product: what is left of a null vector is rounding
      Real above = H(0, k) + (k == 0 ? shift : 0);
      for (Eigen::Index j = 0; j < k; ++j) {
        const Real below = H(j + 1, k) + (j + 1 == k ? shift : 0);
        above = cosine[std::size_t(j)] * below - sine[std::size_t(j)] * above;
      }
      const Real length = std::hypot(above, size[i]);
      cosine.push_back(length > 0 ? above / length : 0);
      sine.push_back(length > 0 ? size[i] / length : 1);
      residual *= sine.back();
      if (residual <= tolerance || size[i] <= 50 * Eigen::NumTraits<Real>::epsilon() * scale || k + 1 == most)
        steps = k + 1, --going;
    }
    basis.push_back(unit_columns(w, size));
  }
  Matrix u = Matrix::Zero(b.rows(), n);
  for (Eigen::Index i = 0; i < n; ++i) {
    const Column& column = all[std::size_t(i)];
    if (column.steps == 0) continue;
    const Eigen::VectorX<Real> c =
        krylov_coefficients<Real>(column.H.topLeftCorner(column.steps + 1, column.steps), shift, least_residual);
    for (Eigen::Index k = 0; k < column.steps; ++k) u.col(i) += (sizes[i] * c[k]) * basis[std::size_t(k)].col(i);
  }
  return u;
}

}  // namespace detail

/// u of (M + shift I) u = b for a symmetric M without negative eigenvalues, x ↦ M x of columns; shift ≥ 0. At most
/// `iterations` products, fewer where the space of b, M b, … is exhausted or a residual of `tolerance` of b is reached
/// in it, 1e−13 in double. As many iterations as M has different eigenvalues end at the solution, or, where M is
/// singular, at that of least squares, with no part of u in what M takes to 0. Fewer minimise uᵀ(M + shift I)u/2 − bᵀu
/// there; where that leaves ten times b, as it does for a b that M hardly reaches, the least residual is taken.
template <class Real = double, class Map>
Eigen::MatrixX<Real> conjugate_gradients(const Map& M, const std::type_identity_t<Eigen::MatrixX<Real>>& b,
                                         int iterations, Real tolerance = 500 * Eigen::NumTraits<Real>::epsilon(),
                                         std::type_identity_t<Real> shift = 0) {
  require(iterations >= 1, "conjugate gradients: iterations = ", iterations, ", but must be at least 1");
  return detail::krylov<Real>(M, b, iterations, tolerance, shift, false);
}

/// The same for any M, as of a network whose Jacobian is not quite symmetric: the u of least residual in the space of b,
/// M b, …, M^(iterations − 1) b.
template <class Real = double, class Map>
Eigen::MatrixX<Real> gmres(const Map& M, const std::type_identity_t<Eigen::MatrixX<Real>>& b, int iterations,
                           Real tolerance = 500 * Eigen::NumTraits<Real>::epsilon(),
                           std::type_identity_t<Real> shift = 0) {
  require(iterations >= 1, "gmres: iterations = ", iterations, ", but must be at least 1");
  return detail::krylov<Real>(M, b, iterations, tolerance, shift, true);
}

/// z of least ‖A z − b‖² + damping² ‖z‖², of d rows, the shortest where there are several: by conjugate gradients on
/// products with A and Aᵀ, x ↦ A x and u ↦ Aᵀ u, whose error grows with the condition of A, and not with its square. To
/// rounding: the products are taken to cost nothing.
template <class Real = double, class Map, class Adjoint>
Eigen::MatrixX<Real> least_squares(const Map& A, const Adjoint& At, const std::type_identity_t<Eigen::MatrixX<Real>>& b,
                                   std::type_identity_t<Real> damping = 0) {
  using Matrix = Eigen::MatrixX<Real>;
  using Array = Eigen::ArrayX<Real>;
  const Array sizes = detail::column_norms<Real>(b);
  Matrix r = detail::unit_columns<Real>(b, sizes), s = At(r);
  Matrix z = Matrix::Zero(s.rows(), s.cols());
  const Real largest = detail::column_norms<Real>(s).maxCoeff();
  if (!(largest > 0)) return z;
  const Real unit = std::ldexp(Real(1), std::ilogb(largest)), tolerance = 20 * Eigen::NumTraits<Real>::epsilon();
  const Real damping2 = (damping / unit) * (damping / unit);
  s /= unit;
  Matrix p = s;
  Array ss = s.colwise().squaredNorm(), best = ss, norm = ss.sqrt();  // norm: of A, from below
  const Eigen::Index most = 10 * std::min(b.rows(), s.rows()) + 10;
  for (Eigen::Index k = 0, idle = 0; k < most && idle < 100; ++k, ++idle) {
    const Array rest = r.colwise().norm(), length = z.colwise().norm();
    const auto going =
        (ss.sqrt() > tolerance * (norm * rest + damping2 * length) && rest > tolerance * (1 + norm * length)).eval();
    if (!going.any()) break;
    const Matrix Ap = A(p) / unit;
    const Array pp = p.colwise().squaredNorm(), ApAp = Ap.colwise().squaredNorm();
    norm = going.select(norm.max((ApAp / pp).sqrt()), norm);
    const Array step = going.select(ss / (ApAp + damping2 * pp), 0);
    z += p * step.matrix().asDiagonal();
    r -= Ap * step.matrix().asDiagonal();
    s = At(r) / unit - damping2 * z;
    const Array next = s.colwise().squaredNorm();
    p = s + p * going.select(next / ss, 0).matrix().asDiagonal();
    ss = next;
    if ((going && ss < best).any()) idle = 0;
    best = best.min(ss);
  }
  return z * (sizes / unit).matrix().asDiagonal();
}

}  // namespace tweedie

#pragma once
// M u = b for each column at once, M known by its products alone: every product costs a pass through a network, whatever the number of columns.
// (Eigen's iterative solvers take one right-hand side at a time, so that a batch would cost a pass for each sample.)
// Saad, Iterative methods for sparse linear systems, 2nd edition, algorithms 6.18 and 6.9.

#include <Eigen/QR>
#include <functional>
#include <vector>

#include "../schedule/require.hpp"

namespace tweedie {

using LinearMap = std::function<Eigen::MatrixXd(const Eigen::MatrixXd&)>;

/// For a symmetric positive definite M: at most `iterations` products, fewer where every column's residual is below `tolerance` of b.
inline Eigen::MatrixXd conjugate_gradients(const LinearMap& M, const Eigen::MatrixXd& b, int iterations,
                                           double tolerance = 1e-13) {
  require(iterations >= 1, "conjugate gradients: iterations = ", iterations, ", but must be at least 1");
  Eigen::MatrixXd u = Eigen::MatrixXd::Zero(b.rows(), b.cols()), r = b, p = b;
  const Eigen::ArrayXd stop = b.colwise().squaredNorm().transpose().array() * tolerance * tolerance;
  Eigen::ArrayXd rr = r.colwise().squaredNorm();
  for (int k = 0; k < iterations && (rr > stop).any(); ++k) {
    const Eigen::MatrixXd Mp = M(p);
    const Eigen::ArrayXd pMp = (p.array() * Mp.array()).colwise().sum();
    const Eigen::ArrayXd step = (rr > stop && pMp > 0).select(rr / pMp, 0);
    u += p * step.matrix().asDiagonal();
    r -= Mp * step.matrix().asDiagonal();
    const Eigen::ArrayXd next = r.colwise().squaredNorm();
    p = r + p * (rr > 0).select(next / rr, 0).matrix().asDiagonal();
    rr = next;
  }
  return u;
}

/// For any M, as of a network whose Jacobian is not quite symmetric: the u of least residual in the space of b, M b, …, M^(iterations − 1) b.
inline Eigen::MatrixXd gmres(const LinearMap& M, const Eigen::MatrixXd& b, int iterations) {
  require(iterations >= 1, "gmres: iterations = ", iterations, ", but must be at least 1");
  const Eigen::Index n = b.cols();
  const Eigen::ArrayXd sizes = b.colwise().norm();
  const auto unit = [](const Eigen::MatrixXd& v, const Eigen::ArrayXd& size) -> Eigen::MatrixXd {
    return v * (size > 0).select(size.inverse(), 0).matrix().asDiagonal();
  };
  std::vector<Eigen::MatrixXd> basis{unit(b, sizes)};
  std::vector<Eigen::MatrixXd> H(std::size_t(n), Eigen::MatrixXd::Zero(iterations + 1, iterations));
  for (int k = 0; k < iterations; ++k) {
    Eigen::MatrixXd w = M(basis[std::size_t(k)]);
    const Eigen::ArrayXd whole = w.colwise().norm();
    for (int j = 0; j <= k; ++j) {
      const Eigen::ArrayXd along = (basis[std::size_t(j)].array() * w.array()).colwise().sum();
      w -= basis[std::size_t(j)] * along.matrix().asDiagonal();
      for (Eigen::Index i = 0; i < n; ++i) H[std::size_t(i)](j, k) = along[i];
    }
    Eigen::ArrayXd size = w.colwise().norm();
    size = (size > 1e-14 * whole).select(size, 0);  // the space is exhausted
    for (Eigen::Index i = 0; i < n; ++i) H[std::size_t(i)](k + 1, k) = size[i];
    basis.push_back(unit(w, size));
  }
  Eigen::MatrixXd u = Eigen::MatrixXd::Zero(b.rows(), n);
  for (Eigen::Index i = 0; i < n; ++i) {
    Eigen::VectorXd first = Eigen::VectorXd::Zero(iterations + 1);
    first[0] = sizes[i];
    const Eigen::VectorXd c = H[std::size_t(i)].completeOrthogonalDecomposition().solve(first);
    for (int k = 0; k < iterations; ++k) u.col(i) += c[k] * basis[std::size_t(k)].col(i);
  }
  return u;
}

}  // namespace tweedie

#include "leading_directions.hpp"

#include "exact.hpp"

namespace examples {

Eigen::MatrixXd leading_directions(const Eigen::MatrixXd& F, Eigen::Index rank) {
  using Solver = Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd>;
  const Eigen::Index kept = std::min({rank, F.rows(), F.cols()});
  if (F.cols() < F.rows())  // FᵀF u = v u gives FFᵀ (Fu) = v (Fu), with ‖Fu‖² = v
    return F * Solver(F.transpose() * F).eigenvectors().rightCols(kept).rowwise().reverse();
  const Solver solver(F * F.transpose());
  const Eigen::VectorXd lengths = solver.eigenvalues().tail(kept).cwiseMax(0).cwiseSqrt();
  return (solver.eigenvectors().rightCols(kept) * lengths.asDiagonal()).rowwise().reverse();
}

}  // namespace examples

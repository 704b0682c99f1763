#include "paths.hpp"

#include <Eigen/Cholesky>

namespace plan {

namespace {
constexpr double tension = 4, stiffness = 120;
}  // namespace

Eigen::Matrix2Xd corners(const Eigen::Ref<const Eigen::VectorXd>& path) {
  Eigen::Matrix2Xd points(2, waypoints + 2);
  points << start, path.reshaped(2, waypoints), goal;
  return points;
}

tweedie::Gaussian<double> smooth_paths() {
  using Eigen::MatrixXd;
  // Differences of x₀ = start, x₁ … x_n, x_{n+1} = goal, without the fixed ends: those of the deviation from the
  // straight line.
  MatrixXd first = MatrixXd::Zero(waypoints + 1, waypoints);
  first.diagonal().setOnes();
  first.diagonal(-1).setConstant(-1);
  const MatrixXd second = first.bottomRows(waypoints) - first.topRows(waypoints);
  const MatrixXd precision = tension * first.transpose() * first + stiffness * second.transpose() * second;
  const MatrixXd covariance = precision.llt().solve(MatrixXd::Identity(waypoints, waypoints));

  MatrixXd both = MatrixXd::Zero(dimension, dimension);  // the same in x and in y
  Eigen::VectorXd mean(dimension);
  for (Eigen::Index i = 0; i < waypoints; ++i) {
    mean.segment<2>(2 * i) = start + (goal - start) * double(i + 1) / double(waypoints + 1);
    for (Eigen::Index j = 0; j < waypoints; ++j)
      both.block<2, 2>(2 * i, 2 * j).diagonal().setConstant((covariance(i, j) + covariance(j, i)) / 2);
  }
  return {mean, both};
}

}  // namespace plan

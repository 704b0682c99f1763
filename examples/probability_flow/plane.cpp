#include "plane.hpp"

#include <Eigen/Geometry>

namespace probability_flow {

Mixture pinwheel() {
  constexpr int arms = 5;
  constexpr double radius = 2.1, length = 0.55, width = 0.13;  // from the centre to an arm; standard deviations
  Eigen::MatrixXd means(2, arms);
  std::vector<Eigen::MatrixXd> covariances;
  for (int k = 0; k < arms; ++k) {
    const double angle = 2 * std::numbers::pi * (k + 0.25) / arms;
    means.col(k) = radius * Eigen::Vector2d(std::cos(angle), std::sin(angle));
    const Eigen::Matrix2d turn = Eigen::Rotation2Dd(angle + std::numbers::pi / 3).toRotationMatrix();
    covariances.push_back(turn * Eigen::Vector2d(length, width).cwiseAbs2().asDiagonal() * turn.transpose());
  }
  return {Eigen::VectorXd::Constant(arms, 1.0 / arms), means, covariances};
}

}  // namespace probability_flow

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {
/// An orthogonal matrix that no axis is an eigenvector of: the product of two reflections.
MatrixXd rotation(Eigen::Index d, double seed) {
  MatrixXd product = MatrixXd::Identity(d, d);
  for (const double turn : {1., 2.}) {
    VectorXd v(d);
    for (Eigen::Index i = 0; i < d; ++i) v[i] = std::sin(seed + turn * double(i * i + 1));
    product -= 2 / v.squaredNorm() * v * (v.transpose() * product);
  }
  return product;
}

MatrixXd symmetric(const MatrixXd& basis, const VectorXd& values) {
  return basis * values.asDiagonal() * basis.transpose();
}

double deviation(const MatrixXd& Q) {
  return (Q.transpose() * Q - MatrixXd::Identity(Q.cols(), Q.cols())).norm();
}
}  // namespace

TEST_CASE("the polar factor of Q H is Q, in every direction that H keeps to rounding") {
  const Eigen::Index d = 12;
  const MatrixXd Q = rotation(d, 0.3), V = rotation(d, 1.1);
  for (const double scale : {1e-200, 1e-150, 1., 1e150, 1e200}) {
    INFO("scale " << scale);
    // σ from 1 to 1e−10: below √ε, where the eigenvectors of MᵀM have no digit left.
    VectorXd sigma(d);
    for (Eigen::Index i = 0; i < d; ++i) sigma[i] = std::pow(10., -10. * double(i) / double(d - 1));
    const MatrixXd found = polar_factor<double>(scale * Q * symmetric(V, sigma));
    CHECK(deviation(found) < 1e-13);
    const MatrixXd along = V.transpose() * (Q.transpose() * found - MatrixXd::Identity(d, d)) * V;
    for (Eigen::Index i = 0; i < d; ++i)
      for (Eigen::Index j = 0; j < d; ++j)  // what rounding of M, 1e−16 of the largest σ, turns
        CHECK(std::abs(along(i, j)) < 5e-15 / (sigma[i] + sigma[j]) + 1e-14);
  }
}

TEST_CASE("the polar factor of a singular matrix is orthogonal and makes QtM symmetric") {
  const MatrixXd V = rotation(9, 0.7);
  for (const int rank : {0, 1, 4, 8}) {
    INFO("rank " << rank);
    VectorXd sigma = VectorXd::Zero(9);
    for (int i = 0; i < rank; ++i) sigma[i] = std::pow(10., -2. * i);
    const MatrixXd M = rotation(9, 2.5) * symmetric(V, sigma), found = polar_factor<double>(M),
                   H = found.transpose() * M;
    CHECK(deviation(found) < 1e-13);
    CHECK((H - H.transpose()).norm() < 1e-14);
    CHECK((H - symmetric(V, sigma)).norm() < 1e-14);
  }
}

TEST_CASE("the polar factor of one number is its sign, in float as well") {
  CHECK(polar_factor<double>(MatrixXd::Constant(1, 1, -3))(0, 0) == -1);
  CHECK(polar_factor<double>(MatrixXd::Constant(1, 1, 1e-300))(0, 0) == 1);
  CHECK(std::abs(polar_factor<double>(MatrixXd::Zero(1, 1))(0, 0)) == 1);
  const Eigen::MatrixXf found = polar_factor<float>((-2 * rotation(6, 0.2)).cast<float>());
  CHECK((found + rotation(6, 0.2).cast<float>()).norm() < 1e-5f);
}

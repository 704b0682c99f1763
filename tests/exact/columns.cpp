#include "support/test.hpp"

#include <unsupported/Eigen/CXX11/Tensor>

using namespace tweedie;

// One model for states of every kind: Matrix, Array and Tensor, float and double, either memory order, expressions and
// maps.

TEST_CASE("exact models take and return states of any kind") {
  const GaussianMixture<> model(
      Eigen::Vector2d(0.3, 0.7), Eigen::MatrixXd::Random(6, 2),
      std::vector{Covariance<>::isotropic(6, 0.2), Covariance<>::diagonal(Eigen::VectorXd::LinSpaced(6, 0.1, 0.6))});
  const Level t = VariancePreserving{}(0.3);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(6, 5), expected = model(x, t);

  CHECK(tests::largest_difference(model(x.array(), t), expected) == 0);
  CHECK(tests::largest_difference(model(Eigen::MatrixXf(x.cast<float>()), t), expected) < 1e-6);
  CHECK(tests::largest_difference(model(Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>(x), t),
                                  expected) < 1e-14);
  CHECK(tests::largest_difference(model(2 * x - x, t), expected) < 1e-14);
  CHECK(tests::largest_difference(model(x.leftCols(2), t), Eigen::MatrixXd(expected.leftCols(2))) < 1e-14);
  Eigen::Tensor<double, 3> tensor(2, 3, 5);
  columns(tensor) = x;
  CHECK(tests::largest_difference(model(tensor, t), expected) == 0);
  CHECK(tests::largest_difference(model(tensor * 1.0, t), expected) == 0);
  Eigen::Tensor<float, 3, Eigen::RowMajor> rows(3, 2, 5);
  columns(rows) = x.cast<float>();
  CHECK(tests::largest_difference(model.score(rows, t), model.score(x, t)) < 1e-4);
  const Eigen::Matrix<double, 6, 1> fixed = x.col(0);
  CHECK(tests::largest_difference(model(fixed, t), Eigen::MatrixXd(expected.col(0))) < 1e-14);
  Eigen::MatrixXd out;
  model(x, t, out);
  CHECK(out == expected);
  CHECK(tests::contains(tests::refusal([&] { model(Eigen::MatrixXd(4, 5), t); }), "GaussianMixture", "dimension is 6",
                        "4x5", "dimension 4"));
}

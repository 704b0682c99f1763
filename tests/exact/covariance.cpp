#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {
MatrixXd positive_definite(Eigen::Index d) {
  const MatrixXd a = MatrixXd::Random(d, d);
  return a * a.transpose() + 0.1 * MatrixXd::Identity(d, d);
}
}  // namespace

TEST_CASE("every form of a covariance agrees with its matrix in every function of it") {
  const MatrixXd factor = MatrixXd::Random(6, 2);
  MatrixXd dependent(6, 3);
  dependent << factor, factor.col(0);  // of rank 2 in 3 columns
  const VectorXd diagonal = VectorXd::LinSpaced(6, 0.1, 2);
  const MatrixXd y = MatrixXd::Random(6, 4);
  for (const Covariance<>& form :
       {Covariance<>(positive_definite(6)), Covariance<>::diagonal(diagonal), Covariance<>::low_rank(factor, 0.3),
        Covariance<>::low_rank(dependent, 0.3), Covariance<>::isotropic(6, 0.7)}) {
    const MatrixXd matrix = form.matrix(), inverse = matrix.inverse();
    const auto reciprocal = [](double v) { return 1 / v; };
    CHECK(tests::largest_difference(form.apply(reciprocal, y), MatrixXd(inverse * y)) < 1e-11);
    CHECK(tests::largest_difference(form.quadratic(reciprocal, y), VectorXd((y.transpose() * inverse * y).diagonal())) <
          1e-11);
    CHECK(tests::largest_difference(form.diagonal_of(reciprocal), VectorXd(inverse.diagonal())) < 1e-11);
    CHECK(std::abs(form.trace(reciprocal) - inverse.trace()) < 1e-10);
    CHECK(std::abs(form.trace([](double v) { return std::log(v); }) - std::log(matrix.determinant())) < 1e-12);
    CHECK(tests::largest_difference(form.map([](double v) { return v * v; }).matrix(), MatrixXd(matrix * matrix)) <
          1e-12);
  }
}

TEST_CASE("forms are what they are made of") {
  const MatrixXd full = positive_definite(4), factor = MatrixXd::Random(4, 2);
  CHECK(tests::largest_difference(Covariance<>(full).matrix(), full) < 1e-14);
  CHECK(tests::largest_difference(Covariance<>::low_rank(factor, 0.5).matrix(),
                                  MatrixXd(factor * factor.transpose() + 0.5 * MatrixXd::Identity(4, 4))) < 1e-14);
  CHECK(Covariance<>::isotropic(3, 2).matrix() == 2 * MatrixXd::Identity(3, 3));
  MatrixXd singular = MatrixXd::Zero(2, 2);
  singular(0, 0) = 1;
  CHECK(Covariance<>::semidefinite(singular).matrix() == singular);
}

TEST_CASE("covariances that are none are refused") {
  MatrixXd bad = MatrixXd::Identity(2, 2);
  bad(1, 1) = -0.5;
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "positive definite", "-0.5"));
  bad(1, 1) = 0;
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "positive definite", "eigenvalue is 0"));
  bad << 1, 0.5, 0, 1;
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "symmetric", "0.5"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>{MatrixXd(2, 3)}; }), "square", "2x3"));
  bad(0, 0) = std::nan("");
  CHECK(tests::contains(tests::refusal([&] { Covariance<>{bad}; }), "not finite"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>::diagonal(VectorXd::Zero(2)); }), "positive"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>::low_rank(MatrixXd::Ones(2, 1), 0); }), "rest", "positive"));
  CHECK(tests::contains(tests::refusal([] { Covariance<>::low_rank(MatrixXd::Ones(2, 3), 1); }), "2x3"));
}

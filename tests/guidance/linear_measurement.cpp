#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const MatrixXd A = (MatrixXd(2, 3) << 1, -2, 0.5, 0, 3, 1).finished();
const MatrixXd y = (MatrixXd(2, 1) << 0.7, -1).finished();
const MatrixXd x = (MatrixXd(3, 2) << 1, -1, 0, 2, 4, 0).finished();
MatrixXd times_A(const MatrixXd& z) {
  return A * z;
}
MatrixXd times_At(const MatrixXd& u) {
  return A.transpose() * u;
}

}  // namespace

TEST_CASE("LinearMeasurement: a matrix and a pair of callables are the same") {
  const LinearMeasurement by_matrix(A, y, 0.3), by_pair(times_A, times_At, 3, y, 0.3);
  for (const LinearMeasurement& one : {by_matrix, by_pair}) {
    CHECK(one.dimension() == 3);
    CHECK(one.noise() == 0.3);
    CHECK(one.variance() == 0.3 * 0.3);
    CHECK(one.y() == y);
    CHECK(one.matrix() == A);
    CHECK(one.forward(x) == (MatrixXd(2, 2) << 3, -5, 4, 6).finished());
    CHECK(one.adjoint(y) == MatrixXd(Eigen::Vector3d(0.7, -4.4, -0.65)));
  }
}

TEST_CASE("LinearMeasurement: y of one column serves all samples, y of n columns one each") {
  const MatrixXd Ax = (MatrixXd(2, 2) << 3, -5, 4, 6).finished();
  CHECK(largest_difference(LinearMeasurement(A, y, 0.3).residual(x), MatrixXd(y.replicate(1, 2) - Ax)) < 1e-15);
  const MatrixXd each = (MatrixXd(2, 2) << 1, 2, 3, 4).finished();
  CHECK(largest_difference(LinearMeasurement(A, each, 0).residual(x), MatrixXd(each - Ax)) < 1e-15);
  const LinearMeasurement three(A, MatrixXd::Ones(2, 3), 0.3);
  CHECK(contains(refusal([&] { three.residual(x); }), "3 columns", "2 samples", "1 or as many"));
}

TEST_CASE("masked: the rows where the mask is 1; what was not measured is not read") {
  const LinearMeasurement part = masked(Eigen::Vector3d(1, 0, 1), Eigen::Vector3d(0.5, std::nan(""), -2), 0.1);
  CHECK(part.matrix() == (MatrixXd(2, 3) << 1, 0, 0, 0, 0, 1).finished());
  CHECK(part.y() == MatrixXd(Eigen::Vector2d(0.5, -2)));
  CHECK(part.noise() == 0.1);
  CHECK(part.adjoint(Eigen::Vector2d(7, 8)) == MatrixXd(Eigen::Vector3d(7, 0, 8)));
  const LinearMeasurement each = masked(Eigen::Vector3d(0, 1, 0), x, 0);
  CHECK(each.y() == x.row(1));
  CHECK(each.residual(MatrixXd::Zero(3, 2)) == MatrixXd(x.row(1)));
}

TEST_CASE("posterior of a measurement: of its matrix, for one y") {
  const Gaussian<> data(Eigen::Vector3d(0.1, 0.2, 0.3), Covariance<>::isotropic(3, 0.5));
  const auto law = posterior(data, LinearMeasurement(times_A, times_At, 3, y, 0.3)),
             same = posterior(data, A, VectorXd(y.col(0)), 0.3);
  CHECK(largest_difference(law.mean(), same.mean()) == 0);
  CHECK(largest_difference(law.covariance().matrix(), same.covariance().matrix()) == 0);
  CHECK(contains(refusal([&] { posterior(data, LinearMeasurement(A, MatrixXd::Ones(2, 3), 0.3)); }), "posterior",
                 "3 columns"));
}

TEST_CASE("LinearMeasurement: in float, and a posterior of either number by a measurement in the other") {
  const BasicLinearMeasurement<float> single(A.cast<float>(), y.cast<float>(), 0.3);
  const MatrixXd residual = LinearMeasurement(A, y, 0.3).residual(x);
  CHECK(largest_difference(single.residual(x.cast<float>()), residual) < 1e-5);
  CHECK(masked<float>(Eigen::Vector2f(0, 1), Eigen::Vector2f(3, 4), 0.1).y() ==
        MatrixXd::Constant(1, 1, 4).cast<float>());
  const Gaussian<> data(Eigen::Vector3d(0.3, -0.2, 0.5), Covariance<>::isotropic(3, 0.5));
  const Gaussian<float> in_float(Eigen::Vector3f(0.3F, -0.2F, 0.5F), Covariance<float>::isotropic(3, 0.5F));
  const VectorXd mean = posterior(data, LinearMeasurement(A, y, 0.3)).mean();
  CHECK(largest_difference(posterior(data, single).mean(), mean) < 1e-5);
  CHECK(largest_difference(posterior(in_float, LinearMeasurement(A, y, 0.3)).mean(), mean) < 1e-5);
}

TEST_CASE("LinearMeasurement: refusals") {
  const auto pair = [](auto forward, auto adjoint, Eigen::Index d = 3) {
    return refusal([&] { LinearMeasurement(forward, adjoint, d, y, 0.3); });
  };
  CHECK(contains(pair(times_A, [](const MatrixXd& u) -> MatrixXd { return -A.transpose() * u; }), "dot-product test",
                 "A x.u = ", "x.A'u = "));
  const auto nearly = [](const MatrixXd& u) -> MatrixXd { return A.transpose() * u * 1.01; };
  CHECK(contains(pair(times_A, nearly), "dot-product test"));
  CHECK(contains(pair([](const MatrixXd& z) -> MatrixXd { return z; }, times_At), "A gave the shape 3x3",
                 "y has 2 rows"));
  CHECK(contains(pair(times_A, [](const MatrixXd& u) -> MatrixXd { return u; }), "the adjoint gave the shape 2x3",
                 "dimension is 3"));
  CHECK(contains(pair(times_A, times_At, 0), "dimension is 0", "positive"));
  CHECK(contains(pair(times_A, times_At, -3), "dimension is -3", "positive"));

  const auto matrix = [](const MatrixXd& measured, double noise) {
    return refusal([&] { LinearMeasurement(A, measured, noise); });
  };
  CHECK(contains(matrix(y, -0.1), "noise = -0.1", "not negative"));
  CHECK(contains(matrix(y, std::nan("")), "noise = nan", "finite"));
  CHECK(contains(matrix(MatrixXd::Constant(2, 1, std::nan("")), 0.1), "y is empty, or has a value that is not finite"));
  CHECK(contains(matrix(MatrixXd(2, 0), 0.1), "y is empty"));
  CHECK(contains(matrix(MatrixXd::Ones(3, 1), 0.1), "A gave the shape 2x3", "y has 3 rows"));
  CHECK(contains(refusal([&] { LinearMeasurement(A, y, 0.1).forward(MatrixXd::Ones(2, 1)); }), "dimension is 3",
                 "a sample has 2"));
}

TEST_CASE("masked: refusals") {
  const auto of = [](const VectorXd& mask, const MatrixXd& values) {
    return refusal([&] { masked(mask, values, 0.1); });
  };
  CHECK(contains(of(Eigen::Vector3d(1, 0.5, 0), x), "entry 1", "0.5", "0 or 1"));
  CHECK(contains(of(Eigen::Vector3d(1, 0, std::nan("")), x), "entry 2", "nan", "0 or 1"));
  CHECK(contains(of(Eigen::Vector3d::Zero(), x), "0 everywhere", "nothing was measured"));
  CHECK(contains(of(Eigen::Vector2d::Ones(), x), "2 entries", "3 rows"));
  CHECK(contains(of(Eigen::Vector3d::Ones(), MatrixXd::Constant(3, 1, std::nan(""))), "not finite"));
}

TEST_CASE("masked: a mask of booleans says the same") {
  const Eigen::Array<bool, Eigen::Dynamic, 1> known = Eigen::Array3d(0.5, -1, 2) > 0;
  const MatrixXd values = Eigen::Vector3d(0.5, -1, 2), x = MatrixXd::Random(3, 2);
  const LinearMeasurement by_bool = masked(known, values, 0.1),
                          by_number = masked(Eigen::Vector3d(1, 0, 1), values, 0.1),
                          by_expression = masked(values.array() > 0, values, 0.1);
  CHECK(by_bool.y() == by_number.y());
  CHECK(by_bool.forward(x) == by_number.forward(x));
  CHECK(by_expression.forward(x) == by_number.forward(x));
}

TEST_CASE("LinearMeasurement: its unit is a power of two near the size of A") {
  const MatrixXd A = MatrixXd::Identity(4, 4);
  for (const double unit : {0x1p-500, 0x1p-10, 1.0, 0x1p10, 0x1p500}) {
    const LinearMeasurement y(unit * A, MatrixXd::Ones(4, 1), 0);
    CHECK(y.unit() / unit >= 0.5);
    CHECK(y.unit() / unit <= 1);
  }
  CHECK(LinearMeasurement(MatrixXd::Zero(2, 3), MatrixXd::Ones(2, 1), 0).unit() == 1);
}

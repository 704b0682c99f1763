#include "support/test.hpp"

using namespace tweedie;
using Eigen::Matrix2d;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Gaussian<> correlated(Vector2d(0.5, -0.3), Covariance<>(Matrix2d{{0.5, 0.2}, {0.2, 0.3}}));
const GaussianMixture<>& mixture() {
  static const GaussianMixture<> two(
      Vector2d(0.4, 0.6), Matrix2d{{-0.7, 0.5}, {0.2, -0.3}},
      std::vector<Matrix2d>{Matrix2d{{0.10, 0.06}, {0.06, 0.08}}, Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}});
  return two;
}
MatrixXd row(double a, double b) {
  return Eigen::RowVector2d(a, b);
}
VectorXd number(double y) {
  return VectorXd::Constant(1, y);
}

/// Points of a square lattice in d = 1 or 2 dimensions, and the volume of a cell.
struct Lattice {
  MatrixXd x;
  double cell;
};
Lattice lattice(Eigen::Index d) {
  const Eigen::Index side = 161;
  const double step = 0.05;
  Lattice all{MatrixXd(d, d == 1 ? side : side * side), d == 1 ? step : step * step};
  for (Eigen::Index i = 0; i < all.x.cols(); ++i)
    for (Eigen::Index k = 0, rest = i; k < d; ++k, rest /= side) all.x(k, i) = step * double(rest % side - side / 2);
  return all;
}

/// Bayes' rule point by point, the evidence by the trapezoid rule. Returns the logarithm of the evidence.
template <class Model>
double check_bayes(const Model& data, const MatrixXd& A, const VectorXd& y, double noise) {
  const auto [x, cell] = lattice(data.dimension());
  const Eigen::ArrayXd distance = ((A * x).colwise() - y).colwise().squaredNorm();
  const Eigen::ArrayXd joint = (data.log_density(x).array() - distance / (2 * noise * noise)).exp() /
                               std::pow(2 * std::numbers::pi * noise * noise, 0.5 * double(y.size()));
  const double evidence = joint.sum() * cell;
  const Eigen::ArrayXd density = posterior(data, A, y, noise).log_density(x).array().exp();
  CHECK((density - joint / evidence).abs().maxCoeff() < 1e-10 * density.maxCoeff());
  return std::log(evidence);
}

}  // namespace

TEST_CASE("posterior of a Gaussian: Bayes' rule by quadrature") {
  const Gaussian<> line(number(0.2), Covariance<>(MatrixXd::Constant(1, 1, 0.09)));
  const MatrixXd one = MatrixXd::Constant(1, 1, 1.7);
  for (const double noise : {0.2, 0.5, 3.0})
    CHECK(std::abs(check_bayes(line, one, number(0.9), noise) -
                   detail::linear_posterior(line, one, number(0.9), noise).log_evidence) < 1e-10);
  for (const double noise : {0.3, 0.6}) {
    const MatrixXd A = row(1, -0.5), both = Matrix2d{{1, 0.4}, {-0.3, 0.7}};
    CHECK(std::abs(check_bayes(correlated, A, number(0.4), noise) -
                   detail::linear_posterior(correlated, A, number(0.4), noise).log_evidence) < 1e-8);
    CHECK(std::abs(check_bayes(correlated, both, Vector2d(0.3, -0.2), noise) -
                   detail::linear_posterior(correlated, both, Vector2d(0.3, -0.2), noise).log_evidence) < 1e-8);
  }
}

TEST_CASE("posterior of a mixture: Bayes' rule by quadrature") {
  const GaussianMixture<> line(Vector2d(0.3, 0.7), Eigen::RowVector2d(-0.5, 0.4),
                               std::vector<MatrixXd>{MatrixXd::Constant(1, 1, 0.04), MatrixXd::Constant(1, 1, 0.02)});
  check_bayes(line, MatrixXd::Constant(1, 1, -0.8), number(0.1), 0.3);
  check_bayes(mixture(), row(0.6, 1), number(-0.2), 0.4);
  check_bayes(mixture(), Matrix2d{{1, 0.4}, {-0.3, 0.7}}, Vector2d(0.3, -0.2), 0.5);
}

TEST_CASE("posterior: a measurement that says nothing, and more numbers than coordinates") {
  const Gaussian<> same = posterior(correlated, MatrixXd(Matrix2d::Zero()), VectorXd(Vector2d(3, 4)), 0.5);
  CHECK(largest_difference(same.mean(), correlated.mean()) < 1e-14);
  CHECK(largest_difference(same.covariance().matrix(), correlated.covariance().matrix()) < 1e-14);
  // The mean of three measurements of one number, each of noise r, is one of noise r/√3.
  const MatrixXd A = Eigen::Vector3d::Ones() * row(1, -0.5);
  const Gaussian<> three = posterior(correlated, A, VectorXd(Eigen::Vector3d(0.1, 0.2, 0.6)), 0.6),
                   mean = posterior(correlated, row(1, -0.5), number(0.3), 0.6 / std::sqrt(3.0));
  CHECK(largest_difference(three.mean(), mean.mean()) < 1e-13);
  CHECK(largest_difference(three.covariance().matrix(), mean.covariance().matrix()) < 1e-13);
}

TEST_CASE("posterior: without noise it is the conditional law") {
  const Gaussian<> law = posterior(correlated, row(1, 0), number(0.9), 0);
  CHECK(largest_difference(law.mean(), Vector2d(0.9, -0.3 + 0.2 / 0.5 * (0.9 - 0.5))) < 1e-14);
  CHECK(largest_difference(law.covariance().matrix(), Matrix2d{{0, 0}, {0, 0.3 - 0.2 * 0.2 / 0.5}}) < 1e-14);
  const Matrix2d A{{1, 0.4}, {-0.3, 0.7}};
  const Vector2d x(0.7, 0.2), y = A * x;
  const Gaussian<> known = posterior(correlated, MatrixXd(A), VectorXd(y), 0);
  CHECK(largest_difference(known.mean(), x) < 1e-14);
  CHECK(known.covariance().matrix().cwiseAbs().maxCoeff() < 1e-14);
}

TEST_CASE("posterior: without noise a mixture's weights follow the density of the measured number") {
  const GaussianMixture<> law = posterior(mixture(), row(0, 1), number(0.1), 0);
  const auto normal = [](double distance, double variance) {
    return std::exp(-distance * distance / (2 * variance)) / std::sqrt(variance);
  };
  const double first = 0.4 * normal(0.1 - 0.2, 0.08), second = 0.6 * normal(0.1 + 0.3, 0.12);
  CHECK(std::abs(law.weights()[0] - first / (first + second)) < 1e-14);
  CHECK(std::abs(law.components()[1].mean()[0] - (0.5 - 0.02 / 0.12 * (0.1 + 0.3))) < 1e-14);
  CHECK(std::abs(law.components()[0].mean()[1] - 0.1) < 1e-14);
}

TEST_CASE("posterior: refusals") {
  const auto of = [](const MatrixXd& A, const VectorXd& y, double noise) {
    return refusal([&] { posterior(correlated, A, y, noise); });
  };
  CHECK(contains(of(MatrixXd::Ones(1, 3), number(1), 1), "shape 1x3", "dimension 2", "1 numbers"));
  CHECK(contains(of(row(1, 1), Vector2d(1, 2), 1), "shape 1x2", "2 numbers"));
  CHECK(contains(of(MatrixXd(0, 2), VectorXd(0), 1), "shape 0x2"));
  CHECK(contains(of(row(1, 1), number(1), -0.5), "noise = -0.5", "not negative"));
  CHECK(contains(of(row(1, 1), number(1), std::nan("")), "noise = nan"));
  CHECK(contains(of(row(1, 1), number(std::nan("")), 1), "not finite"));
  CHECK(contains(of(row(1, std::nan("")), number(1), 1), "not finite"));
  CHECK(contains(refusal([&] { posterior(mixture(), row(1, 1), number(1), -1); }), "noise = -1"));
}

TEST_CASE("posterior: rows that depend on one another need noise") {
  for (int k = 1; k < 40; ++k) {  // whichever way rounding falls
    const double a = 0.37 * k, b = 1 - 0.11 * k;
    MatrixXd A(2, 2);
    A << row(a, b), row(3 * a, 3 * b);
    CHECK(contains(refusal([&] { posterior(correlated, A, VectorXd(Vector2d(1, 3)), 0); }), "singular", "noise = 0",
                   "independent"));
    posterior(correlated, A, VectorXd(Vector2d(1, 3)), 0.1);
  }
  // Rows of very different size are independent all the same.
  const Gaussian<> law =
      posterior(correlated, MatrixXd(Matrix2d{{1e9, 0}, {0, 1e-9}}), VectorXd(Vector2d(1e9, 2e-9)), 0);
  CHECK(largest_difference(law.mean(), Vector2d(1, 2)) < 1e-12);
}

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

TEST_CASE("posterior: rows that depend on one another say what the independent ones say") {
  for (int k = 1; k < 40; ++k) {  // whichever way rounding falls
    const double a = 0.37 * k, b = 1 - 0.11 * k;
    MatrixXd A(2, 2);
    A << row(a, b), row(3 * a, 3 * b);
    for (const double noise : {0., 1e-12, 1e-8}) {  // what the noise changes is of its square
      const Gaussian<> both = posterior(correlated, A, VectorXd(Vector2d(1, 3)), noise),
                       one = posterior(correlated, row(a, b), number(1), noise);
      CHECK(largest_difference(both.mean(), one.mean()) < 1e-13);
      CHECK(largest_difference(both.covariance().matrix(), one.covariance().matrix()) < 1e-13);
      CHECK(std::abs((row(a, b) * both.mean())(0) - 1) < 1e-13);
    }
  }
  // Rows of very different size are independent all the same.
  const Gaussian<> law =
      posterior(correlated, MatrixXd(Matrix2d{{1e9, 0}, {0, 1e-9}}), VectorXd(Vector2d(1e9, 2e-9)), 0);
  CHECK(largest_difference(law.mean(), Vector2d(1, 2)) < 1e-12);
}

TEST_CASE("posterior: rows that contradict each other are met in least squares, as the noise vanishes") {
  const Gaussian<> standard(Vector2d(0, 0), Covariance<>::isotropic(2, 1));
  const MatrixXd A{{1, 2}, {1, 2}};
  for (const double noise : {0., 1e-14, 1e-10, 1e-8}) {  // the mean of 1 and 1.1 along (1, 2)/5
    const Gaussian<> law = posterior(standard, A, VectorXd(Vector2d(1, 1.1)), noise);
    CHECK(largest_difference(law.mean(), Vector2d(0.21, 0.42)) < 1e-13);
    CHECK(largest_difference(law.covariance().matrix(), Matrix2d{{0.8, -0.4}, {-0.4, 0.2}}) < 1e-13);
  }
  const Gaussian<> line(number(0), Covariance<>::isotropic(1, 1));
  CHECK(std::abs(posterior(line, MatrixXd(MatrixXd::Ones(2, 1)), VectorXd(Vector2d(0.6, 0.61)), 0).mean()[0] - 0.605) <
        1e-15);
}

TEST_CASE("posterior: a thousand measurements of two coordinates with little noise") {
  // K is of rank 2 but for 1e−12; by the precision of two numbers, S⁻¹ + AᵀA/noise², it is well-conditioned.
  const MatrixXd A = MatrixXd::Random(1000, 2);
  const double noise = 1e-6;
  const VectorXd y = A * Vector2d(0.3, 0.4) + noise * VectorXd::Random(1000);
  const auto part = detail::linear_posterior<double>(correlated, A, y, noise);
  const Matrix2d S = correlated.covariance().matrix(), precision = S.inverse() + A.transpose() * A / (noise * noise);
  const VectorXd residual = y - A * correlated.mean();
  const Vector2d shift = precision.inverse() * (A.transpose() * residual) / (noise * noise);
  CHECK(largest_difference(part.law.mean(), VectorXd(correlated.mean() + shift)) < 1e-13);
  CHECK(largest_difference(part.law.covariance().matrix(), Matrix2d(precision.inverse())) <
        1e-12 * precision.inverse().norm());
  const VectorXd left =
      residual - A * shift;  // ρᵀK⁻¹ρ = (left² )/noise² + shiftᵀS⁻¹shift, det K = noise^2m det S det precision
  const double squares = left.squaredNorm() / (noise * noise) + shift.dot(S.inverse() * shift),
               log_determinant = 2000 * std::log(noise) + std::log(S.determinant()) + std::log(precision.determinant());
  const double evidence = -0.5 * (squares + log_determinant + 1000 * std::log(2 * std::numbers::pi));
  CHECK(std::abs(part.log_evidence - evidence) < 1e-9 * std::abs(evidence));
}

TEST_CASE("posterior: in any units of the data and of the measurement") {
  const Matrix2d A{{1, 0.4}, {-0.3, 0.7}};
  const Vector2d y(0.3, -0.2);
  const auto one = detail::linear_posterior<double>(correlated, A, y, 0.5);
  for (const double unit : {1e-150, 1e-6, 1e6, 1e150}) {
    const auto measured = detail::linear_posterior<double>(correlated, unit * A, unit * y, 0.5 * unit);
    CHECK(largest_difference(measured.law.mean(), one.law.mean()) < 1e-14);
    CHECK(largest_difference(measured.law.covariance().matrix(), one.law.covariance().matrix()) < 1e-14);
    CHECK(std::abs(measured.log_evidence + 2 * std::log(unit) - one.log_evidence) < 1e-11);
    const Gaussian<> scaled(unit * correlated.mean(),
                            Covariance<>(MatrixXd(unit * unit * correlated.covariance().matrix())));
    const auto of_data = detail::linear_posterior<double>(scaled, A, unit * y, 0.5 * unit);
    CHECK(largest_difference(of_data.law.mean() / unit, one.law.mean()) < 1e-14);
    CHECK(largest_difference(of_data.law.covariance().matrix() / unit / unit, one.law.covariance().matrix()) < 1e-14);
    const auto mixed = posterior(mixture(), unit * A, unit * y, 0.5 * unit);
    CHECK(largest_difference(mixed.weights(), posterior(mixture(), A, y, 0.5).weights()) < 1e-13);
  }
}

TEST_CASE("posterior: a coordinate known to 1e-10 beside one of which nothing is known") {
  // Of the sum x + y, known to noise 1e−10, the variance is noise²; that of the difference stays.
  const Gaussian<> standard(Vector2d(0, 0), Covariance<>::isotropic(2, 1));
  const double noise = 1e-10;
  const Gaussian<> law = posterior(standard, row(1, 1), number(1), noise);
  CHECK(std::abs(law.covariance().smallest() / (noise * noise / 2) - 1) < 1e-12);  // of (x + y)/√2
  const MatrixXd at = Vector2d(0.5 + 3e-10, 0.5);
  const double wanted = -4.5 - 0.5 * std::pow(3e-10 / std::numbers::sqrt2, 2) -
                        std::log(2 * std::numbers::pi * noise / std::numbers::sqrt2);
  CHECK(std::abs(law.log_density(at)[0] - wanted) < 1e-5);  // 1e−16 of 0.5 is 1e−6 of the noise
}

TEST_CASE("posterior: without noise a mixture has moments and an estimate, and may be measured again") {
  const GaussianMixture<> once = posterior(mixture(), row(0, 1), number(0.1), 0),
                          twice = posterior(once, row(0, 2), number(0.2), 0),
                          all = posterior(once, row(1, 0), number(-0.3), 0);
  CHECK(std::abs(once.moments().covariance().matrix()(1, 1)) < 1e-15);
  CHECK(once.moments().covariance().matrix()(0, 0) > 0.01);
  const MatrixXd at = Vector2d(0.2, 0.1);
  CHECK(largest_difference(once(at, clean), at) < 1e-14);
  CHECK(largest_difference(twice.weights(), once.weights()) < 1e-13);
  CHECK(largest_difference(twice.moments().covariance().matrix(), once.moments().covariance().matrix()) < 1e-14);
  CHECK(largest_difference(all.mean(), Vector2d(-0.3, 0.1)) < 1e-14);
  // Bayes' rule in two steps is that in one.
  CHECK(largest_difference(
            all.weights(),
            posterior(mixture(), MatrixXd(Matrix2d::Identity()), VectorXd(Vector2d(-0.3, 0.1)), 0).weights()) < 1e-13);
  const GaussianMixture<> uneven(
      Vector2d(0.5, 0.5), MatrixXd(Matrix2d::Zero()),
      std::vector{Covariance<>::isotropic(2, 1), Covariance<>::of_factor(MatrixXd(Vector2d::UnitX()))});
  CHECK(contains(refusal([&] { posterior(uneven, MatrixXd(Matrix2d::Identity()), VectorXd(Vector2d(1, 0)), 0); }),
                 "fill 2 and 1 dimensions", "noise > 0"));
  posterior(uneven, MatrixXd(Matrix2d::Identity()), VectorXd(Vector2d(1, 0)), 1e-3);
}

TEST_CASE("posterior: far from every component the nearest has the weight; one of weight 0 has none; in float") {
  const auto between = [](double mean) {
    return GaussianMixture<>(Vector2d(0.5, 0.5), Eigen::RowVector2d(-mean, mean),
                             std::vector<Covariance<>>(2, Covariance<>::isotropic(1, 1)));
  };
  const GaussianMixture<> line = between(1);
  const MatrixXd one = MatrixXd::Ones(1, 1);
  CHECK(posterior(between(1e159), one, number(1e160), 1).weights() == Vector2d(0, 1));
  const GaussianMixture<> empty(Vector2d(0, 1), Eigen::RowVector2d(-1, 1),
                                std::vector<Covariance<>>(2, Covariance<>::isotropic(1, 1)));
  CHECK(posterior(empty, one, number(0.3), 0.5).weights() == Vector2d(0, 1));
  const GaussianMixture<float> single(Eigen::Vector2f(0.5F, 0.5F), Eigen::MatrixXf(Eigen::RowVector2f(-1, 1)),
                                      std::vector<Covariance<float>>(2, Covariance<float>::isotropic(1, 1)));
  const Eigen::MatrixXf A = Eigen::MatrixXf::Ones(1, 1);
  const auto in_float = posterior(single, A, Eigen::VectorXf(Eigen::VectorXf::Constant(1, 0.3F)), 0.5);
  const auto in_double = posterior(line, one, number(double(0.3F)), 0.5);
  CHECK(largest_difference(in_float.weights(), in_double.weights()) < 1e-7);
  CHECK(largest_difference(in_float.components()[0].mean(), in_double.components()[0].mean()) < 1e-7);
}

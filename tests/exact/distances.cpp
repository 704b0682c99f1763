#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {
Gaussian<> one(double mean, double variance) {
  return {VectorXd::Constant(1, mean), Covariance<>::isotropic(1, variance)};
}
}  // namespace

TEST_CASE("distances of Gaussians in one dimension are the textbook's") {
  CHECK(std::abs(wasserstein2(one(1, 4), one(-2, 9)) - std::sqrt(9. + 1)) < 1e-14);
  CHECK(std::abs(frechet(one(1, 4), one(-2, 9)) - 10) < 1e-13);
  CHECK(std::abs(kl(one(1, 4), one(-2, 9)) - 0.5 * (4. / 9 - 1 + 1 + std::log(9. / 4))) < 1e-15);
}

TEST_CASE("frechet is the trace formula where that does not cancel, and 0 to rounding where it does") {
  const MatrixXd a = MatrixXd::Random(5, 5), b = MatrixXd::Random(5, 5);
  const MatrixXd A = a * a.transpose() + 0.1 * MatrixXd::Identity(5, 5),
                 B = b * b.transpose() + 0.1 * MatrixXd::Identity(5, 5);
  const Gaussian<> p(VectorXd::Zero(5), A), q(VectorXd::Ones(5), B);
  const MatrixXd root = Covariance<>(A).map([](double v) { return std::sqrt(v); }).matrix();
  const double cross =
      Covariance<>(MatrixXd(0.5 * (root * B * root + (root * B * root).transpose()))).trace([](double v) {
        return std::sqrt(v);
      });
  CHECK(std::abs(frechet(p, q) - (5 + A.trace() + B.trace() - 2 * cross)) < 1e-12);
  CHECK(std::abs(frechet(p, q) - frechet(q, p)) < 1e-12);
  CHECK(wasserstein2(p, p) < 1e-14);  // the trace formula gives 1e−8 here
  CHECK(std::abs(kl(p, p)) < 1e-13);
}

TEST_CASE("the distance to a point is that of the mean and the spread") {
  const Gaussian<> p(Eigen::Vector2d(1, 0), Covariance<>::isotropic(2, 3)),
      point(Eigen::Vector2d(0, 0), Covariance<>::semidefinite(MatrixXd::Zero(2, 2)));
  CHECK(std::abs(frechet(p, point) - (1 + 6)) < 1e-14);
  CHECK(kl(point, p) == std::numeric_limits<double>::infinity());
  CHECK(tests::contains(tests::refusal([&] { kl(p, point); }), "subspace"));
  CHECK(tests::contains(tests::refusal([&] { frechet(p, one(0, 1)); }), "2 and 1"));
  CHECK(tests::contains(tests::refusal([&] { kl(p, one(0, 1)); }), "kl", "2 and 1"));
}

TEST_CASE("distances of singular and of badly scaled Gaussians") {
  // Covariances that commute: W₂² is that of their deviations, KL a sum over coordinates.
  const Eigen::Vector3d u = Eigen::Vector3d(1, 2, 2) / 3;
  const MatrixXd Q = MatrixXd::Identity(3, 3) - 2 * u * u.transpose();
  const auto law = [&](const Eigen::Vector3d& deviations, double unit) {
    return Gaussian<>(VectorXd::Zero(3), Covariance<>::of_factor(unit * Q * deviations.asDiagonal()));
  };
  for (const double unit : {1e-150, 1e-6, 1., 1e6, 1e150}) {
    CHECK(std::abs(wasserstein2(law({1, 2, 0}, unit), law({3, 0, 0}, unit)) / unit - std::sqrt(8)) < 1e-13);
    CHECK(std::abs(wasserstein2(law({1, 2, 1e-9}, unit), law({1, 2, 3e-9}, unit)) / unit / 2e-9 - 1) < 1e-5);
    CHECK(std::abs(kl(law({1, 2, 1e-9}, unit), law({1, 2, 2e-9}, unit)) - (0.5 * (0.25 - 1) + std::log(2))) < 1e-5);
    CHECK(std::abs(kl(law({1, 2, 1}, unit), law({1, 2, 2}, unit)) - (0.5 * (0.25 - 1) + std::log(2))) < 1e-13);
  }
  CHECK(wasserstein2(law({0, 0, 0}, 1), law({0, 0, 0}, 1)) == 0);
  CHECK(tests::contains(tests::refusal([&] { kl(law({1, 1, 1}, 1), law({1, 1, 0}, 1)); }), "subspace"));
}

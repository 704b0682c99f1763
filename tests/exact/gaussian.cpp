#include "support/test.hpp"

#include <numbers>

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

namespace {
MatrixXd full() {
  MatrixXd s(3, 3);
  s << 0.5, 0.2, -0.1, 0.2, 0.7, 0.05, -0.1, 0.05, 0.3;
  return s;
}
const Gaussian data{Eigen::Vector3d(1, -0.5, 0.2), full()};
const MatrixXd x = MatrixXd::Random(3, 4);
}  // namespace

TEST_CASE("the Gaussian's closed forms are those of linear algebra") {
  for (const Level& t :
       {VariancePreserving{}(0.3), VarianceExploding{}(0.6), RectifiedFlow{}(1), Level{.alpha = 0.9, .sigma = 0}}) {
    const MatrixXd c = t.alpha * t.alpha * full() + t.sigma * t.sigma * MatrixXd::Identity(3, 3),
                   centred = x.colwise() - t.alpha * data.mean();
    const MatrixXd solved = c.inverse() * centred;
    CHECK(tests::largest_difference(data(x, t), MatrixXd((t.alpha * full() * solved).colwise() + data.mean())) < 1e-13);
    CHECK(tests::largest_difference(data.score(x, t), MatrixXd(-solved)) < 1e-9 * solved.norm());
    const VectorXd log_density = -0.5 * (centred.cwiseProduct(solved).colwise().sum().transpose().array() +
                                         std::log(c.determinant()) + 3 * std::log(2 * std::numbers::pi));
    CHECK(tests::largest_difference(data.log_density(x, t), log_density) < 1e-12 * log_density.norm());
    const MatrixXd covariance = full() - t.alpha * t.alpha * full() * c.inverse() * full();
    CHECK(tests::largest_difference(data.covariance(x, t), covariance) < 1e-14);
    CHECK(tests::largest_difference(data.variance(x, t), MatrixXd(covariance.diagonal().replicate(1, 4))) < 1e-14);
    CHECK(tests::largest_difference(data.marginal(t).covariance().matrix(), c) < 1e-12 * c.norm());
  }
}

TEST_CASE("without signal the estimate is the mean; without noise the state itself") {
  CHECK(tests::largest_difference(data(x, {.alpha = 0, .sigma = 1}), MatrixXd(data.mean().replicate(1, 4))) == 0);
  CHECK(tests::largest_difference(data(x, clean), x) < 1e-15);
  CHECK(data.covariance(x, clean).norm() == 0);
}

TEST_CASE("Tweedie's formula: the estimate is (x + sigma^2 score)/alpha") {
  const Level t = Cosine{}(0.7);
  CHECK(tests::largest_difference(data(x, t), MatrixXd((x + t.sigma * t.sigma * data.score(x, t)) / t.alpha)) < 1e-13);
}

TEST_CASE("draws have the mean and the covariance") {
  const Eigen::Index n = 100000;
  const MatrixXd draws = data.draw(n, Normals{1}), centred = draws.colwise() - data.mean();
  CHECK((draws.rowwise().mean() - data.mean()).cwiseAbs().maxCoeff() < 6.2 * std::sqrt(0.7 / double(n)));
  CHECK((centred * centred.transpose() / double(n) - full()).cwiseAbs().maxCoeff() <
        6.2 * std::sqrt(2 * 0.7 * 0.7 / double(n)));
}

TEST_CASE("a Gaussian on a subspace has no density there, and one as soon as there is noise") {
  MatrixXd flat = MatrixXd::Zero(2, 2);
  flat(0, 0) = 1;
  const Gaussian<> line(Eigen::Vector2d(0, 0), Covariance<>::semidefinite(flat));
  const MatrixXd at = MatrixXd::Ones(2, 1);
  CHECK(tests::contains(tests::refusal([&] { line.log_density(at); }), "subspace", "no density"));
  CHECK(tests::contains(tests::refusal([&] { line.score(at, clean); }), "no density"));
  CHECK(line(at, clean) == Eigen::Vector2d(1, 0));
  CHECK(std::isfinite(line.log_density(at, {.alpha = 1, .sigma = 0.1})[0]));
}

TEST_CASE("a Gaussian in any units, and a level of any size") {
  const Level one{.alpha = 0.8, .sigma = 0.6};
  const MatrixXd product = data.covariance(x, one) * x;
  CHECK(tests::largest_difference(data.covariance_times(x, one, x), product) < 1e-15);
  for (const double unit : {1e-150, 1e-6, 1e6, 1e150}) {
    const Gaussian<> scaled(unit * data.mean(), Covariance<>(MatrixXd(unit * unit * full())));
    const Level t{.alpha = 0.8, .sigma = 0.6 * unit};
    const MatrixXd y = unit * x;
    CHECK(tests::largest_difference(scaled(y, t) / unit, data(x, one)) < 1e-13);
    CHECK(tests::largest_difference(scaled.score(y, t) * unit, data.score(x, one)) < 1e-13);
    CHECK(tests::largest_difference(scaled.log_density(y, t).array() + 3 * std::log(unit), data.log_density(x, one)) <
          1e-11);
    CHECK(tests::largest_difference(scaled.variance(y, t) / unit / unit, data.variance(x, one)) < 1e-14);
    CHECK(tests::largest_difference(scaled.covariance_times(y, t, x) / unit / unit, product) < 1e-14);
  }
  // A point, known to 1e−170, whose square is no number: score (αp − x)/σ², log density −½ (1/1)² − log σ − ½ log 2π.
  const Gaussian<> point(VectorXd::Constant(1, 0), Covariance<>::semidefinite(MatrixXd::Zero(1, 1)));
  const Level sharp{.alpha = 1, .sigma = 1e-170};
  const MatrixXd beside = MatrixXd::Constant(1, 1, 1e-170);
  CHECK(std::abs(point.score(beside, sharp)(0, 0) / -1e170 - 1) < 1e-14);
  CHECK(std::abs(point.log_density(beside, sharp)[0] -
                 (-0.5 + 170 * std::log(10) - 0.5 * std::log(2 * std::numbers::pi))) < 1e-11);
}

TEST_CASE("the log density in float at 3072 dimensions is that of double to its last digits") {
  const Eigen::Index d = 3072;
  const Gaussian<float> single(Eigen::VectorXf::Zero(d),
                               Covariance<float>::low_rank(Eigen::MatrixXf::Ones(d, 1), 0.3F));
  const Gaussian<> twice(VectorXd::Zero(d), Covariance<>::low_rank(MatrixXd::Ones(d, 1), double(0.3F)));
  const MatrixXd at = MatrixXd::Random(d, 2);
  const Level t{.alpha = 0.8, .sigma = 0.6};
  CHECK(tests::largest_difference(single.log_density(at.cast<float>().eval(), t),
                                  twice.log_density(MatrixXd(at.cast<float>().cast<double>()), t)) < 2e-3);
}

TEST_CASE("no samples are no samples") {
  const MatrixXd none(3, 0);
  CHECK(data(none, clean).cols() == 0);
  CHECK(data.score(none, {.alpha = 1, .sigma = 1}).cols() == 0);
  CHECK(data.log_density(none).size() == 0);
  CHECK(data.variance(none, clean).rows() == 3);
}

TEST_CASE("sample i of Normals is the same whatever the batch") {
  const MatrixXd all = data.draw(10, Normals{4});
  CHECK(tests::largest_difference(data.draw(3, Normals{4}, 5), all.middleCols(5, 3)) < 1e-15);
}

TEST_CASE("Gaussian refuses") {
  CHECK(tests::contains(tests::refusal([] { data.covariance_times(x, clean, MatrixXd(3, 2)); }), "3x4", "3x2"));
  CHECK(tests::contains(tests::refusal([] { Gaussian<>(VectorXd::Zero(2), Covariance<>::isotropic(3, 1)); }),
                        "dimension 2", "3"));
  CHECK(tests::contains(
      tests::refusal([] { Gaussian<>(VectorXd::Constant(2, std::nan("")), Covariance<>::isotropic(2, 1)); }), "mean",
      "not finite"));
  CHECK(tests::contains(tests::refusal([] { data(MatrixXd(2, 4), clean); }), "dimension is 3", "dimension 2"));
}

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;

namespace {
/// A Gaussian with one member changed.
struct Faulty {
  using Scalar = double;
  Gaussian<> truth{VectorXd::Constant(2, 0.3), Covariance<>(MatrixXd{{0.5, 0.2}, {0.2, 0.7}})};
  double estimate = 1, score_factor = 1, density = 1, spread = 1, product = 1;

  Eigen::Index dimension() const { return 2; }
  MatrixXd operator()(const MatrixXd& x, const Level& t) const { return estimate * truth(x, t); }
  MatrixXd score(const MatrixXd& x, const Level& t) const { return score_factor * truth.score(x, t); }
  VectorXd log_density(const MatrixXd& x, const Level& t) const { return density * truth.log_density(x, t); }
  MatrixXd variance(const MatrixXd& x, const Level& t) const { return spread * truth.variance(x, t); }
  MatrixXd covariance_times(const MatrixXd& x, const Level& t, const MatrixXd& z) const {
    return product * truth.covariance_times(x, t, z);
  }
};
const MatrixXd x{{0.3, -1.2, 2}, {0.1, 0.7, -0.4}};
const Level t = VariancePreserving{}(0.3);
}  // namespace

TEST_CASE("the law of exact models names the member that is wrong by a few millionths") {
  const double off = 1 + 5e-6;
  CHECK(laws::exact_model(Faulty{}, x, t) == laws::Broken{});
  CHECK(contains(laws::exact_model(Faulty{.density = off}, x, t).at(0), "the score, against"));
  CHECK(contains(laws::exact_model(Faulty{.spread = off}, x, t).at(0), "the variance, against"));
  CHECK(contains(laws::exact_model(Faulty{.product = off}, x, t).at(0), "the product with the covariance"));
  CHECK(contains(laws::exact_model(Faulty{.estimate = off}, x, t).at(0), "Tweedie's formula"));
  CHECK(contains(laws::exact_model(Faulty{.score_factor = off}, x, t).at(0), "Tweedie's formula"));
}

TEST_CASE("the law of exact models holds in other units") {
  for (const double unit : {1e-100, 1e-3, 1e5, 1e100}) {
    INFO("unit " << unit);
    const Gaussian<> data(VectorXd::Constant(2, 0.3 * unit),
                          Covariance<>(MatrixXd(unit * unit * MatrixXd{{0.5, 0.2}, {0.2, 0.7}})));
    CHECK(laws::exact_model(data, unit * x, {.alpha = 0.8, .sigma = 0.6 * unit}) == laws::Broken{});
  }
}

TEST_CASE("the law of exact models asks for samples of the model's dimension, signal and noise") {
  CHECK(contains(tests::refusal([] { laws::exact_model(Faulty{}, x.topRows(1), t); }), "1x3", "dimension 2"));
  CHECK(contains(tests::refusal([] { laws::exact_model(Faulty{}, x, clean); }), "sigma = 0", "positive"));
}

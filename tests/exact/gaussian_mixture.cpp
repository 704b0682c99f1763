#include "support/test.hpp"

#include <random>

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;

// The published numbers of a mixture are in golden/gmm.cpp. Here: the laws that tie its members to each other.

namespace {
GaussianMixture<> make() {
  MatrixXd means(2, 3), s(2, 2);
  means << 1, -1, 0.3, 0.5, -0.2, -1;
  s << 0.1, 0.04, 0.04, 0.2;
  return {Eigen::Vector3d(0.5, 0.3, 0.2), means, std::vector<MatrixXd>{s, 0.05 * MatrixXd::Identity(2, 2), 2 * s}};
}
const GaussianMixture<> data = make();
const MatrixXd x = 1.5 * MatrixXd::Random(2, 6);
const Level t = VariancePreserving{}(0.25);

/// The gradient of f by central differences.
template <class F>
MatrixXd differences(const F& f) {
  MatrixXd gradient(x.rows(), x.cols());
  for (Eigen::Index i = 0; i < x.rows(); ++i) {
    MatrixXd ahead = x, behind = x;
    ahead.row(i).array() += 1e-5;
    behind.row(i).array() -= 1e-5;
    gradient.row(i) = (f(ahead) - f(behind)).transpose() / 2e-5;
  }
  return gradient;
}
}  // namespace

TEST_CASE("the score is the gradient of the log density, and Tweedie's formula gives the estimate") {
  CHECK(tests::largest_difference(data.score(x, t),
                                  differences([](const MatrixXd& y) { return data.log_density(y, t); })) < 1e-8);
  CHECK(tests::largest_difference(data(x, t), MatrixXd((x + t.sigma * t.sigma * data.score(x, t)) / t.alpha)) < 1e-13);
}

TEST_CASE("the posterior covariance is (sigma^2/alpha) times the Jacobian of the estimate") {
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    MatrixXd jacobian(2, 2);
    for (Eigen::Index j = 0; j < 2; ++j) {
      VectorXd step = VectorXd::Zero(2);
      step[j] = 1e-5;
      jacobian.col(j) = (data(VectorXd(x.col(i) + step), t) - data(VectorXd(x.col(i) - step), t)) / 2e-5;
    }
    const MatrixXd covariance = data.covariance(x.col(i), t);
    CHECK(tests::largest_difference(covariance, MatrixXd(jacobian * t.sigma * t.sigma / t.alpha)) < 1e-9);
    CHECK(tests::largest_difference(MatrixXd(data.variance(x, t).col(i)), MatrixXd(covariance.diagonal())) < 1e-14);
  }
}

TEST_CASE("class probabilities: sums, gradients and the conditional mixture") {
  const VectorXd total =
      data.log_probability({0, 2}, x, t).array().exp() + data.log_probability({1}, x, t).array().exp();
  CHECK((total.array() - 1).abs().maxCoeff() < 1e-14);
  CHECK(tests::largest_difference(data.responsibilities(x, t).row(1).transpose().eval(),
                                  VectorXd(data.log_probability({1}, x, t).array().exp())) < 1e-15);
  const MatrixXd gradient = data.log_probability_gradient({2, 0}, x, t);
  CHECK(tests::largest_difference(gradient, differences([](const MatrixXd& y) {
                                    return data.log_probability({0, 2}, y, t);
                                  })) < 1e-8);
  CHECK(tests::largest_difference(gradient, MatrixXd(data.subset({0, 2}).score(x, t) - data.score(x, t))) < 1e-13);
  // Bayes: log p(x | class) = log P(class | x) + log p(x) − log P(class)
  const VectorXd conditional = data.log_probability({0, 2}, x, t) + data.log_density(x, t);
  CHECK((data.subset({0, 2}).log_density(x, t) - conditional).array().isApproxToConstant(-std::log(0.7), 1e-13));
}

TEST_CASE("a mixture of one component is that Gaussian, and marginal is the law of x_t") {
  const GaussianMixture<> one = data.subset({1});
  const Gaussian<>& same = data.components()[1];
  CHECK(tests::largest_difference(one(x, t), same(x, t)) < 1e-15);
  CHECK(tests::largest_difference(one.log_density(x, t), same.log_density(x, t)) < 1e-14);
  CHECK(tests::largest_difference(one.covariance(x.col(0), t), same.covariance(x.col(0), t)) < 1e-15);
  CHECK(tests::largest_difference(data.marginal(t).log_density(x), data.log_density(x, t)) < 1e-13);
}

TEST_CASE("far from every component nothing overflows or vanishes") {
  const MatrixXd far = MatrixXd::Constant(2, 1, 1e4);
  CHECK(std::isfinite(data.log_density(far, t)[0]));
  CHECK(data(far, t).allFinite());
  CHECK(data.log_probability_gradient({1}, far, t).allFinite());
  CHECK(std::abs(data.responsibilities(far, t).sum() - 1) < 1e-15);
}

TEST_CASE("moments and draws agree") {
  std::mt19937_64 engine(3);
  const Eigen::Index n = 100000;
  const MatrixXd draws = data.draw(n, engine), centred = draws.colwise() - data.moments().mean();
  CHECK((draws.rowwise().mean() - data.moments().mean()).cwiseAbs().maxCoeff() < 6.2 * std::sqrt(1.1 / double(n)));
  const MatrixXd covariance = data.moments().covariance().matrix();
  CHECK((centred * centred.transpose() / double(n) - covariance).cwiseAbs().maxCoeff() <
        6.2 * std::sqrt(3 * 1.1 * 1.1 / double(n)));
  // The draws see the mean to a standard error only; the weighted sum of the means sees it to rounding.
  VectorXd mean = VectorXd::Zero(2);
  for (std::size_t k = 0; k < 3; ++k) mean += data.weights()[Eigen::Index(k)] * data.components()[k].mean();
  CHECK(tests::largest_difference(data.moments().mean(), mean) < 1e-15);
}

TEST_CASE("float mixtures agree with double ones") {
  const GaussianMixture<float> single(
      Eigen::Vector3f(0.5f, 0.3f, 0.2f),
      MatrixXd((MatrixXd(2, 3) << 1, -1, 0.3, 0.5, -0.2, -1).finished()).cast<float>(),
      std::vector{Covariance<float>::isotropic(2, 0.1f), Covariance<float>::isotropic(2, 0.2f),
                  Covariance<float>::isotropic(2, 0.3f)});
  const GaussianMixture<> twice(
      Eigen::Vector3d(0.5, 0.3, 0.2), (MatrixXd(2, 3) << 1, -1, 0.3, 0.5, -0.2, -1).finished(),
      std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2), Covariance<>::isotropic(2, 0.3)});
  CHECK(tests::largest_difference(single(x, t), twice(x, t)) < 2e-6);
}

TEST_CASE("GaussianMixture refuses") {
  const std::vector<Covariance<>> two{Covariance<>::isotropic(2, 1), Covariance<>::isotropic(2, 1)};
  const MatrixXd means = MatrixXd::Zero(2, 2);
  CHECK(tests::contains(tests::refusal([&] { GaussianMixture<>(Eigen::Vector2d(0.5, 0.6), means, two); }), "sum to 1.1",
                        "must sum to 1"));
  CHECK(tests::contains(tests::refusal([&] { GaussianMixture<>(Eigen::Vector2d(-0.5, 1.5), means, two); }), "weight 0",
                        "-0.5"));
  CHECK(tests::contains(tests::refusal([&] { GaussianMixture<>(Eigen::Vector3d(0.2, 0.3, 0.5), means, two); }),
                        "3 weights", "2 means"));
  CHECK(tests::contains(
      tests::refusal([&] { GaussianMixture<>(Eigen::Vector2d(0.5, 0.5), MatrixXd(MatrixXd::Zero(3, 2)), two); }),
      "dimension 3", "2"));
  CHECK(tests::contains(tests::refusal([] { data.subset({}); }), "empty"));
  CHECK(tests::contains(tests::refusal([] { data.subset({3}); }), "no component 3", "3"));
  CHECK(tests::contains(tests::refusal([] { data.log_probability({-1}, x, t); }), "no component -1"));
  CHECK(tests::contains(tests::refusal([] { data.covariance(x, t); }), "one sample", "6"));
}

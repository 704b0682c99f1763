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

TEST_CASE("a component of weight 0 is not there") {
  MatrixXd means(2, 3);
  means << 1, -1, 0.3, 0.5, -0.2, -1;
  const Covariance<> one = Covariance<>::isotropic(2, 0.1), flat = Covariance<>::semidefinite(MatrixXd::Zero(2, 2));
  const GaussianMixture<> with(Eigen::Vector3d(0.5, 0, 0.5), means, std::vector{one, flat, one});
  MatrixXd two(2, 2);
  two << 1, 0.3, 0.5, -1;
  const GaussianMixture<> without(Eigen::Vector2d(0.5, 0.5), two, std::vector{one, one});
  for (const Level& level : {t, clean}) {
    CHECK(tests::largest_difference(with(x, level), without(x, level)) < 1e-14);
    CHECK(tests::largest_difference(with.score(x, level), without.score(x, level)) < 1e-13);
    CHECK(tests::largest_difference(with.log_density(x, level), without.log_density(x, level)) < 1e-13);
    CHECK(with.responsibilities(x, level).row(1).isZero(0));
    CHECK((with.log_probability({1}, x, level).array() == -std::numeric_limits<double>::infinity()).all());
    CHECK(with.log_probability({0, 1, 2}, x, level).isZero(1e-15));
    CHECK(tests::largest_difference(with.log_probability_gradient({0, 1}, x, level),
                                    without.log_probability_gradient({0}, x, level)) < 1e-13);
  }
  CHECK(tests::largest_difference(with.moments().covariance().matrix(), without.moments().covariance().matrix()) <
        1e-15);
  CHECK(tests::contains(tests::refusal([&] { with.log_probability_gradient({1}, x, t); }), "weights", "all 0"));
  CHECK(tests::contains(tests::refusal([&] { with.subset({1}); }), "weights", "all 0"));
}

TEST_CASE("a set that names a component twice is that set") {
  CHECK(data.log_probability({0, 2, 0}, x, t) == data.log_probability({0, 2}, x, t));
  CHECK(data.log_probability_gradient({2, 0, 2}, x, t) == data.log_probability_gradient({2, 0}, x, t));
  CHECK(data.subset({1, 1, 0}).weights() == data.subset({1, 0}).weights());
  CHECK((data.log_probability({0, 1, 2, 2}, x, t).array().abs() < 1e-15).all());
}

TEST_CASE("numbers whose squares are not numbers: the nearest component has it all") {
  MatrixXd means(1, 3);
  means << 1e160, -1e160, 0;
  const GaussianMixture<> far(Eigen::Vector3d(0.25, 0.25, 0.5), means,
                              std::vector<Covariance<>>(3, Covariance<>::isotropic(1, 1)));
  MatrixXd at(1, 4);
  at << 9e159, -1.2e160, 1e100, 0.5e160;  // the last as near to 0 as to 1e160: the weights decide
  const Level level{.alpha = 1, .sigma = 1};
  MatrixXd wanted(3, 4);
  wanted << 1, 0, 0, 1. / 3, 0, 1, 0, 0, 0, 0, 1, 2. / 3;
  CHECK(tests::largest_difference(far.responsibilities(at, level), wanted) < 1e-15);
  CHECK(std::abs(far(at, level)(0, 0) / 9.5e159 - 1) < 1e-14);
  CHECK(std::abs(far.score(at, level)(0, 1) / 1e159 - 1) < 1e-13);
  CHECK(far.log_density(at, level)[0] == -std::numeric_limits<double>::infinity());
  CHECK(far.log_probability({0}, at, level)[0] == 0);
  CHECK(far.log_probability_gradient({0}, at, level)(0, 0) == 0);
  CHECK(std::abs(far.log_probability_gradient({1}, at, level)(0, 0) / -1e160 - 1) < 1e-14);  // (m₁ − m₀)/c
  CHECK(far.variance(at, level).col(0).isConstant(0.5, 1e-15));
}

TEST_CASE("components in one subspace: moments, and the estimate without noise") {
  MatrixXd means(2, 2), line = MatrixXd::Zero(2, 2);
  means << 1, 3, 0.5, 0.5;
  line(0, 0) = 0.2;
  const GaussianMixture<> flat(Eigen::Vector2d(0.5, 0.5), means,
                               std::vector<Covariance<>>(2, Covariance<>::semidefinite(line)));
  CHECK(tests::largest_difference(flat.moments().covariance().matrix(), MatrixXd{{1.2, 0}, {0, 0}}) < 1e-15);
  CHECK(tests::largest_difference(flat.mean(), Eigen::Vector2d(2, 0.5)) < 1e-15);
  const MatrixXd at = Eigen::Vector2d(1.7, 0.5);
  CHECK(tests::largest_difference(flat(at, clean), at) < 1e-15);
  CHECK(tests::largest_difference(flat(MatrixXd(at * 0.5), {.alpha = 0.5, .sigma = 0}), at) < 1e-15);
  CHECK(flat.variance(at, clean).isZero(1e-30));
  CHECK(tests::contains(tests::refusal([&] { flat.log_density(at); }), "no density"));
}

TEST_CASE("products with the posterior covariance are those of its matrix") {
  const MatrixXd z = MatrixXd::Random(2, 6), products = data.covariance_times(x, t, z);
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    CHECK(tests::largest_difference(VectorXd(products.col(i)), VectorXd(data.covariance(x.col(i), t) * z.col(i))) <
          1e-15);
  CHECK(tests::contains(tests::refusal([&] { data.covariance_times(x, t, z.leftCols(2)); }), "2x6", "2x2"));
}

TEST_CASE("draws of Normals: sample i, and its component, are the same whatever the batch") {
  const Eigen::Index n = 100000;
  const MatrixXd draws = data.draw(n, Normals{8}), centred = draws.colwise() - data.mean();
  CHECK(tests::largest_difference(data.draw(40, Normals{8}, 70), draws.middleCols(70, 40)) < 1e-15);
  CHECK((draws.rowwise().mean() - data.mean()).cwiseAbs().maxCoeff() < 6.2 * std::sqrt(1.1 / double(n)));
  CHECK((centred * centred.transpose() / double(n) - data.covariance().matrix()).cwiseAbs().maxCoeff() <
        6.2 * std::sqrt(3 * 1.1 * 1.1 / double(n)));
}

TEST_CASE("weights sum to 1 to the rounding of their scalar and number") {
  const Eigen::Index K = 3000;
  const std::vector<Covariance<float>> covariances(std::size_t(K), Covariance<float>::isotropic(1, 1));
  const Eigen::MatrixXf zero = Eigen::MatrixXf::Zero(1, K), at = Eigen::MatrixXf::Constant(1, 1, 0.5F);
  const GaussianMixture<float> equal(Eigen::VectorXf::Constant(K, 1.F / float(K)), zero, covariances);
  CHECK(std::abs(equal.log_density(at)[0] - (-0.125F - 0.5F * std::log(2 * 3.14159265F))) < 2e-6F);
  CHECK(tests::contains(tests::refusal([&] {
                          GaussianMixture<float>(Eigen::VectorXf::Constant(K, 1.002F / float(K)), zero, covariances);
                        }),
                        "sum to 1.00"));
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

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Level t = VariancePreserving{}(0.3);
const Gaussian<> model(Eigen::Vector2d(0.5, -0.3), Covariance<>(Eigen::Matrix2d{{0.3, 0.1}, {0.1, 0.2}}));

}  // namespace

TEST_CASE("products: differences and the posterior covariance give the same, column by column") {
  const MatrixXd x = MatrixXd::Random(2, 4), z = MatrixXd::Random(2, 4);
  const MatrixXd exact = t.alpha / (t.sigma * t.sigma) * model.covariance(MatrixXd(x.col(0)), t) * z;
  CHECK(largest_difference(covariance_product(model)(x, t, z), exact) < 1e-14);
  CHECK(largest_difference(covariance_product(std::cref(model))(x, t, z), exact) < 1e-14);
  CHECK(largest_difference(difference_product(model)(x, t, z), exact) < 1e-9);
  const Gaussian<float> in_float(model.mean().cast<float>(),
                                 Covariance<float>(model.covariance().matrix().cast<float>()));
  const Eigen::MatrixXf xf = x.cast<float>(), zf = z.cast<float>();
  CHECK(largest_difference(difference_product(in_float)(xf, t, zf), exact) < 1e-3);
}

TEST_CASE("covariance_product: of a model with a covariance alone, and without a matrix of d x d where it can") {
  struct Alone {
    MatrixXd covariance(const MatrixXd&, const Level&) const { return MatrixXd{{0.3, 0.1}, {0.1, 0.2}}; }
  };
  const MatrixXd x = MatrixXd::Random(2, 4), z = MatrixXd::Random(2, 4);
  const MatrixXd wanted = t.alpha / (t.sigma * t.sigma) * Alone{}.covariance(x, t) * z;
  CHECK(largest_difference(covariance_product(Alone{})(x, t, z), wanted) < 1e-14);
  // 200,000 coordinates: a matrix of d × d would be 320 GB.
  const Eigen::Index d = 200000;
  const Gaussian<> wide(Eigen::VectorXd::Zero(d), Covariance<>::low_rank(MatrixXd::Ones(d, 1) / std::sqrt(d), 1));
  const MatrixXd ones = MatrixXd::Ones(d, 1);  // of eigenvalue v = 2, so that σ²v/(α²v + σ²) is that of the product
  const double s2 = t.sigma * t.sigma, gain = t.alpha * 2 / (t.alpha * t.alpha * 2 + s2);
  CHECK(largest_difference(covariance_product(std::cref(wide))(ones, t, ones), MatrixXd(gain * ones)) < 1e-12);
}

TEST_CASE("difference_product: its error is of second order in the step") {
  // [(x + hz)³ − (x − hz)³]/2h = 3x²z + h²z³, with h z a step of relative_step·σ.
  const auto cubic = [](const MatrixXd& x, const Level&) -> MatrixXd { return x.array().cube(); };
  const MatrixXd x = MatrixXd::Constant(1, 1, 2), z = MatrixXd::Constant(1, 1, 1.5);
  const auto error = [&](double step) { return difference_product(cubic, step)(x, t, z)(0, 0) - 18; };
  CHECK(std::abs(error(0.1) - 1.5 * std::pow(0.1 * t.sigma, 2)) < 1e-12);
  CHECK(std::abs(error(0.1) / error(0.05) - 4) < 1e-9);
}

TEST_CASE("difference_product: linear in z, whatever its units and those of the state") {
  const GaussianMixture<> mixture(Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-1, 0.8}, {0.2, 1}},
                                  std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2)});
  const MatrixXd x = MatrixXd{{0.3, -1, 0.5}, {1.5, 0, 0.2}}, z = MatrixXd{{1, -2, 0}, {0.5, 3, 0}};
  const MatrixXd exact = covariance_product(mixture)(x, t, z), found = difference_product(mixture)(x, t, z);
  CHECK(largest_difference(found, exact) < 1e-8);
  CHECK(found.col(2) == Eigen::VectorXd::Zero(2));
  for (const double unit : {1e-300, 1e-150, 1e-4, 1e4, 1e8, 1e150, 1e300})
    CHECK(largest_difference(MatrixXd(difference_product(mixture)(x, t, unit * z) / unit), found) < 1e-10);
  MatrixXd uneven = z;  // each sample has its own step
  uneven.col(1) *= 1e12;
  const MatrixXd mixed = difference_product(mixture)(x, t, uneven);
  CHECK(largest_difference(MatrixXd(mixed.col(0)), MatrixXd(found.col(0))) < 1e-10);
  CHECK(largest_difference(MatrixXd(mixed.col(1) / 1e12), MatrixXd(found.col(1))) < 1e-10);
  // Data and levels of other units; x is of order 1 where σ is small.
  for (const double unit : {1e-150, 1e150}) {
    const Level other{.time = t.time, .alpha = t.alpha, .sigma = t.sigma * unit};
    const auto scaled = [&](const MatrixXd& y, const Level&) -> MatrixXd {
      return unit * mixture(MatrixXd(y / unit), t);
    };
    CHECK(largest_difference(difference_product(scaled)(MatrixXd(unit * x), other, z), exact) < 1e-8);
  }
  const auto halves = [](const MatrixXd& y, const Level&) -> MatrixXd { return y / 2; };
  for (const double sigma : {1e-3, 1e-6, 1e-9}) {
    const Level quiet{.alpha = 1, .sigma = sigma};
    // Rounding 2⁻⁵²|x|/h with h = σ(2⁻⁵²|x|/σ)^(1/3), a few of them.
    const double rounding = std::pow(2.2e-16 * 1.5 / sigma, 2.0 / 3);
    CHECK(largest_difference(difference_product(halves)(x, quiet, z), MatrixXd(z / 2)) < 4 * rounding);
  }
  const Eigen::MatrixXf xf = x.cast<float>(), zf = z.cast<float>();
  const auto halves_of_floats = [](const Eigen::MatrixXf& y, const Level&) -> Eigen::MatrixXf { return y / 2; };
  CHECK(largest_difference(difference_product(halves_of_floats)(xf, Level{.alpha = 1, .sigma = 1e-3}, zf),
                           MatrixXd(z / 2)) < 0.015);
}

TEST_CASE("jacobian and tweedie_covariance: refusals") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  CHECK(contains(refusal([&] { jacobian(covariance_product(model), x, t); }), "one sample", "2"));
  CHECK(contains(refusal([&] { tweedie_covariance(covariance_product(model), x.col(0), Cosine{}(1)); }), "alpha = 0"));
  CHECK(contains(refusal([&] { covariance_product(model)(x, clean, x); }), "sigma = 0"));
  CHECK(contains(refusal([&] { difference_product(model)(x, clean, x); }), "sigma"));
  CHECK(contains(refusal([&] { difference_product(model)(x, t, MatrixXd(x.col(0))); }), "z has the shape 2x1", "2x2"));
  CHECK(contains(refusal([&] { difference_product(model, -1); }), "relative_step = -1"));
}

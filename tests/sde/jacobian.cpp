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

TEST_CASE("difference_product: its error is of second order in the step") {
  const auto cubic = [](const MatrixXd& x, const Level&) -> MatrixXd { return x.array().cube(); };
  const MatrixXd x = MatrixXd::Constant(1, 1, 2), z = MatrixXd::Constant(1, 1, 1.5);
  const auto error = [&](double step) { return difference_product(cubic, step)(x, t, z)(0, 0) - 18; };
  CHECK(std::abs(error(0.1) - std::pow(0.1 * t.sigma, 2) * std::pow(1.5, 3)) < 1e-12);
  CHECK(std::abs(error(0.1) / error(0.05) - 4) < 1e-9);
}

TEST_CASE("jacobian and tweedie_covariance: refusals") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  CHECK(contains(refusal([&] { jacobian(covariance_product(model), x, t); }), "one sample", "2"));
  CHECK(contains(refusal([&] { tweedie_covariance(covariance_product(model), x.col(0), Cosine{}(1)); }), "alpha = 0"));
  CHECK(contains(refusal([&] { covariance_product(model)(x, clean, x); }), "sigma = 0"));
  CHECK(contains(refusal([&] { difference_product(model)(x, clean, x); }), "sigma"));
  CHECK(contains(refusal([&] { difference_product(model, -1); }), "relative_step = -1"));
}

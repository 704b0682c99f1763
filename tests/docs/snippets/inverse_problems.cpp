// The programs of the page on inverse problems.

#include "support/test.hpp"

namespace {
using namespace tweedie;
using Eigen::MatrixXd;

TEST_CASE("Page inverse_problems: a measurement, an estimate, the truth") {
  // [measurement]
  const GaussianMixture<> data(Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-1, 0.8}, {0.2, 1}},
                               std::vector<Eigen::Matrix2d>{Eigen::Matrix2d{{0.10, 0.06}, {0.06, 0.08}},
                                                            Eigen::Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}});
  const LinearMeasurement y(Eigen::RowVector2d(1, 0.5), MatrixXd::Constant(1, 1, 0.9), 0.2);  // A, y, noise
  const auto guided = mmps(data, y, covariance_product(data));  // of a network: the products Jᵀu of its Jacobian

  const Grid grid = levels(VariancePreserving{}, quadratic(100));
  const MatrixXd x = sample(guided, DDPM{}, prior(grid.front(), {2, 500}, Normals{7}), grid, Normals{7});

  const GaussianMixture<> truth = posterior(data, y);
  // [measurement]
  CHECK(frechet(truth.moments(), Gaussian<>(x.rowwise().mean(), truth.moments().covariance())) < 0.01);
}

TEST_CASE("Page inverse_problems: a density instead of data") {
  // [density]
  const auto log_density = [](const MatrixXd& x) -> Eigen::VectorXd {  // a ring of radius 1, less its right half
    const Eigen::ArrayXd radius = x.colwise().norm().transpose();
    return (-50 * (radius - 1).square() - 4 * x.row(0).transpose().array()).matrix();
  };
  const Gaussian<> reference(Eigen::Vector2d::Zero(), Covariance<>::isotropic(2, 1));
  const FromDensity model{log_density, 2000, reference};

  const Grid grid = levels(VariancePreserving{}, quadratic(30));
  const MatrixXd x = sample(model, DDPM{}, prior(grid.front(), {2, 50}, Normals{7}), grid, Normals{7});
  const DensityEstimate last = model.estimate(x, grid[28]);  // what it knew of itself at the last level but one
  // [density]
  CHECK(std::abs(x.colwise().norm().mean() - 1) < 0.1);
  CHECK(x.row(0).mean() < -0.3);
  CHECK(last.effective.minCoeff() > 10);
  CHECK(last.standard_error.maxCoeff() < 0.1);
}

TEST_CASE("Page inverse_problems: a particle filter") {
  const GaussianMixture<> data(Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-1, 0.8}, {0.2, 1}},
                               std::vector<Eigen::Matrix2d>{Eigen::Matrix2d{{0.10, 0.06}, {0.06, 0.08}},
                                                            Eigen::Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}});
  const LinearMeasurement y(Eigen::RowVector2d(1, 0.5), MatrixXd::Constant(1, 1, 0.9), 0.2);
  const Grid grid = levels(VariancePreserving{}, quadratic(100));
  // [filter]
  const auto twist = measurement_twist(data, y, covariance_product(data));
  const auto particles =
      twisted_filter(data, DDPM{}, twist, prior(grid.front(), {2, 500}, Normals{7}), grid, Normals{7});
  const Eigen::VectorXd mean = particles.x * particles.weights;
  // [filter]
  CHECK((mean - posterior(data, y).moments().mean()).norm() < 0.1);
  CHECK(particles.effective.size() == 100);
}

}  // namespace

// The programs of docs/ddpm.md.

#include "support/test.hpp"

namespace {
using namespace tweedie;

TEST_CASE("Page ddpm: the two published variances and one's own") {
  // [ddpm]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const Grid grid = levels(VariancePreserving{}, uniform(50));  // 50 steps in time, from t = 1 onto the data

  const DDPM small;                                // the posterior variance, Ho's β̃
  const DDPM large{.variance = forward_variance};  // the forward variance, Ho's β
  const DDPM between{.variance = [](const Level& t, const Level& s) {
    return std::sqrt(posterior_variance(t, s) * forward_variance(t, s));
  }};

  const Eigen::MatrixXd start = prior(grid.front(), {2, 1000}, Normals{7});  // 1000 samples, one a column
  const Eigen::MatrixXd x = sample(data, large, start, grid, Normals{7});    // the Gaussian is its own denoiser

  const Gaussian<> law = push_forward(tabulate(between, grid), data);  // the law of the result, without sampling
  // [ddpm]
  CHECK(x.rows() == 2);
  CHECK(x.cols() == 1000);
  CHECK(x.allFinite());
  const double narrow = push_forward(tabulate(small, grid), data).covariance().matrix().trace(),
               wide = push_forward(tabulate(large, grid), data).covariance().matrix().trace();
  CHECK(narrow < law.covariance().matrix().trace());
  CHECK(law.covariance().matrix().trace() < wide);
}

TEST_CASE("Page ddpm: what a network predicts is turned into x0 in one place") {
  // [prediction]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const auto predicts_v = [&](const Eigen::MatrixXd& x, const Level& t) -> Eigen::MatrixXd {
    const Eigen::MatrixXd x0 = data(x, t), eps = (x - t.alpha * x0) / t.sigma;
    return t.alpha * eps - t.sigma * x0;
  };
  const auto denoise = network(Prediction::v, predicts_v);  // (x, level) → x̂₀

  const Level t = VariancePreserving{}(0.3);
  const Eigen::MatrixXd x0 = data.draw(4, Normals{7}), eps = Eigen::MatrixXd::Random(2, 4);
  const Eigen::MatrixXd x = noised(x0, t, eps);                 // α x₀ + σ ε
  const Eigen::MatrixXd v = target(Prediction::v, x0, eps, t);  // α ε − σ x₀, what the network is trained to give
  const Eigen::MatrixXd recovered = t.alpha * x - t.sigma * v;  // x₀ again, as α² + σ² = 1
  // [prediction]
  CHECK(tests::largest_difference(recovered, x0) < 1e-14);
  CHECK(tests::largest_difference(denoise(x, t), data(x, t)) < 1e-13);
}

}  // namespace

// The programs of the pages on equations in time, the probability flow, and score matching.

#include <tweedie/sde/dual_product.hpp>

#include "support/test.hpp"

namespace {
using namespace tweedie;

TEST_CASE("Page sde: a reverse equation as rows") {
  // [reverse]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const VariancePreserving schedule{};
  const Grid grid = levels(schedule, quadratic(50));
  const Eigen::MatrixXd start = prior(grid.front(), {2, 1000}, Normals{7});

  const Eigen::MatrixXd x = sample(data, ExponentialEuler{.noise = 1.4}, start, grid, Normals{7});
  const Eigen::MatrixXd y = sample(data, ReverseDiffusion{}, start, grid, Normals{7});
  // [reverse]
  CHECK(std::abs(x.row(0).mean() - 1.3) < 0.1);
  CHECK(std::abs(y.row(0).mean() - 1.3) < 0.1);
}

// [general]
struct DoubleWell {  // dx = (x − x³) dt + 0.7 dw
  Eigen::MatrixXd drift(const Eigen::MatrixXd& x, double) const { return x.array() - x.array().cube(); }
  double diffusion(double) const { return 0.7; }
};
// [general]

TEST_CASE("Page sde: an equation of one's own") {
  const Eigen::MatrixXd x = simulate(DoubleWell{}, Eigen::MatrixXd::Zero(1, 1000), uniform(200, 0, 10), Normals{1});
  CHECK(std::abs(x.cwiseAbs().mean() - 0.8) < 0.15);
}

TEST_CASE("Page sde: predictor and corrector") {
  const Gaussian<> data(Eigen::VectorXd::Constant(64, 1.3), Covariance<>::isotropic(64, 0.25));
  // [corrector]
  const Grid grid = levels(SubVariancePreserving{}, quadratic(50));
  const PredictorCorrector sampler{ReverseDiffusion{}, Langevin{.snr = 0.1}, 2};
  const Eigen::MatrixXd x = sample(data, sampler, prior(grid.front(), {64, 100}, Normals{7}), grid, Normals{7});

  const PredictorCorrector as_table{ReverseDiffusion{}, AnnealedLangevin{.snr = 0.1}, 2};
  const Gaussian<> result = push_forward(tabulate(as_table, grid), data);
  // [corrector]
  CHECK(std::abs(x.mean() - 1.3) < 0.05);
  CHECK(std::abs(result.mean()[0] - 1.3) < 0.05);
}

TEST_CASE("Page probability_flow: the flow both ways") {
  // [flow]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const VariancePreserving schedule{};
  const Level noisy = schedule(1), fine = schedule(1e-3);
  const AdaptiveFlow flow{.at = at_lambda(schedule), .relative_tolerance = 1e-8, .absolute_tolerance = 1e-8};

  const Eigen::MatrixXd x = data.marginal(fine).draw(10, Normals{7});
  const Eigen::MatrixXd latents = sample(data, flow, x, {fine, noisy});
  const Eigen::MatrixXd back = sample(data, flow, latents, {noisy, fine});
  const Eigen::MatrixXd between = sample(data, flow, interpolated(latents.col(0), latents.col(1), 0.5), {noisy, fine});
  // [flow]
  CHECK(tests::largest_difference(back, x) < 1e-6);
  CHECK(between.allFinite());

  // [likelihood]
  const auto found = log_likelihood(data, PosteriorTrace{data}, x, fine, noisy, flow);
  const Eigen::VectorXd error = found.log_density - data.log_density(x, fine);  // the flow's prior is N(0, σ²I)
  const double bits = found.bits_per_dimension(Density{});
  // [likelihood]
  CHECK(error.cwiseAbs().maxCoeff() < 0.1);
  CHECK(std::isfinite(bits));

  const auto my_network = [&](const Eigen::MatrixXd& state, const Level& t) { return data(state, t); };
  // [hutchinson]
  const auto denoise = network(Prediction::x0, my_network);
  const Hutchinson divergence{difference_product(denoise), 32};  // 32 probes of signs
  const auto estimate = log_likelihood(denoise, divergence, x, fine, noisy, flow);
  const Eigen::VectorXd standard_error = estimate.standard_error;  // of estimate.log_density, nats
  // [hutchinson]
  CHECK(((estimate.log_density - found.log_density).array().abs() <= 6 * standard_error.array() + 1e-6).all());
}

TEST_CASE("Page probability_flow: dual numbers") {
  const Eigen::Matrix2d A{{0.3, 0.1}, {-0.2, 0.4}};
  const Level t = VariancePreserving{}(0.3);
  const Eigen::MatrixXd x = Eigen::MatrixXd::Random(2, 3);
  // [dual]
  // #include <tweedie/sde/dual_product.hpp>
  const auto layer = [A](const auto& y, const Level& level) {
    using Scalar = typename std::remove_cvref_t<decltype(y)>::Scalar;
    auto out = (A.cast<Scalar>() * y).eval();
    for (Eigen::Index i = 0; i < out.size(); ++i) out(i) = Scalar(level.alpha) * tanh(out(i));
    return out;
  };
  Eigen::ArrayXXd divergence;
  SummedDivergence{dual_product(layer)}(x, t, divergence);
  // [dual]
  Eigen::ArrayXXd differences;
  SummedDivergence{difference_product(layer)}(x, t, differences);
  CHECK(tests::largest_difference(divergence, differences) < 1e-8);
}

TEST_CASE("Page score_matching: a training loop held against the truth") {
  const auto my_score = [](const Eigen::MatrixXd& x, const Level&) -> Eigen::MatrixXd { return -0.7 * x; };
  // [matching]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const Level t = VariancePreserving{}(0.3);
  const Eigen::MatrixXd x0 = data.draw(100'000, Normals{7}), x = noised(x0, t, Normals{8});
  const auto truth = [&](const Eigen::MatrixXd& y, const Level& level) { return data.score(y, level); };

  const double J = explicit_score_loss(my_score, truth, x, t).mean(),
               I = data.score(x, t).colwise().squaredNorm().mean();
  const double denoising = denoising_score_loss(my_score, x0, t, Normals{8}).mean();                 // J + d/σ² − I
  const double implicit = implicit_score_loss(my_score, difference_product(my_score), x, t).mean();  // (J − I)/2
  // [matching]
  CHECK(std::abs(denoising - (J + denoising_constant(t, 2) - I)) < 0.05);
  CHECK(std::abs(implicit - (J - I) / 2) < 0.02);
}

}  // namespace

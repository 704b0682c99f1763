// Everything of sde/ on tensors beside matrices: the same numbers. One file, for Tensor is dear to include.

#include <unsupported/Eigen/CXX11/Tensor>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Images = Eigen::Tensor<double, 3>;

namespace {

const VariancePreserving vp{};
const Level t = vp(0.4), s = vp(0.2);
const Gaussian<> model(Eigen::VectorXd::LinSpaced(6, -1, 1), Covariance<>::isotropic(6, 0.3));

/// The same numbers as a tensor of 2 × 3 × n and as a matrix of 6 × n.
MatrixXd flattened(const Images& x) {
  return columns(x);
}
Images some_images() {
  Images x(2, 3, 4);
  Normals{3}(x, 0);
  return x;
}

}  // namespace

TEST_CASE("Tensors: scores, velocities, correctors, flows and interpolations") {
  const Images x = some_images();
  const MatrixXd y = flattened(x);
  CHECK(tests::largest_difference(flattened(score(model, x, t)), score(model, y, t)) == 0);
  CHECK(tests::largest_difference(flattened(velocity(model, x, t)), velocity(model, y, t)) == 0);
  const auto ones = [](auto& z) { flat(z).setOnes(); };
  CHECK(tests::largest_difference(flattened(Langevin{}.correct(model, x, t, ones)),
                                  Langevin{}.correct(model, y, t, ones)) == 0);
  const AdaptiveFlow flow{.at = at_lambda(vp)};
  CHECK(tests::largest_difference(flattened(sample(model, flow, x, {t, s})), sample(model, flow, y, {t, s})) == 0);
  CHECK(tests::largest_difference(flattened(interpolated(x, x, 0.3)), interpolated(y, y, 0.3)) == 0);
  const Grid grid{vp(1), t, s};
  const PredictorCorrector sampler{ReverseDiffusion{}, Langevin{}};
  CHECK(tests::largest_difference(flattened(sample(model, sampler, x, grid, Normals{1})),
                                  sample(model, sampler, y, grid, Normals{1})) == 0);
}

TEST_CASE("Tensors: equations") {
  const Images x = some_images();
  const MatrixXd y = flattened(x);
  const auto score_at = [](const auto& state, double time) { return score(model, state, vp(time)); };
  const auto reverse = reverse_sde(LinearSde{vp}, score_at);
  CHECK(tests::largest_difference(flattened(simulate(reverse, x, {0.5, 0.4, 0.3}, Normals{1})),
                                  simulate(reverse, y, {0.5, 0.4, 0.3}, Normals{1})) == 0);
}

TEST_CASE("Tensors: divergences, likelihoods and losses") {
  const Images x = some_images();
  const MatrixXd y = flattened(x);
  const Hutchinson divergence{difference_product(std::cref(model)), 3, Probe::gaussian};
  Eigen::ArrayXXd of_x, of_y;
  divergence(x, t, of_x), divergence(y, t, of_y);
  CHECK(tests::largest_difference(of_x, of_y) == 0);
  PosteriorTrace{std::cref(model)}(x, t, of_x), SummedDivergence{covariance_product(std::cref(model))}(x, t, of_y);
  CHECK(tests::largest_difference(of_x, of_y) < 1e-12);
  const AdaptiveFlow flow{.at = at_lambda(vp)};
  const auto a = log_likelihood(model, divergence, x, s, vp(1), flow);
  const auto b = log_likelihood(model, divergence, y, s, vp(1), flow);
  CHECK(tests::largest_difference(a.estimates, b.estimates) == 0);
  const auto rough = [](const auto& state, const Level&, auto& out) { flat(out) = -flat(state); };
  const auto product = difference_product(rough);
  CHECK(tests::largest_difference(denoising_score_loss(rough, x, t, Normals{1}),
                                  denoising_score_loss(rough, y, t, Normals{1})) == 0);
  CHECK(tests::largest_difference(implicit_score_loss(rough, product, x, t),
                                  implicit_score_loss(rough, product, y, t)) == 0);
  CHECK(tests::largest_difference(sliced_score_loss(rough, product, x, t, Normals{1}),
                                  sliced_score_loss(rough, product, y, t, Normals{1})) == 0);
}

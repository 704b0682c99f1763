// The programs of docs/analytic_variance.md and docs/extended_variance.md.

#include <filesystem>

#include "support/test.hpp"

namespace {
using namespace tweedie;
using Eigen::MatrixXd;

GaussianMixture<> two_clouds() {
  return {Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-0.7, 0.5}, {0.2, -0.3}},
          std::vector<Eigen::Matrix2d>{Eigen::Matrix2d{{0.10, 0.06}, {0.06, 0.08}},
                                       Eigen::Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}}};
}

TEST_CASE("Page analytic_variance: measured once, used on any grid") {
  const GaussianMixture<> denoise = two_clouds();
  const MatrixXd data = denoise.draw(5000, Philox(1)), held_out = denoise.draw(2000, Philox(2));
  // [measure]
  const VariancePreserving schedule;
  const VarianceTable v = measured_variance(denoise, data, levels(schedule, uniform(50)), Normals{1});

  const Grid grid = levels(schedule, uniform(10));
  const Table table = with_variance(tabulate(DDPM{}, grid), v);  // or DDIM{.eta = …}, or rows of your own
  const MatrixXd x = sample(denoise, table, prior(grid.front(), {2, 1000}, Normals{7}), Normals{7});
  // [measure]
  CHECK(x.allFinite());
  CHECK(v.entries().size() == 51);
  // [trajectory]
  const Trajectory best = optimal_trajectory(levels(schedule, uniform(200)), 10, v);  // ten steps through 201 levels
  const Table rows =
      with_variance(tabulate(DDPM{}, best.grid), v, LastRow::noise);  // the last row draws noise: the decoder
  const auto bound = nelbo(denoise, rows, held_out, Normals{2}, Density{});
  const double bits = bound.bits_per_dimension(), error = bound.standard_error();
  // [trajectory]
  const auto even = nelbo(denoise, with_variance(tabulate(DDPM{}, grid), v, LastRow::noise), held_out, Normals{2});
  const double truth = -denoise.log_density(held_out).mean() / 2 / std::numbers::ln2;
  CHECK(bits > truth);
  CHECK(bits < even.bits_per_dimension() - 3 * error);
}

TEST_CASE("Page analytic_variance: which estimate, batch by batch, kept in a file") {
  const GaussianMixture<> denoise = two_clouds();
  const std::vector<MatrixXd> batches{denoise.draw(500, Philox(1)), denoise.draw(700, Philox(2))};
  const std::filesystem::path folder = std::filesystem::path(TWEEDIE_BINARY_DIR) / "snippets";
  std::filesystem::create_directories(folder);
  const std::string file = (folder / "variance.txt").string();
  // [choices]
  VarianceEstimator estimator(
      levels(VariancePreserving{}, uniform(50, 1, 0.01)),
      {.estimate = VarianceEstimate::eps, .form = VarianceForm::diagonal, .data = Range{-9, 9}});
  for (const MatrixXd& batch : batches) estimator.add(denoise, batch, Normals{1});  // in any sizes
  const VarianceTable measured = estimator.table();
  const double error = measured.entries().front().error(0, 0);  // of the first coordinate at the noisiest level: large
  const VarianceTable held = measured.clipped({-9, 9});  // eps may give negative numbers; the residual never does
  save(held, file);                                      // a text file
  const VarianceTable back = load_variance(file);
  // [choices]
  CHECK(error > 1);
  CHECK(back.at(back.grid()[3]) == held.at(held.grid()[3]));
}

TEST_CASE("Page extended_variance: a variance for each coordinate") {
  const GaussianMixture<> model = two_clouds();
  const auto denoise = model;
  const MatrixXd data = model.draw(5000, Philox(1));
  const Grid grid = levels(VariancePreserving{}, uniform(10));
  const MatrixXd start = prior(grid.front(), {2, 1000}, Normals{7});
  const auto my_second_head = [&](const MatrixXd& x, const Level& t) -> MatrixXd {  // E[(ε − ε̂)² | x]
    return t.alpha * t.alpha / (t.sigma * t.sigma) * model.variance(x, t);
  };
  const auto my_range_head = [](const MatrixXd& x, double) -> MatrixXd { return x.array().tanh(); };
  // [elementwise]
  // A number for each coordinate, measured; the same as a matrix; and one that depends on the state, from a network's
  // second head.
  const VarianceTable v = measured_variance(denoise, data, grid, Normals{1}, {.form = VarianceForm::full});
  const MatrixXd x = sample(denoise, ElementwiseVariance{DDPM{}, v}, start, grid, Normals{7});
  const MatrixXd y = sample(denoise, FullCovariance{DDPM{}, v}, start, grid, Normals{7});
  const MatrixXd w =
      sample(denoise, ElementwiseVariance{DDIM{.eta = 0.5}, npr_variance(my_second_head)}, start, grid, Normals{7});
  const MatrixXd u = sample(denoise, LearnedVariance{DDPM{}, learned_range(my_range_head)}, start, grid, Normals{7});
  // [elementwise]
  CHECK(u.allFinite());
  CHECK(x.allFinite());
  CHECK(y.allFinite());
  CHECK(w.allFinite());
  CHECK(tests::largest_difference(x, y) > 1e-3);
}

}  // namespace

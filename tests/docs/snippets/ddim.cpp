// The programs of docs/ddim.md.

#include "support/test.hpp"

namespace {
using namespace tweedie;

TEST_CASE("Page ddim: a deterministic run, a noisy one, and their laws") {
  // [ddim]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const Discrete chain = Discrete::linear();            // Ho's 1000 steps; n = 0 is the data
  const Grid grid = levels(chain, respaced("ddim50"));  // 50 of them, noisiest first, ending at n = 0

  const Eigen::MatrixXd start = prior(grid.front(), {2, 1000}, Normals{7});
  const Eigen::MatrixXd x = sample(data, DDIM{}, start, grid);                      // draws no noise
  const Eigen::MatrixXd y = sample(data, DDIM{.eta = 1}, start, grid, Normals{7});  // DDPM

  const double lost = wasserstein2(push_forward(tabulate(DDIM{}, grid), data), data);
  // [ddim]
  CHECK(grid.size() == 51);
  CHECK(grid.back().sigma == 0);
  CHECK(x.allFinite());
  CHECK(tests::largest_difference(y, sample(data, DDPM{}, start, grid, Normals{7})) < 1e-10);
  CHECK(lost > 0);
  CHECK(lost < 0.1);
}

TEST_CASE("Page ddim: from data to noise and back") {
  // [inversion]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const Grid down = levels(VariancePreserving{}, uniform(20, 1, 0.01)), up(down.rbegin(), down.rend());
  const Eigen::MatrixXd x = data.marginal(down.back()).draw(100, Normals{7});  // at t = 0.01, where σ > 0

  const Eigen::MatrixXd rough = sample(data, DDIM{}, x, up);           // explicit: the same formula upward
  const Eigen::MatrixXd noise = sample(data, DDIMInversion{}, x, up);  // exact: the state that DDIM maps back to x
  const Eigen::MatrixXd back = sample(data, DDIM{}, noise, down);
  // [inversion]
  CHECK(tests::largest_difference(back, x) < 1e-10);
  CHECK(tests::largest_difference(sample(data, DDIM{}, rough, down), x) > 1e-3);
}

}  // namespace

// The program of docs/solvers.md.

#include "support/test.hpp"

namespace {
using namespace tweedie;

TEST_CASE("Page solvers: three solvers on one grid") {
  // [solvers]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const VariancePreserving schedule{};
  Grid grid = uniform_lambda(schedule, 15, lambda(schedule(1)), 4);  // 15 steps in λ, then one onto the data
  grid.push_back(clean);

  const Eigen::MatrixXd start = prior(grid.front(), {2, 1000}, Normals{7});
  const Eigen::MatrixXd x = sample(data, DPMSolver{.order = 3}, start, grid);
  const Eigen::MatrixXd y = sample(data, DPMSolver{.order = 2, .noise = 1}, start, grid, Normals{7});  // 2M SDE
  const Eigen::MatrixXd z = sample(data, LMS{.order = 4}, start, grid);

  const double lost = wasserstein2(push_forward(tabulate(DPMSolver{.order = 3}, grid), data), data);  // exactly
  // [solvers]
  CHECK(lost < 0.05);
  for (const Eigen::MatrixXd* samples : {&x, &y, &z}) CHECK(std::abs(samples->row(0).mean() - 1.3) < 0.1);
}

}  // namespace

// The program of docs/solvers.md.

#include "support/test.hpp"

namespace {
using namespace tweedie;

TEST_CASE("Page solvers: solvers on one grid") {
  // [solvers]
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const VariancePreserving schedule{};
  const Grid grid = levels(schedule, quadratic(15));  // from t = 1 onto the data

  const Eigen::MatrixXd start = prior(grid.front(), {2, 1000}, Normals{7});
  const Eigen::MatrixXd x = sample(data, UniPC{.order = 2}, start, grid);
  const Eigen::MatrixXd y = sample(data, DPMSolver{.order = 2, .noise = 1}, start, grid, Normals{7});  // 2M SDE

  // What estimates between the levels of the grid, or beside it, is told the level of each λ.
  const auto at = at_lambda(schedule);
  const SinglestepDPMSolver two{.order = 2, .at = at};
  const Table table = tabulate(Ancestral<SinglestepDPMSolver>{.method = two, .eta = 1, .at = at}, grid);
  const Eigen::MatrixXd z = sample(data, table, start, Normals{7});  // 2S a
  const std::size_t cost = evaluations(table);                       // two a step, one for the last

  const double lost = wasserstein2(push_forward(tabulate(UniPC{.order = 2}, grid), data), data);  // exactly
  // [solvers]
  CHECK(cost == 29);
  CHECK(lost < 0.05);
  for (const Eigen::MatrixXd* samples : {&x, &y, &z}) CHECK(std::abs(samples->row(0).mean() - 1.3) < 0.1);
}

}  // namespace

// The programs of docs/design.md.

#include "docs/generated.hpp"
#include "support/test.hpp"

namespace {
using namespace tweedie;

std::string design_table() {
  // [table]
  const Grid grid = levels(RectifiedFlow{}, uniform(4));  // t = 1, 0.75, 0.5, 0.25, 0
  const Table table = tabulate(DDIM{.eta = 0.5}, grid);
  const std::string text = to_string(table);
  // [table]
  return text;
}

// [heun]
// Heun's rule for d(x/α) = ε̂ d(σ/α): the slope is the mean of those at both ends.
Table heun(const Grid& grid) {
  Table table;
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const double rho_t = t.sigma / t.alpha, rho_s = s.sigma / s.alpha;
    table.push_back({t, s, DDIM{}.row(t, s)});  // the trial state at s
    table.push_back(
        {s, s, {.x0 = {0, s.alpha}, .eps = {s.alpha * (rho_s - rho_t) / 2, s.alpha * (rho_s + rho_t) / 2}}});
  }
  return table;
}
// [heun]

TEST_CASE("Page design: Heun's method as two rows has order 2") {
  const Gaussian<> data(Eigen::VectorXd::Constant(1, 1.3), Eigen::MatrixXd::Constant(1, 1, 0.25));
  const auto error = [&](int n) {
    // [order]
    const Grid grid = uniform_lambda(EDM{}, n, -3, 3);
    const Gaussian<> result = push_forward(heun(grid), data);  // the law of what the table makes of the data
    const double off = wasserstein2(result, data.marginal(grid.back()));
    // [order]
    return off;
  };
  const double order = std::log2(error(160) / error(320));
  CHECK(order > 1.9);
  CHECK(order < 2.1);
}

TEST_CASE("Page design: a table that two rows share is what Heun's rule does to a state") {
  const Gaussian<> data(Eigen::Vector2d(1.3, -0.4), Eigen::Matrix2d{{0.25, 0.1}, {0.1, 0.16}});
  const Grid grid = levels(VariancePreserving{}, {0.8, 0.5});
  const Level &t = grid[0], &s = grid[1];
  const Eigen::MatrixXd x = data.marginal(t).draw(5, Normals{7});
  const auto eps = [&](const Eigen::MatrixXd& y, const Level& at) -> Eigen::MatrixXd {
    return -at.sigma * data.score(y, at);
  };
  const double rise = s.sigma / s.alpha - t.sigma / t.alpha;
  const Eigen::MatrixXd trial = s.alpha * (x / t.alpha + rise * eps(x, t)),
                        corrected = s.alpha * (x / t.alpha + rise * (eps(x, t) + eps(trial, s)) / 2);
  CHECK(tests::largest_difference(sample(data, heun(grid), x), corrected) < 1e-13);
  CHECK(tests::largest_difference(sample(data, Heun{}, x, grid), sample(data, heun(grid), x)) < 1e-14);
}

}  // namespace

std::string tests::output(const std::string& name) {
  if (name == "design-table") return design_table();
  FAIL("there is no output " << name);
  return {};
}

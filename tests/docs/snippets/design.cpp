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

TEST_CASE("Page design: the table of the page and Heun's rows keep the laws, and a changed one is told") {
  Table table = tabulate(DDIM{.eta = 0.5}, levels(RectifiedFlow{}, uniform(4)));
  CHECK(laws::marginal_mean(table).empty());
  CHECK(laws::marginal_variance(table).empty());
  CHECK(std::abs(table[1].row.x0[0] - 0.5) < 1e-15);
  CHECK(std::abs(std::pow(table[1].row.eps[0], 2) + std::pow(table[1].row.z, 2) - 0.25) < 1e-15);
  CHECK(laws::marginal_mean(heun(levels(EDM{}, uniform(4, 2, 1)))).empty());
  table[1].row.z *= 1.001;
  CHECK(laws::marginal_variance(table).size() == 1);
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

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using std::numbers::pi;

// [model]
// Each coordinate is −1 or 1 with equal probability. With u = αx/σ²: x̂₀ = tanh u, and
// p_t(x) = Π ½ [N(x; α, σ²) + N(x; −α, σ²)] = Π N(x; 0, σ²) e^(−α²/2σ²) cosh u.
struct Signs {
  using Scalar = double;
  Eigen::Index d;

  Eigen::Index dimension() const { return d; }
  MatrixXd operator()(const MatrixXd& x, const Level& t) const { return slope(x, t).tanh(); }
  MatrixXd score(const MatrixXd& x, const Level& t) const {
    return (t.alpha * (*this)(x, t) - x) / (t.sigma * t.sigma);
  }
  VectorXd log_density(const MatrixXd& x, const Level& t) const {
    const ArrayXXd u = slope(x, t).abs();  // ln cosh u = u + ln(1 + e^(−2u)) − ln 2 does not overflow
    const ArrayXXd log_cosh = u + (-2 * u).exp().log1p() - std::log(2);
    const double constant = -0.5 * std::pow(t.alpha / t.sigma, 2) - std::log(t.sigma) - 0.5 * std::log(2 * pi);
    return (log_cosh - x.array().square() / (2 * t.sigma * t.sigma) + constant).colwise().sum().transpose();
  }
  MatrixXd variance(const MatrixXd& x, const Level& t) const { return 1 - slope(x, t).tanh().square(); }
  MatrixXd covariance_times(const MatrixXd& x, const Level& t, const MatrixXd& z) const {
    return variance(x, t).cwiseProduct(z);
  }

 private:
  static ArrayXXd slope(const MatrixXd& x, const Level& t) { return t.alpha / (t.sigma * t.sigma) * x.array(); }
};
static_assert(ExactModel<Signs>);
// [model]

TEST_CASE("Page design: a model of one's own obeys the laws of a model") {
  const MatrixXd x = MatrixXd::Random(2, 5);
  for (const Level& t : {VariancePreserving{}(0.2), VariancePreserving{}(0.8), Level{.alpha = 0.3, .sigma = 0.05}})
    CHECK(laws::exact_model(Signs{2}, x, t) == laws::Broken{});
  const MatrixXd corners{{-1, -1, 1, 1}, {-1, 1, -1, 1}};  // the same law as a data set
  const Level t = VariancePreserving{}(0.3);
  CHECK(tests::largest_difference(Signs{2}(x, t), Empirical<>(corners)(x, t)) < 1e-14);
  CHECK(tests::largest_difference(Signs{2}.log_density(x, t), Empirical<>(corners).log_density(x, t)) < 1e-13);
  CHECK(tests::largest_difference(covariance_product(Signs{2})(x, t, x),
                                  covariance_product(Empirical<>(corners))(x, t, x)) < 1e-13);
}

}  // namespace

std::string tests::output(const std::string& name) {
  if (name == "design-table") return design_table();
  FAIL("there is no output " << name);
  return {};
}

#include "laws.hpp"

using namespace tweedie;
using tests::contains;
using tests::refusal;

namespace {

Grid grid(int n) {
  return levels(VariancePreserving{}, uniform(n, 1, 0.05));
}
/// The errors of mean and deviation that a table leaves on N(1.3, 0.25).
std::pair<double, double> errors(const Table& table) {
  const Gaussian<> data = obeys::gaussian_data(), result = push_forward(table, data),
                   truth = data.marginal(table.back().to);
  return {std::abs(result.mean()[0] - truth.mean()[0]),
          std::abs(std::sqrt(result.covariance().matrix()(0, 0)) - std::sqrt(truth.covariance().matrix()(0, 0)))};
}

}  // namespace

TEST_CASE("EulerMaruyama: the row is the equation's right side times the step") {
  const Level t = VariancePreserving{}(0.6), s = VariancePreserving{}(0.5);
  const double beta = 0.1 + 19.9 * 0.6;
  for (const double noise : {0.0, 0.7, 1.0, 1.5}) {
    const Row row = EulerMaruyama{noise}.row(t, s);
    CHECK(std::abs(row.x - (1 + beta / 2 * 0.1)) < 1e-13);
    CHECK(std::abs(row.eps[0] + beta * (1 + noise * noise) / (2 * t.sigma) * 0.1) < 1e-13);
    CHECK(std::abs(row.z - noise * std::sqrt(beta * 0.1)) < 1e-13);
  }
}

TEST_CASE("EulerMaruyama: for every noise it converges to the marginals at order 1") {
  for (const double noise : {0.0, 0.5, 1.0, 1.4}) {
    INFO("noise " << noise);
    const auto [mean, deviation] = errors(tabulate(EulerMaruyama{noise}, grid(2000)));
    const auto [finer_mean, finer_deviation] = errors(tabulate(EulerMaruyama{noise}, grid(4000)));
    CHECK(std::abs(std::log2(mean / finer_mean) - 1) < 0.05);
    CHECK(std::abs(std::log2(deviation / finer_deviation) - 1) < 0.05);
    CHECK(finer_mean < 2e-3);
    CHECK(finer_deviation < 2e-3);
  }
}

TEST_CASE("EulerMaruyama: without drift, the step in sigma of EDM, it is DDIM") {
  const Grid karras_grid = karras(EDM{}, 10, 80, 0.02);
  const Table euler = tabulate(EulerMaruyama{.noise = 0}, karras_grid), ddim = tabulate(DDIM{}, karras_grid);
  for (std::size_t i = 0; i < euler.size(); ++i) {
    const Row a = eliminated(euler[i].row, karras_grid[i]), b = eliminated(ddim[i].row, karras_grid[i]);
    CHECK(std::abs(a.x - b.x) < 1e-13);
    CHECK(std::abs(a.x0[0] - b.x0[0]) < 1e-13);
  }
}

TEST_CASE("EulerMaruyama: it takes the optimal variance, to first order of the step") {
  const auto v = [](const Level& t) { return obeys::gaussian_data().posterior_variances(t)[0]; };
  double before = 1;
  for (const int n : {500, 1000, 2000}) {
    const double error = errors(with_variance(tabulate(EulerMaruyama{.noise = 0}, grid(n)), v)).second;
    CHECK(error < 0.6 * before);
    before = error;
  }
  CHECK(before < 2e-3);
  // On EDM its rows keep the forward mean, and the optimal variance is exact at any number of steps.
  Grid few = levels(EDM{}, uniform(4, 10, 1));
  CHECK(errors(with_variance(tabulate(EulerMaruyama{.noise = 0}, few), v)).second < 1e-12);
}

TEST_CASE("EulerMaruyama: ends and refusals") {
  const Level t = VariancePreserving{}(0.1), end = VariancePreserving{}(0);
  CHECK(EulerMaruyama{}.row(t, end).z == 0);
  CHECK(EulerMaruyama{.noise = 0}.row(t, VariancePreserving{}(0.2)).x < 1);  // upward, the flow as it is
  CHECK(contains(refusal([&] { EulerMaruyama{}.row(t, VariancePreserving{}(0.2)); }), "less noise only"));
  CHECK(contains(refusal([&] { EulerMaruyama{.noise = -1}.row(t, end); }), "noise = -1"));
  CHECK(contains(refusal([&] { EulerMaruyama{}.row(t, clean); }), "times 0.1 and nan"));
  CHECK(contains(refusal([&] { EulerMaruyama{.noise = 0}.row(end, t); }), "time 0", "no noise"));
  CHECK(contains(refusal([&] { EulerMaruyama{}.row(Cosine{}(1), Cosine{}(0.9)); }), "alpha = 0"));
  CHECK(contains(refusal([&] { EulerMaruyama{}.row({.time = 1, .alpha = 0.5, .sigma = 0.5}, end); }), "rate"));
}

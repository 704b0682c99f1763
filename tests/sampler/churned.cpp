#include "laws.hpp"
#include "ledger/chain.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const VariancePreserving vp{};
const MatrixXd start = Eigen::RowVectorXd::LinSpaced(5, -1.6, 1.6);

MatrixXd run(const Table& table) {
  return sample(tests::three_modes(), table, start,
                [](MatrixXd& z, std::int64_t, std::int64_t) { z.setConstant(0.8); });
}

}  // namespace

TEST_CASE("Churned: of Heun it is algorithm 2 of EDM") {
  const std::vector<double> t{5, 3, 1.5, 0.7, 0.2, 0};
  const std::size_t N = t.size() - 1;
  const double S_noise = 1.1, S_min = 0.5, S_max = 4, zeta = 0.8;
  const auto slope = [](const MatrixXd& x, double sigma) -> MatrixXd {
    return (x - tests::three_modes()(x, EDM{}(sigma))) / sigma;
  };
  for (const double S_churn : {1.0, 10.0}) {  // the second beyond √2 − 1
    MatrixXd x = start;
    for (std::size_t i = 0; i < N; ++i) {
      const bool inside = S_min <= t[i] && t[i] <= S_max;
      const double gamma = inside ? std::min(S_churn / double(N), std::sqrt(2) - 1) : 0, hat = t[i] + gamma * t[i];
      MatrixXd y = x;
      y.array() += std::sqrt(hat * hat - t[i] * t[i]) * S_noise * zeta;
      const MatrixXd d = slope(y, hat);
      x = y + (t[i + 1] - hat) * d;
      if (t[i + 1] != 0) x = y + (t[i + 1] - hat) * (d + slope(x, t[i + 1])) / 2;
    }
    const Churned<> sampler{.churn = S_churn, .least = S_min, .most = S_max, .noise = S_noise, .at = at_lambda(EDM{})};
    CHECK(largest_difference(run(tabulate(sampler, levels(EDM{}, t))), x) < 1e-12);
  }
}

TEST_CASE("Churned: without churn it is the method, and where no level is within the limits") {
  const Grid grid = levels(vp, uniform(5));
  const Table method = tabulate(Heun{}, grid);
  CHECK(tabulate(Churned<>{}, grid).size() == method.size());
  CHECK(largest_difference(run(tabulate(Churned<>{}, grid)), run(method)) == 0);
  CHECK(largest_difference(run(tabulate(Churned<>{.churn = 5, .least = 1e5}, grid)), run(method)) == 0);
  CHECK(largest_difference(run(tabulate(Churned<>{.churn = 5, .most = 1e-5}, grid)), run(method)) == 0);
}

TEST_CASE("Churned: rows of any method keep mean and variance, from alpha = 0 as well") {
  const auto check = [](const auto& schedule, const Grid& grid) {
    const auto at = at_lambda(schedule);
    for (const double churn : {0.5, 100.0})
      for (const Table& table :
           {tabulate(Churned<>{.churn = churn, .at = at}, grid),
            tabulate(Churned<DDIM>{.churn = churn, .at = at}, grid),
            tabulate(Churned<SinglestepDPMSolver>{.method = {.order = 3, .at = at}, .churn = churn, .at = at}, grid)}) {
        obeys::marginal_mean(table);
        obeys::marginal_variance(table);
      }
  };
  check(RectifiedFlow{}, levels(RectifiedFlow{}, uniform(5)));
  check(Cosine{}, levels(Cosine{}, {1.0, 0.8, 0.8, 0.3, 0.0}));
  check(EDM{}, levels(EDM{}, {80.0, 3.0, 1.0, 0.0}));
}

TEST_CASE("Churned: how far up it goes") {
  const Grid grid = levels(EDM{}, {4.0, 2.0, 1.0, 0.5, 0.25});
  const auto ups = [&](double churn) {
    std::vector<double> list;
    for (const Step& step :
         tabulate(Churned<DDIM>{.churn = churn, .least = 1, .most = 2, .at = at_lambda(EDM{})}, grid))
      if (step.to.sigma > step.from.sigma) list.push_back(step.to.sigma / step.from.sigma);
    return list;
  };
  REQUIRE(ups(0.4).size() == 2);  // both limits belong to the levels that are churned
  CHECK(std::abs(ups(0.4)[0] - 1.1) < 1e-14);
  CHECK(std::abs(ups(100)[1] - std::sqrt(2)) < 1e-14);
}

TEST_CASE("Churned: refusals") {
  const Grid grid = levels(vp, uniform(4));
  const auto refused = [&](const Churned<>& sampler) { return refusal([&] { tabulate(sampler, grid); }); };
  CHECK(contains(refused({.churn = -1}), "churn = -1"));
  CHECK(contains(refused({.churn = std::numeric_limits<double>::infinity()}), "churn = inf"));
  CHECK(contains(refused({.noise = -1}), "noise = -1"));
  CHECK(contains(refused({.churn = 1}), "at_lambda(schedule)"));
  CHECK(contains(refused({.churn = 1, .at = at_lambda(vp)}), "from time 1", "noisier than the end",
                 ".most = "));  // no level is above the first
  const double top = grid[0].sigma / grid[0].alpha;
  CHECK(contains(refused({.churn = 1, .at = at_lambda(vp)}), sentence(".most = ", top / 1.25)));
  CHECK_NOTHROW(tabulate(Churned<>{.churn = 1, .most = top / 1.25, .at = at_lambda(vp)}, grid));
}

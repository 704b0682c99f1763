#include "laws.hpp"
#include "ledger/chain.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const VariancePreserving vp{};
Grid lambda_grid(int n) {
  return uniform_lambda(vp, n, lambda(vp(1)), lambda(vp(0.02)));
}

/// The base-2 logarithm of the ratio of two errors at the end of a run on three modes, against the quantile map; that
/// is the order.
template <class S>
double order(const S& sampler, int n) {
  const MatrixXd start = Eigen::RowVectorXd::LinSpaced(9, -1.6, 1.6);
  const MatrixXd truth = start.unaryExpr([](double x) { return tests::quantile_map(x, vp(1), vp(0.02)); });
  const auto error = [&](int steps) {
    return largest_difference(sample(tests::three_modes(), sampler, start, lambda_grid(steps)), truth);
  };
  return std::log2(error(n) / error(2 * n));
}

}  // namespace

TEST_CASE("DPMSolver: orders on a mixture, in x0 and in eps, of exact and of published moments") {
  for (const Prediction prediction : {Prediction::x0, Prediction::eps})
    for (const int p : {1, 2, 3}) {
      INFO("order " << p);
      const DPMSolver solver{.order = p, .prediction = prediction, .lower_order_final = false};
      CHECK(std::abs(order(solver, p == 1 ? 800 : 400) - p) < 0.15);
    }
  CHECK(std::abs(order(DPMSolver{.order = 2, .moments = Moments::midpoint, .lower_order_final = false}, 400) - 2) <
        0.15);
  // Claimed to be 3.
  CHECK(std::abs(order(DPMSolver{.order = 3, .moments = Moments::half_third, .lower_order_final = false}, 400) - 2) <
        0.15);
}

TEST_CASE("DPMSolver: order 5 where the start is noise enough, 2 where its first steps show") {
  const auto deviation = [](const Gaussian<>& law) { return std::sqrt(law.covariance().matrix()(0, 0)); };
  const auto order_from = [&](double start, double step) {
    const auto error = [&](double h) {
      const Grid grid = uniform_lambda(EDM{}, int((1 - start) / h + 0.5), start, 1);
      const Table table = tabulate(DPMSolver{.order = 5, .lower_order_final = false}, grid);
      return deviation(push_forward(table, obeys::gaussian_data())) -
             deviation(obeys::gaussian_data().marginal(grid.back()));
    };
    return std::log2(error(step) / error(step / 2));
  };
  CHECK(std::abs(order_from(-7, 0.1) - 5) < 0.15);
  CHECK(std::abs(order_from(-7, 0.05) - 5) < 0.15);
  CHECK(std::abs(order_from(-4, 0.025) - 2) < 0.3);
}

TEST_CASE("DPMSolver: order 1 is DDIM, and with noise ExponentialEuler; mean and variance of every order are kept") {
  for (const Grid& grid : {levels(vp, uniform(7)), levels(Cosine{}, uniform(7)), karras(EDM{}, 8, 80, 0.02)}) {
    for (const double noise : {0.0, 0.6, 1.0}) {
      const Table first = tabulate(DPMSolver{.order = 1, .noise = noise}, grid);
      for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
        const Row expected = ExponentialEuler{noise}.row(grid[i], grid[i + 1]);
        CHECK(first[i].row.x == expected.x);
        CHECK(first[i].row.x0 == expected.x0);
        CHECK(first[i].row.z == expected.z);
      }
      for (const int p : {2, 3, 5}) {
        const Table table = tabulate(DPMSolver{.order = p, .noise = noise}, grid);
        obeys::marginal_mean(table);          // at a perfect, standing estimate
        CHECK(depth(table.back().row) == 1);  // lower_order_final
        CHECK((table.back().row.z == 0) == (noise == 0 || grid.back().sigma == 0));
      }
    }
  }
  obeys::marginal_mean(tabulate(DPMSolver{.order = 1, .prediction = Prediction::eps}, levels(Cosine{}, uniform(7))));
}

TEST_CASE("DPMSolver: 2M by hand, midpoint and exact, and its noise") {
  const Grid grid = levels(vp, {1.0, 0.7, 0.5});
  const Level &t = grid[1], &s = grid[2];
  const double h = lambda(s) - lambda(t), r = (lambda(t) - lambda(grid[0])) / h;
  const auto row = [&](Moments moments, double noise) {
    return DPMSolver{.order = 2, .noise = noise, .moments = moments, .lower_order_final = false}.row(grid, 1);
  };
  for (const double noise : {0.0, 1.0}) {
    const double H = (1 + noise * noise) * h, whole = -s.alpha * std::expm1(-H);
    const double first[] = {whole / 2, s.alpha * (std::expm1(-H) / H + 1)};
    for (const Moments moments : {Moments::midpoint, Moments::exact}) {
      const double d1 = first[moments == Moments::exact ? 1 : 0] / r;
      const Row found = row(moments, noise);
      CHECK(std::abs(found.x - s.sigma / t.sigma * std::exp(-noise * noise * h)) < 1e-14);
      CHECK(std::abs(found.x0[0] - (whole + d1)) < 1e-14);
      CHECK(std::abs(found.x0[1] + d1) < 1e-14);
      CHECK(std::abs(found.z - noise * s.sigma * std::sqrt(-std::expm1(-2 * h))) < 1e-14);
    }
  }
}

TEST_CASE("DPMSolver: choices of moments change rows of two and of three estimates only") {
  const Grid grid = levels(vp, {1.0, 0.8, 0.65, 0.5, 0.4});
  const auto row = [&](int order, Moments moments, std::size_t i) {
    return DPMSolver{.order = order, .moments = moments, .lower_order_final = false}.row(grid, i).x0;
  };
  CHECK(row(3, Moments::published, 1) == row(2, Moments::midpoint, 1));
  CHECK(row(3, Moments::published, 2) == row(3, Moments::half_third, 2));
  CHECK(row(3, Moments::half_third, 1) == row(2, Moments::exact, 1));
  CHECK(row(3, Moments::midpoint, 2) == row(3, Moments::exact, 2));
  CHECK(row(4, Moments::published, 3) == row(4, Moments::exact, 3));
  CHECK(row(2, Moments::flat, 1) != row(2, Moments::midpoint, 1));
  // Claimed to be 3 as well.
  CHECK(std::abs(order(DPMSolver{.order = 3, .moments = Moments::published, .lower_order_final = false}, 400) - 2) <
        0.15);
  CHECK(std::abs(order(DPMSolver{.order = 2, .moments = Moments::flat, .lower_order_final = false}, 400) - 2) < 0.15);
}

TEST_CASE("DPMSolver: in eps by hand, with and without noise") {
  const Grid grid = levels(vp, {1.0, 0.7, 0.5});
  const Level &t = grid[1], &s = grid[2];
  const double h = lambda(s) - lambda(t), r = (lambda(t) - lambda(grid[0])) / h;
  for (const double noise : {0.0, 0.5, 1.0}) {
    const double share = 1 + noise * noise, whole = -share * s.sigma * std::expm1(h),
                 first = -share * s.sigma * (std::expm1(h) / h - 1) / r;
    const Row found =
        DPMSolver{.order = 2, .prediction = Prediction::eps, .noise = noise, .lower_order_final = false}.row(grid, 1);
    CHECK(std::abs(found.x - s.alpha / t.alpha) < 1e-14);
    CHECK(std::abs(found.eps[0] - (whole + first)) < 1e-14);
    CHECK(std::abs(found.eps[1] + first) < 1e-14);
    CHECK(std::abs(found.z - noise * s.sigma * std::sqrt(std::expm1(2 * h))) < 1e-14);
    // Of order 1 as well: a standing ε̂ and the noise of the equation.
    const Row one = DPMSolver{.order = 1, .prediction = Prediction::eps, .noise = noise}.row(grid, 1);
    if (noise > 0) {
      CHECK(std::abs(one.eps[0] - whole) < 1e-14);
      CHECK(one.z == found.z);
    }
  }
}

TEST_CASE("DPMSolver: warm-up, lower order at the end, levels without signal and steps of length zero") {
  const auto depths = [](const Table& table) {
    std::vector<std::size_t> list;
    for (const Step& step : table) list.push_back(depth(step.row));
    return list;
  };
  const Grid grid = lambda_grid(6);
  CHECK(depths(tabulate(DPMSolver{.order = 3}, grid)) == std::vector<std::size_t>{1, 2, 3, 3, 2, 1});
  CHECK(depths(tabulate(DPMSolver{.order = 3, .lower_order_final = false}, grid)) ==
        std::vector<std::size_t>{1, 2, 3, 3, 3, 3});
  CHECK(depths(tabulate(DEIS{}, grid)) == std::vector<std::size_t>{1, 2, 3, 3, 2, 1});
  // From α = 0 onto σ = 0: the estimate at α = 0 is not read again.
  CHECK(depths(tabulate(DPMSolver{.order = 3, .lower_order_final = false}, levels(Cosine{}, uniform(5)))) ==
        std::vector<std::size_t>{1, 1, 2, 3, 1});
  Grid standing = grid;
  standing.insert(standing.begin() + 2, grid[2]);
  CHECK(depths(tabulate(DPMSolver{.order = 2, .lower_order_final = false}, standing)) ==
        std::vector<std::size_t>{1, 2, 0, 3, 2, 2, 2});
}

TEST_CASE("DPMSolver: upward it encodes, and back again") {
  const auto model = obeys::gaussian_data();
  const Grid down = lambda_grid(400), up(down.rbegin(), down.rend());
  const MatrixXd x = Eigen::RowVector3d(0.6, 1.3, 1.9);
  const DPMSolver solver{.order = 3, .lower_order_final = false};
  CHECK(largest_difference(sample(model, solver, sample(model, solver, x, up), down), x) < 1e-5);
}

TEST_CASE("DPMSolver: refusals") {
  const Grid grid = lambda_grid(4), up(grid.rbegin(), grid.rend());
  const auto refused = [&](const DPMSolver& solver, const Grid& on) { return refusal([&] { tabulate(solver, on); }); };
  CHECK(contains(refused({.order = 6}, grid), "order = 6"));
  CHECK(contains(refused({.order = 0}, grid), "order = 0"));
  CHECK(contains(refused({.prediction = Prediction::v}, grid), "x0 or eps"));
  CHECK(contains(refused({.noise = -1}, grid), "noise = -1"));
  CHECK(contains(refused({.noise = 1}, up), "less noise only"));
  CHECK(contains(refused({.prediction = Prediction::eps, .noise = 1}, levels(vp, uniform(3))), "sigma = 0", "x0"));
  CHECK(contains(refused({.prediction = Prediction::eps, .noise = 1}, levels(Cosine{}, {1.0, 0.5})), "alpha = 0"));
  CHECK(contains(refused({}, levels(vp, {0.0, 0.5, 1.0})), "time 0", "no noise"));
}

#include "laws.hpp"
#include "ledger/chain.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const VariancePreserving vp{};
const auto at = at_lambda(vp);
const MatrixXd start = Eigen::RowVectorXd::LinSpaced(5, -1.6, 1.6);

MatrixXd x0_at(const MatrixXd& x, const Level& t) {
  return tests::three_modes()(x, t);
}
MatrixXd eps_at(const MatrixXd& x, const Level& t) {
  return (x - t.alpha * x0_at(x, t)) / t.sigma;
}
MatrixXd run(const SinglestepDPMSolver& method, const Level& t, const Level& s) {
  return sample(tests::three_modes(), method.rows(t, s), start);
}

void check_equal(const Table& a, const Table& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].from.sigma == b[i].from.sigma);
    CHECK(a[i].to.sigma == b[i].to.sigma);
    CHECK(a[i].row.x == b[i].row.x);
    CHECK(a[i].row.x0 == b[i].row.x0);
    CHECK(a[i].row.eps == b[i].row.eps);
    CHECK(a[i].row.z == b[i].row.z);
  }
}

}  // namespace

TEST_CASE("SinglestepDPMSolver: DPM-Solver-2 and -3 as published") {
  const Level t = vp(0.8), s = vp(0.5);
  const double h = lambda(s) - lambda(t);
  const MatrixXd e = eps_at(start, t);
  const auto moved = [&](const Level& to, double r) -> MatrixXd {
    return to.alpha / t.alpha * start - to.sigma * std::expm1(r * h) * e;
  };
  {
    const double r1 = 0.5;
    const Level s1 = at(lambda(t) + r1 * h);
    const MatrixXd u = moved(s1, r1), x = moved(s, 1) - s.sigma / (2 * r1) * std::expm1(h) * (eps_at(u, s1) - e);
    const SinglestepDPMSolver two{.prediction = Prediction::eps, .moments = Moments::midpoint, .at = at};
    CHECK(largest_difference(run(two, t, s), x) < 1e-13);
  }
  {
    const double r1 = 1. / 3, r2 = 2. / 3;
    const Level s1 = at(lambda(t) + r1 * h), s2 = at(lambda(t) + r2 * h);
    const MatrixXd D1 = eps_at(moved(s1, r1), s1) - e;
    const MatrixXd u2 = moved(s2, r2) - s2.sigma * r2 / r1 * (std::expm1(r2 * h) / (r2 * h) - 1) * D1;
    const MatrixXd x = moved(s, 1) - s.sigma / r2 * (std::expm1(h) / h - 1) * (eps_at(u2, s2) - e);
    CHECK(largest_difference(run({.order = 3, .prediction = Prediction::eps, .at = at}, t, s), x) < 1e-13);
  }
}

TEST_CASE("SinglestepDPMSolver: DPM-Solver++(2S) and 3S as published, the latter in both of its types") {
  const Level t = vp(0.8), s = vp(0.5);
  const double h = lambda(s) - lambda(t);
  const MatrixXd m = x0_at(start, t);
  const auto moved = [&](const Level& to, double r) -> MatrixXd {
    return to.sigma / t.sigma * start - to.alpha * std::expm1(-r * h) * m;
  };
  {
    const double r = 0.5;
    const Level s1 = at(lambda(t) + r * h);
    const MatrixXd D = (1 - 1 / (2 * r)) * m + 1 / (2 * r) * x0_at(moved(s1, r), s1);
    const MatrixXd x = s.sigma / t.sigma * start - s.alpha * std::expm1(-h) * D;
    CHECK(largest_difference(run({.moments = Moments::midpoint, .at = at}, t, s), x) < 1e-13);
  }
  const double r1 = 1. / 3, r2 = 2. / 3, phi_22 = std::expm1(-r2 * h) / (r2 * h) + 1, phi_2 = std::expm1(-h) / h + 1,
               phi_3 = phi_2 / h - 0.5;
  const Level s1 = at(lambda(t) + r1 * h), s2 = at(lambda(t) + r2 * h);
  const MatrixXd m1 = x0_at(moved(s1, r1), s1), m2 = x0_at(moved(s2, r2) + r2 / r1 * s2.alpha * phi_22 * (m1 - m), s2);
  const MatrixXd x = moved(s, 1) + s.alpha * phi_2 / r2 * (m2 - m);
  CHECK(largest_difference(run({.order = 3, .at = at}, t, s), x) < 1e-13);
  const MatrixXd D1_0 = (m1 - m) / r1, D1_1 = (m2 - m) / r2, D1 = (r2 * D1_0 - r1 * D1_1) / (r2 - r1),
                 D2 = 2 * (D1_1 - D1_0) / (r2 - r1);
  const MatrixXd taylor = moved(s, 1) + s.alpha * phi_2 * D1 - s.alpha * phi_3 * D2;
  CHECK(largest_difference(run({.order = 3, .quadratic = true, .at = at}, t, s), taylor) < 1e-13);
}

TEST_CASE("SinglestepDPMSolver: RES of second order is order 2 with exact moments") {
  const Level t = vp(0.8), s = vp(0.5);
  const double h = lambda(s) - lambda(t), c = 0.5, phi_1 = -std::expm1(-h) / h, phi_2 = (1 - phi_1) / h;
  const Level middle = at(lambda(t) + c * h);
  const MatrixXd m = x0_at(start, t), u = middle.sigma / t.sigma * start - middle.alpha * std::expm1(-c * h) * m;
  // In x/σ of λ the step is h(b₁f + b₂f(u)) with b₂ = φ_2/c and b₁ = φ_1 − b₂, times e^h.
  const MatrixXd x = s.sigma / t.sigma * start + s.alpha * h * ((phi_1 - phi_2 / c) * m + phi_2 / c * x0_at(u, middle));
  CHECK(largest_difference(run({.at = at}, t, s), x) < 1e-13);
}

TEST_CASE("SinglestepDPMSolver: orders, without noise") {
  for (const Prediction prediction : {Prediction::x0, Prediction::eps})
    for (const Moments moments : {Moments::exact, Moments::midpoint})
      for (const bool quadratic : {false, true})
        for (const int p : {1, 2, 3}) {
          const SinglestepDPMSolver sampler{
              .order = p, .prediction = prediction, .moments = moments, .quadratic = quadratic, .at = at};
          CHECK(std::abs(obeys::observed_order(sampler, vp, 100) - p) < 0.15);
        }
}

TEST_CASE("SinglestepDPMSolver: SEEDS-2, in eps as published and in x0") {
  const Level t = vp(0.8), s = vp(0.5);
  const double h = lambda(s) - lambda(t);
  const Level m = at(lambda(t) + h / 2);
  MatrixXd first = start, second = start;
  Normals{7}(first, 0);
  Normals{7}(second, 1);
  const auto end = [&](Prediction prediction) -> MatrixXd {
    const SinglestepDPMSolver method{.prediction = prediction, .noise = 1, .moments = Moments::midpoint, .at = at};
    return sample(tests::three_modes(), method.rows(t, s), start, Normals{7});
  };
  {
    const MatrixXd u = m.alpha / t.alpha * start - 2 * m.sigma * std::expm1(h / 2) * eps_at(start, t) +
                       m.sigma * std::sqrt(std::expm1(h)) * first;
    const MatrixXd x = s.alpha / t.alpha * start - 2 * s.sigma * std::expm1(h) * eps_at(u, m) +
                       s.sigma * (std::sqrt(std::exp(2 * h) - std::exp(h)) * first + std::sqrt(std::expm1(h)) * second);
    CHECK(largest_difference(end(Prediction::eps), x) < 1e-12);
  }
  const MatrixXd u = m.sigma / t.sigma * std::exp(-h / 2) * start - m.alpha * std::expm1(-h) * x0_at(start, t) +
                     m.sigma * std::sqrt(-std::expm1(-h)) * first;
  const MatrixXd x =
      s.sigma / t.sigma * std::exp(-h) * start - s.alpha * std::expm1(-2 * h) * x0_at(u, m) +
      s.sigma * (std::sqrt(std::exp(-h) - std::exp(-2 * h)) * first + std::sqrt(-std::expm1(-h)) * second);
  CHECK(largest_difference(end(Prediction::x0), x) < 1e-12);
}

TEST_CASE("SinglestepDPMSolver: with noise the law has order 2, whichever of 2 and 3 the estimates have") {
  // Of a path with noise the estimates are no polynomial but to first order, so that order 3 gains nothing in law.
  for (const double noise : {0.5, 1.0, 2.0})
    for (const Prediction prediction : {Prediction::x0, Prediction::eps})
      for (const Moments moments : {Moments::exact, Moments::midpoint}) {
        INFO("noise " << noise);
        const auto error = [&](int p, int n) {
          const SinglestepDPMSolver method{
              .order = p, .prediction = prediction, .noise = noise, .moments = moments, .at = at};
          return std::abs(obeys::error_of_deviation(method, vp, n));
        };
        for (const int p : {2, 3}) CHECK(std::log2(error(p, 1000) / error(p, 2000)) > 1.8);
        CHECK(error(2, 160) < 3e-3);
      }
  for (const bool quadratic : {false, true})
    CHECK(std::abs(obeys::observed_order(SinglestepDPMSolver{.order = 3, .noise = 1, .quadratic = quadratic, .at = at},
                                         vp, 1000) -
                   2) < 0.15);
}

TEST_CASE("SinglestepDPMSolver: the noise of a step is one path of the linear equation") {
  // With x̂₀ = 0 the state is x/σ = e^(−n²λ) times a Brownian path at e^(2n²λ): its covariance at two levels is known.
  const double n = 0.7;
  const Level t = vp(0.8), s = vp(0.5);
  for (const int p : {2, 3}) {
    const Table step = SinglestepDPMSolver{.order = p, .noise = n, .at = at}.rows(t, s);
    double kept = 1, variance = 0;  // of the noise in the state
    for (const Step& row : step) {
      CHECK(std::abs(row.row.x -
                     row.to.sigma / row.from.sigma * std::exp(-n * n * (lambda(row.to) - lambda(row.from)))) < 1e-14);
      kept *= row.row.x;
      variance = row.row.x * row.row.x * variance + row.row.z * row.row.z;
      CHECK(std::abs(variance - row.to.sigma * row.to.sigma * -std::expm1(-2 * n * n * (lambda(row.to) - lambda(t)))) <
            1e-14);
    }
    CHECK(std::abs(kept - s.sigma / t.sigma * std::exp(-n * n * (lambda(s) - lambda(t)))) < 1e-14);
  }
}

TEST_CASE("SinglestepDPMSolver: levels that are one to rounding are a step of length zero") {
  const Level t = vp(0.8), s = vp(0.5), middle = at((lambda(t) + lambda(s)) / 2);
  for (const double h : {0.0, 1e-15, 1e-10})
    for (const Prediction prediction : {Prediction::x0, Prediction::eps}) {
      const SinglestepDPMSolver method{.order = 3, .prediction = prediction, .at = at};
      CHECK(largest_difference(run(method, t, at(lambda(t) + h)), start) < 1e-8);
      const auto end = [&](const std::vector<Level>& levels) -> MatrixXd {
        return sample(tests::three_modes(), method.stages(levels), start);
      };
      CHECK(largest_difference(end({t, at(lambda(t) + h), middle, s}), end({t, middle, s})) < 1e-7);
    }
}

TEST_CASE("SinglestepDPMSolver: order 1 is DDIM, with noise ExponentialEuler") {
  const Grid grid = levels(Cosine{}, uniform(6));
  check_equal(tabulate(SinglestepDPMSolver{.order = 1}, grid), tabulate(DDIM{}, grid));
  check_equal(tabulate(SinglestepDPMSolver{.order = 1, .prediction = Prediction::eps}, grid), tabulate(DDIM{}, grid));
  check_equal(tabulate(SinglestepDPMSolver{.order = 1, .noise = 0.7}, grid), tabulate(ExponentialEuler{0.7}, grid));
}

TEST_CASE("SinglestepDPMSolver: a standing estimate is carried exactly, mean and variance, whatever the ends") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  const auto check = [](const auto& schedule, const Grid& grid, const std::vector<double>& noises) {
    for (const int p : {1, 2, 3})
      for (const double noise : noises)
        for (const bool quadratic : {false, true}) {
          const Table table = tabulate(
              SinglestepDPMSolver{.order = p, .noise = noise, .quadratic = quadratic, .at = at_lambda(schedule)}, grid);
          obeys::marginal_mean(table);
          obeys::marginal_variance(table);
        }
    const SinglestepDPMSolver in_eps{.order = 3, .prediction = Prediction::eps, .at = at_lambda(schedule)};
    obeys::marginal_mean(tabulate(in_eps, grid));
    obeys::marginal_variance(tabulate(in_eps, grid));
  };
  check(vp, levels(vp, uniform(5)), {0, 0.5, 1});
  check(Cosine{}, levels(Cosine{}, uniform(5)), {0, 0.5, 1});
  check(RectifiedFlow{}, levels(RectifiedFlow{}, uniform(5)), {0, 1});
  check(zero_snr, levels(zero_snr, trailing(5)), {0, 1});
  check(vp, levels(vp, {1.0, 0.8, 0.8, 0.5, 0.0}), {0, 1});
  check(Cosine{}, levels(Cosine{}, uniform(5, 0.1, 1)), {0});  // upward, to α = 0
}

TEST_CASE("SinglestepDPMSolver: evaluations, and steps of order 1 at infinite lambda") {
  const SinglestepDPMSolver three{.order = 3, .at = at_lambda(Cosine{})};
  CHECK(tabulate(three, levels(Cosine{}, uniform(5))).size() == 1 + 3 * 3 + 1);
  CHECK(three.rows(Cosine{}(0.5), Cosine{}(0.5)).size() == 1);
}

TEST_CASE("SinglestepDPMSolver: upward it encodes, and back again") {
  const Grid down = uniform_lambda(vp, 200, lambda(vp(1)), lambda(vp(0.02))), up(down.rbegin(), down.rend());
  const MatrixXd x = Eigen::RowVector3d(0.6, 1.3, 1.9);
  const SinglestepDPMSolver solver{.order = 3, .at = at};
  const auto model = obeys::gaussian_data();
  CHECK(largest_difference(sample(model, tabulate(solver, down), sample(model, tabulate(solver, up), x)), x) < 1e-5);
}

TEST_CASE("SinglestepPlan: on a grid with the stages put in it is SinglestepDPMSolver, row by row") {
  const Grid grid = levels(vp, uniform(4, 1, 0.1));
  for (const int p : {1, 2, 3}) {
    const SinglestepDPMSolver method{.order = p, .noise = 0.3, .at = at};
    const std::vector<int> orders(4, p);
    const Grid all = staged(grid, orders, at);
    CHECK(all.size() == std::size_t(4 * p + 1));
    check_equal(tabulate(SinglestepPlan{orders, method}, all), tabulate(method, grid));
  }
}

TEST_CASE("SinglestepPlan: steps of order 1 throughout are DDIM, on any grid") {
  const Grid grid = levels(Cosine{}, uniform(6));
  check_equal(tabulate(SinglestepPlan{std::vector<int>(6, 1)}, grid), tabulate(DDIM{}, grid));
}

TEST_CASE(
    "SinglestepPlan: stages elsewhere keep order 2, and order 3 where the second is at 2/3 of the step in lambda") {
  const auto order = [](const std::vector<double>& stages, bool quadratic) {
    const auto error = [&](int n) {
      const double from = lambda(vp(1)), h = (lambda(vp(1e-3)) - from) / n;
      Grid grid{at(from)};
      for (int i = 0; i < n; ++i) {
        for (const double u : stages) grid.push_back(at(from + (i + u) * h));
        grid.push_back(at(from + (i + 1) * h));
      }
      const SinglestepPlan plan{std::vector<int>(std::size_t(n), int(stages.size()) + 1), {.quadratic = quadratic}};
      return std::sqrt(push_forward(tabulate(plan, grid), obeys::gaussian_data()).covariance().matrix()(0, 0)) -
             std::sqrt(obeys::gaussian_data().marginal(grid.back()).covariance().matrix()(0, 0));
    };
    return std::log2(error(100) / error(200));
  };
  CHECK(std::abs(order({0.3}, false) - 2) < 0.15);
  CHECK(std::abs(order({0.8}, false) - 2) < 0.15);
  CHECK(std::abs(order({0.2, 2. / 3}, false) - 3) < 0.15);
  CHECK(std::abs(order({0.2, 0.5}, false) - 2) < 0.15);
  CHECK(std::abs(order({0.2, 0.5}, true) - 2) < 0.15);
}

TEST_CASE("orders_for: DPM-Solver-fast, and one of order 1 onto the data") {
  using Orders = std::vector<int>;
  CHECK(orders_for(6) == Orders{3, 2, 1});
  CHECK(orders_for(7) == Orders{3, 3, 1});
  CHECK(orders_for(8) == Orders{3, 3, 2});
  CHECK(orders_for(3) == Orders{2, 1});
  CHECK(orders_for(5, 2) == Orders{2, 2, 1});
  CHECK(orders_for(4, 2) == Orders{2, 2});
  CHECK(orders_for(3, 1) == Orders{1, 1, 1});
  for (int n = 1; n <= 12; ++n)
    for (const int p : {1, 2, 3})
      for (const bool onto_data : {false, true}) {
        const Orders orders = orders_for(n, p, onto_data);
        CHECK(std::accumulate(orders.begin(), orders.end(), 0) == n);
        if (onto_data) CHECK(orders.back() == 1);
      }
}

TEST_CASE("SinglestepPlan: order 3 onto sigma = 0 in any number of evaluations") {
  for (const int n : {1, 2, 5, 6, 7, 11, 12, 13})
    for (const Prediction prediction : {Prediction::x0, Prediction::eps}) {
      INFO(n << " evaluations");
      const Table table = tabulate(SinglestepPlan{.orders = {}, .method = {.order = 3, .prediction = prediction}},
                                   levels(vp, uniform(n)));
      CHECK(table.size() == std::size_t(n));
      obeys::marginal_mean(table);
      obeys::marginal_variance(table);
      CHECK(eliminated(table.back().row, table.back().from).x == 0);  // x̂₀ is the end
      CHECK(depth(table.back().row) == 1);
    }
  // Where a step of more rows ends at σ = 0, or begins at α = 0, its rows there are of order 1.
  for (const Grid& grid : {levels(vp, {0.8, 0.5, 0.3, 0.0}), levels(Cosine{}, {1.0, 0.8, 0.5, 0.3})}) {
    const Table table = tabulate(SinglestepPlan{.orders = {3}, .method = {.order = 3}}, grid);
    obeys::marginal_mean(table);
    obeys::marginal_variance(table);
    CHECK(depth(table.back().row) == 1);
  }
}

TEST_CASE("SinglestepDPMSolver: refusals") {
  const Level t = vp(0.8), s = vp(0.5);
  const auto refused = [](const SinglestepDPMSolver& method, const Level& from, const Level& to) {
    return refusal([&] { method.rows(from, to); });
  };
  CHECK(contains(refused({.order = 4, .at = at}, t, s), "order = 4"));
  CHECK(contains(refused({.order = 0, .at = at}, t, s), "order = 0"));
  CHECK(contains(refused({}, t, s), "at_lambda(schedule)"));
  CHECK(contains(refused({.prediction = Prediction::v, .at = at}, t, s), "x0 or eps"));
  CHECK(contains(refused({.noise = -1, .at = at}, t, s), "noise = -1"));
  CHECK(contains(refused({.noise = 1, .at = at}, s, t), "less noise only"));
  const SinglestepDPMSolver noisy_eps{.prediction = Prediction::eps, .noise = 1, .at = at};
  CHECK(contains(refused(noisy_eps, t, clean), "sigma = 0"));
  CHECK(contains(refused(noisy_eps, Cosine{}(1), s), "alpha = 0"));
  CHECK(contains(refused({.at = at}, clean, s), "no noise"));
  CHECK(contains(refusal([&] { SinglestepDPMSolver{}.stages(std::array{t}); }), "2 to 4 levels", "are 1"));
}

TEST_CASE("SinglestepPlan, staged, orders_for: refusals") {
  const Grid grid = levels(vp, uniform(4));
  const auto refused = [&](const std::vector<int>& orders) {
    return refusal([&] { tabulate(SinglestepPlan{orders}, grid); });
  };
  CHECK(contains(refused({2, 1}), "add up to 3", "4 steps"));
  CHECK(contains(refused({4}), "order = 4"));
  CHECK(contains(refused({0, 3, 1}), "order = 0"));
  CHECK(contains(refusal([&] { staged(grid, std::array{1, 1}, at); }), "2 orders", "4 steps"));
  CHECK(contains(refusal([&] { staged(grid, std::array{1, 1, 1, 2}, at); }), "step 3", "order 2", "infinite"));
  CHECK(contains(refusal([] { orders_for(5, 4); }), "order = 4"));
  CHECK(contains(refusal([] { orders_for(0); }), "evaluations = 0"));
}

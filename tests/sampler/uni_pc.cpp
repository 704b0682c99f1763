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

/// UniPC-p with lower orders at the end, algorithms 1 and 2 of the paper: D_m = m(t_{i−m}) − m(t_i) and, for the
/// corrector, r_p = 1 and the estimate at the end, R_p(h) a_p = φ_p(h)/B(h), a_1 = ½ where there is one. In x̂₀ h
/// changes its sign in φ and B.
MatrixXd published(const Grid& grid, int order, Prediction prediction, bool B1) {
  const bool in_x0 = prediction == Prediction::x0;
  const auto estimate = [&](const MatrixXd& x, const Level& t) -> MatrixXd {
    const MatrixXd x0 = tests::three_modes()(x, t);
    return in_x0 ? x0 : MatrixXd((x - t.alpha * x0) / t.sigma);
  };
  std::vector<MatrixXd> m{estimate(start, grid[0])};
  const auto step = [&](const MatrixXd& x, std::size_t i, std::size_t p, bool corrects) -> MatrixXd {
    const Level &t = grid[i], &s = grid[i + 1];
    const double h = lambda(s) - lambda(t), hh = in_x0 ? -h : h, B = B1 ? hh : std::expm1(hh);
    std::vector<double> r;
    std::vector<MatrixXd> D;
    for (std::size_t k = 1; k < p; ++k) {
      r.push_back((lambda(grid[i - k]) - lambda(t)) / h);
      D.push_back(m[i - k] - m[i]);
    }
    if (corrects) {
      r.push_back(1);
      D.push_back(m[i + 1] - m[i]);
    }
    MatrixXd x_s = in_x0 ? s.sigma / t.sigma * x - s.alpha * std::expm1(-h) * m[i]
                         : s.alpha / t.alpha * x - s.sigma * std::expm1(h) * m[i];
    const Eigen::Index n = Eigen::Index(r.size());
    if (n == 0) return x_s;
    MatrixXd R(n, n);
    Eigen::VectorXd b(n);
    double factorial = 1;
    for (Eigen::Index j = 0; j < n; ++j) {
      factorial *= double(j + 1);
      for (Eigen::Index k = 0; k < n; ++k) R(j, k) = std::pow(r[std::size_t(k)], double(j));
      b[j] = hh * factorial * phi(int(j) + 2, hh) / B;
    }
    const Eigen::VectorXd a = n == 1 ? Eigen::VectorXd::Constant(1, 0.5).eval() : R.partialPivLu().solve(b).eval();
    for (std::size_t k = 0; k < r.size(); ++k)
      x_s -= (in_x0 ? s.alpha : s.sigma) * B * a[Eigen::Index(k)] / r[k] * D[k];
    return x_s;
  };
  MatrixXd x = start;
  for (std::size_t i = 0;; ++i) {
    const std::size_t steps = grid.size() - 1, p = std::min({std::size_t(order), i + 1, steps - i});
    const MatrixXd predicted = step(x, i, p, false);
    if (i + 1 == steps) return predicted;
    m.push_back(estimate(predicted, grid[i + 1]));
    x = step(x, i, p, true);
  }
}

std::vector<std::size_t> depths(const UniPC& sampler, const Grid& grid) {
  std::vector<std::size_t> list;
  for (const Step& step : tabulate(sampler, grid)) list.push_back(depth(step.row));
  return list;
}

}  // namespace

TEST_CASE("UniPC: it is the algorithm of the paper, with B1 and B2, in x0 and in eps") {
  const Grid grid = levels(vp, {1.0, 0.8, 0.65, 0.5, 0.3, 0.2, 0.15});
  for (const int order : {1, 2, 3, 4})
    for (const Prediction prediction : {Prediction::x0, Prediction::eps})
      for (const bool B1 : {true, false}) {
        INFO("order " << order << (prediction == Prediction::x0 ? " in x0" : " in eps") << ", B" << (B1 ? 1 : 2));
        const UniPC sampler{
            .order = order, .prediction = prediction, .moments = B1 ? Moments::flat : Moments::midpoint};
        CHECK(largest_difference(sample(tests::three_modes(), tabulate(sampler, grid), start),
                                 published(grid, order, prediction, B1)) < 1e-13);
      }
}

TEST_CASE("UniPC: the corrector makes order p + 1 of p") {
  for (const int p : {1, 2, 3})
    for (const Moments moments : {Moments::exact, Moments::midpoint, Moments::flat})
      for (const Prediction prediction : {Prediction::x0, Prediction::eps}) {
        INFO("order " << p);
        const UniPC sampler{.order = p, .prediction = prediction, .moments = moments, .lower_order_final = false};
        CHECK(std::abs(obeys::observed_order(sampler, vp, 150) - (p + 1)) < 0.15);
      }
  const UniPC predictor{.order = 2, .corrector = false, .lower_order_final = false};
  CHECK(std::abs(obeys::observed_order(predictor, vp, 150) - 2) < 0.15);
}

TEST_CASE("UniPC: without its corrector it is DPMSolver") {
  const Grid grid = karras(EDM{}, 8, 80, 0.02);
  for (const int p : {1, 2, 3, 4})
    for (const Moments moments : {Moments::exact, Moments::midpoint, Moments::flat}) {
      const UniPC a{.order = p, .moments = moments, .corrector = false};
      const DPMSolver b{.order = p, .moments = moments};
      for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
        CHECK(a.row(grid, i).x0 == b.row(grid, i).x0);
        CHECK(a.row(grid, i).x == b.row(grid, i).x);
      }
    }
}

TEST_CASE("with_corrector: a row on the predicted state as if it stood on the corrected one") {
  // m: the estimates in the slots of the row that is corrected for.
  const double m[] = {0.3, -1.1, 0.7, 0.2, 0}, x = 1.4;
  const auto value = [&](const Row& row, double state, std::size_t age) {
    double sum = row.x * state;
    for (std::size_t k = 0; k + age < 5; ++k) sum += row.x0[k] * m[k + age] + row.eps[k] * m[k + age] / 2;
    return sum;
  };
  const Row next{.x = 0.8, .x0 = {1, 0.4}, .eps = {0, 0.3}}, predicted{.x = 0.5, .x0 = {0.9, 0.2, -0.1}, .eps = {0.6}},
      corrected{.x = 0.5, .x0 = {0.7, 0.25, 0, -0.2}, .eps = {0.1, 0.2}};
  const Row folded = with_corrector(next, predicted, corrected);
  CHECK(std::abs(value(folded, value(predicted, x, 1), 0) - value(next, value(corrected, x, 0), 0)) < 1e-15);
  CHECK(with_corrector({.x0 = {1}}, predicted, corrected).x0 == Weights{1});  // a row that does not read its state
}

TEST_CASE("UniPC: a standing estimate is carried exactly, whatever the ends") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const Grid& grid :
       {levels(vp, uniform(7)), levels(Cosine{}, uniform(7)), levels(RectifiedFlow{}, uniform(7)),
        levels(zero_snr, trailing(7)), karras(EDM{}, 8, 80, 0.02), levels(vp, {1.0, 0.8, 0.8, 0.5, 0.2, 0.0}),
        levels(Cosine{}, uniform(7, 0.02, 1))})  // upward
    for (const int p : {1, 2, 3, 4})
      for (const Moments moments : {Moments::exact, Moments::midpoint, Moments::flat})
        for (const bool lower : {true, false}) {
          const Table table = tabulate(UniPC{.order = p, .moments = moments, .lower_order_final = lower}, grid);
          obeys::marginal_mean(table);
          obeys::marginal_variance(table);
        }
  for (const Grid& grid : {levels(vp, uniform(7)), karras(EDM{}, 8, 80, 0.02)}) {
    const Table table = tabulate(UniPC{.prediction = Prediction::eps, .moments = Moments::flat}, grid);
    obeys::marginal_mean(table);
    obeys::marginal_variance(table);
  }
}

TEST_CASE("UniPC: which estimates the rows read") {
  using Depths = std::vector<std::size_t>;
  const Grid grid = uniform_lambda(vp, 6, lambda(vp(1)), lambda(vp(0.02)));
  CHECK(depths({}, grid) == Depths{1, 2, 3, 4, 4, 3});  // the last row, of order 1, corrects a step of order 2
  CHECK(depths({.lower_order_final = false}, grid) == Depths{1, 2, 3, 4, 4, 4});
  CHECK(depths({.corrector = false}, grid) == Depths{1, 2, 3, 3, 2, 1});
  // The step from α = 0 is not corrected, and the row onto σ = 0 does not read its state.
  CHECK(depths({.lower_order_final = false}, levels(Cosine{}, uniform(5))) == Depths{1, 1, 2, 3, 1});
  Grid standing = grid;
  standing.insert(standing.begin() + 2, grid[2]);
  CHECK(depths({.order = 2, .lower_order_final = false}, standing) == Depths{1, 2, 0, 4, 4, 3, 3});
}

TEST_CASE("UniPC: upward it encodes, and back again") {
  const Grid down = uniform_lambda(vp, 400, lambda(vp(1)), lambda(vp(0.02))), up(down.rbegin(), down.rend());
  const MatrixXd x = Eigen::RowVector3d(0.6, 1.3, 1.9);
  const UniPC solver{.lower_order_final = false};
  const auto model = obeys::gaussian_data();
  CHECK(largest_difference(sample(model, tabulate(solver, down), sample(model, tabulate(solver, up), x)), x) < 1e-5);
}

TEST_CASE("UniPC: refusals") {
  const Grid grid = levels(vp, uniform(4));
  const auto refused = [](const UniPC& sampler, const Grid& on) { return refusal([&] { tabulate(sampler, on); }); };
  CHECK(contains(refused({.order = 5}, grid), "UniPC", "order = 5"));
  CHECK(contains(refused({.order = 0}, grid), "order = 0"));
  CHECK(contains(refused({.prediction = Prediction::v}, grid), "UniPC: ", "x0 or eps"));
  CHECK(contains(refused({}, levels(vp, {0.0, 0.5, 1.0})), "row 0", "UniPC: ", "no noise"));
}

TEST_CASE("UniPC: which steps can be corrected") {
  const Level blind{.alpha = 0, .sigma = 1}, noisy{.alpha = 0.6, .sigma = 0.8}, fine{.alpha = 0.8, .sigma = 0.6};
  CHECK(UniPC::has_corrector({noisy, fine, clean}, 1));
  CHECK(UniPC::has_corrector({fine, noisy, blind}, 1));
  CHECK(!UniPC::has_corrector({noisy, fine}, 0));          // nothing stands before the first
  CHECK(!UniPC::has_corrector({blind, noisy, clean}, 1));  // infinite in λ
  CHECK(!UniPC::has_corrector({noisy, blind, blind}, 1));
  CHECK(!UniPC::has_corrector({noisy, clean, clean}, 1));
  CHECK(!UniPC::has_corrector({clean, noisy, blind}, 1));
  CHECK(!UniPC::has_corrector({noisy, noisy, clean}, 1));  // of no length
}

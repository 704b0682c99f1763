#include <unsupported/Eigen/CXX11/Tensor>

#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::two_clouds;

namespace {

const VariancePreserving vp{};

Grid equal_steps(const auto& schedule, int n, double from, double to) {
  Grid grid;
  for (int i = 0; i <= n; ++i) grid.push_back(schedule(from + (to - from) * i / n));
  return grid;
}

/// ε̂ of two_clouds().
MatrixXd eps_of(const MatrixXd& x, const Level& t) {
  return (x - t.alpha * two_clouds()(x, t)) / t.sigma;
}
/// DDIM's transfer with this slope, the paper's φ.
MatrixXd transfer(const MatrixXd& x, const MatrixXd& eps, const Level& t, const Level& s) {
  return s.alpha / t.alpha * x + (s.sigma - s.alpha / t.alpha * t.sigma) * eps;
}

/// The base-2 logarithm of the ratio of two errors on three modes, against the quantile map.
double order(const auto& schedule, double from, double to, int n) {
  const Level t = schedule(from), s = schedule(to);
  const MatrixXd start = t.sigma * Eigen::RowVectorXd::LinSpaced(9, -1.6, 1.6);
  const MatrixXd truth = start.unaryExpr([&](double x) { return tests::quantile_map(x, t, s); });
  const auto error = [&](int steps) {
    return largest_difference(
        sample(tests::three_modes(), PNDMRungeKutta{.at = schedule}, start, equal_steps(schedule, steps, from, to)),
        truth);
  };
  return std::log2(error(n) / error(2 * n));
}

}  // namespace

TEST_CASE("PNDMRungeKutta: it is the paper's algorithm, and an observer sees every row") {
  const Grid grid = equal_steps(vp, 6, 0.9, 0.1);
  const MatrixXd start = MatrixXd::Random(2, 5);
  std::vector<MatrixXd> expected, slopes;
  MatrixXd x = start;
  for (std::size_t i = 0; i < 6; ++i) {
    const Level &t = grid[i], &s = grid[i + 1], m = vp((t.time + s.time) / 2);
    slopes.push_back(eps_of(x, t));
    if (i < 3) {
      const MatrixXd e1 = slopes.back(), y1 = transfer(x, e1, t, m);
      const MatrixXd e2 = eps_of(y1, m), y2 = transfer(x, e2, t, m);
      const MatrixXd e3 = eps_of(y2, m), y3 = transfer(x, e3, t, s);
      const MatrixXd e4 = eps_of(y3, s);
      x = transfer(x, (e1 + 2 * e2 + 2 * e3 + e4) / 6, t, s);
      expected.insert(expected.end(), {y1, y2, y3});
    } else {
      x = transfer(x, (55 * slopes[i] - 59 * slopes[i - 1] + 37 * slopes[i - 2] - 9 * slopes[i - 3]) / 24, t, s);
    }
    expected.push_back(x);
  }
  std::vector<MatrixXd> seen;
  int calls = 0;
  const auto model = [&](const MatrixXd& y, const Level& t) -> MatrixXd {
    ++calls;
    return two_clouds()(y, t);
  };
  std::vector<double> times;
  const auto look = [&](const Step& step, const MatrixXd& y, const MatrixXd& x0) {
    seen.push_back(y);
    times.push_back(step.to.time);
    CHECK(x0.size() == 10);
  };
  const MatrixXd end = sample(model, PNDMRungeKutta{.at = vp}, start, grid, NoNoise{}, look);
  CHECK(calls == 6 + 9);
  REQUIRE(seen.size() == expected.size());
  for (std::size_t i = 0; i < seen.size(); ++i) CHECK(largest_difference(seen[i], expected[i]) < 1e-13);
  CHECK(largest_difference(end, seen.back()) == 0);
  CHECK(std::is_sorted(times.rbegin(), times.rend()));
  for (const std::size_t last : {0u, 2u, 7u, 11u, 12u, 13u}) {
    std::size_t rows = 0;
    const auto stop = [&](const Step&, const MatrixXd&, const MatrixXd&) { return rows++ < last; };
    const MatrixXd stopped = sample(two_clouds(), PNDMRungeKutta{.at = vp}, start, grid, NoNoise{}, stop);
    CHECK(rows == last + 1);
    CHECK(largest_difference(stopped, seen[last]) == 0);
  }
}

TEST_CASE("PNDMRungeKutta: order 4 where time is sigma/alpha, 2 on equal steps in another time") {
  CHECK(std::abs(order(EDM{}, 5, 0.5, 800) - 4) < 0.15);
  CHECK(std::abs(order(EDM{}, 0.5, 8, 800) - 4) < 0.15);  // upward
  CHECK(std::abs(order(vp, 0.8, 0.1, 400) - 2) < 0.1);
  CHECK(std::abs(order(RectifiedFlow{}, 0.8, 0.1, 100) - 2) < 0.1);
}

TEST_CASE(
    "PNDMRungeKutta: its first three steps are those of RungeKutta4, where the middle in time is that in sigma/alpha") {
  const Grid grid = equal_steps(EDM{}, 3, 5, 1);
  const MatrixXd start = 5 * MatrixXd::Random(2, 4);
  CHECK(largest_difference(sample(two_clouds(), PNDMRungeKutta{.at = EDM{}}, start, grid),
                           sample(two_clouds(), RungeKutta4{.at = at_lambda(EDM{})}, start, grid)) < 1e-13);
}

TEST_CASE("PNDMRungeKutta: from alpha = 0, and onto sigma = 0, with any number of steps") {
  const MatrixXd noise = MatrixXd::Random(2, 3);
  const auto point = [](const MatrixXd& x, const Level&) -> MatrixXd {
    return MatrixXd::Constant(x.rows(), x.cols(), 0.7);
  };
  for (int n = 1; n <= 9; ++n) {
    INFO(n << " steps");
    Grid grid = equal_steps(Cosine{}, n, 1, 0);
    REQUIRE(grid.front().alpha == 0);
    grid.back() = clean;
    CHECK(largest_difference(sample(point, PNDMRungeKutta{.at = Cosine{}}, noise, grid), point(noise, clean)) < 1e-13);
    CHECK(sample(two_clouds(), PNDMRungeKutta{.at = Cosine{}}, noise, grid).cwiseAbs().maxCoeff() < 2);
  }
  // The step from alpha = 0 is Euler's, and the start is that of the next.
  Grid grid = equal_steps(Cosine{}, 8, 1, 0);
  const MatrixXd whole = sample(two_clouds(), PNDMRungeKutta{.at = Cosine{}}, noise, grid);
  const MatrixXd second = sample(two_clouds(), DDIM{}, noise, {grid[0], grid[1]});
  const Grid rest(grid.begin() + 1, grid.end());
  CHECK(largest_difference(sample(two_clouds(), PNDMRungeKutta{.at = Cosine{}}, second, rest), whole) < 1e-14);
  // Levels that stand twice change nothing but where the polynomial begins; the data may.
  grid.push_back(grid.back());
  CHECK(largest_difference(sample(two_clouds(), PNDMRungeKutta{.at = Cosine{}}, noise, grid), whole) < 1e-14);
}

TEST_CASE("PNDMRungeKutta: networks of any kind, matrices, arrays, tensors and floats") {
  const Grid grid = equal_steps(vp, 7, 0.9, 0.1);
  const PNDMRungeKutta pndm{.at = vp};
  const MatrixXd x = MatrixXd::Random(2, 6), end = sample(two_clouds(), pndm, x, grid);
  for (const Prediction kind : {Prediction::eps, Prediction::v, Prediction::score}) {
    const auto model = network(kind, [kind](const MatrixXd& y, const Level& t) -> MatrixXd {
      return target(kind, two_clouds()(y, t), eps_of(y, t), t);
    });
    CHECK(largest_difference(sample(model, pndm, x, grid), end) < 1e-12);
  }
  const auto pixels = [](const auto& y, const Level& t) {  // N(0.5, 0.04), coordinate by coordinate
    auto x0 = y;
    using Scalar = typename decltype(x0)::Scalar;
    const double gain = t.alpha * 0.04 / (t.alpha * t.alpha * 0.04 + t.sigma * t.sigma);
    flat(x0) = Scalar(0.5) + Scalar(gain) * (flat(y) - Scalar(0.5 * t.alpha));
    return x0;
  };
  const MatrixXd smooth = sample(pixels, pndm, x, grid);
  Eigen::Tensor<double, 3> tensor(1, 2, 6);
  flat(tensor) = flat(x);
  CHECK(largest_difference(sample(pixels, pndm, Eigen::ArrayXXd(x), grid), smooth) == 0);
  CHECK(largest_difference(sample(pixels, pndm, tensor, grid), smooth) == 0);
  CHECK(largest_difference(sample(pixels, pndm, Eigen::Matrix<double, 2, 6>(x), grid), smooth) == 0);
  CHECK(largest_difference(sample(pixels, pndm, Eigen::MatrixXf(x.cast<float>()), grid), smooth) < 1e-5);
}

TEST_CASE("PNDMRungeKutta: refusals tell the numbers") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  const Grid grid = equal_steps(vp, 5, 0.9, 0.1);
  const auto refused = [&](const PNDMRungeKutta& how, const Grid& levels) {
    return refusal([&] { sample(two_clouds(), how, x, levels); });
  };
  CHECK(contains(refused({}, grid), ".at = schedule"));
  CHECK(contains(refused({.at = [](double) { return vp(0.9); }}, grid), "level of time", "that of time 0.9"));
  CHECK(contains(refused({.at = vp}, {{.alpha = 0.5, .sigma = 0.9}, {.alpha = 0.9, .sigma = 0.5}}), "times nan"));
  CHECK(contains(refused({.at = vp}, {clean, vp(0.1), vp(0.5)}), "sigma = 0"));
  const auto eps = network(Prediction::eps, [](const MatrixXd& y, const Level&) -> MatrixXd { return y; });
  CHECK(contains(refusal([&] { sample(eps, PNDMRungeKutta{.at = Cosine{}}, x, equal_steps(Cosine{}, 5, 1, 0)); }),
                 "eps prediction", "alpha = 0"));
  const auto broken = [](const MatrixXd& y, const Level& t) -> MatrixXd {
    return t.time < 0.3 ? MatrixXd::Constant(y.rows(), y.cols(), std::nan("")) : MatrixXd(y / 2);
  };
  CHECK(contains(refusal<std::domain_error>([&] { sample(broken, PNDMRungeKutta{.at = vp}, x, grid); }), "at time 0.2",
                 "not finite"));
}

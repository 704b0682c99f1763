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
  return sample(tests::three_modes(), table, start);
}
/// The same stages with the middle half way in λ.
struct InLambda {
  Table rows(const Level& t, const Level& s) const {
    return RungeKutta4{}.stages(t, at_lambda(vp)((lambda(t) + lambda(s)) / 2), s);
  }
};

}  // namespace

TEST_CASE("RungeKutta4: it is Kutta's rule for dx/dsigma = eps of EDM and for the velocity of rectified flow") {
  const auto kutta = [](const auto& f, double t, double s) -> MatrixXd {
    const double h = s - t;
    const MatrixXd k1 = f(start, t), k2 = f(start + h / 2 * k1, t + h / 2), k3 = f(start + h / 2 * k2, t + h / 2),
                   k4 = f(start + h * k3, s);
    return start + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  };
  const auto eps = [](const MatrixXd& x, double sigma) -> MatrixXd {
    return (x - tests::three_modes()(x, EDM{}(sigma))) / sigma;
  };
  const auto velocity = [](const MatrixXd& x, double t) -> MatrixXd {
    return (x - tests::three_modes()(x, RectifiedFlow{}(t))) / t;  // ε̂ − x̂₀
  };
  const RungeKutta4 in_sigma{.at = at_lambda(EDM{})}, in_time{.slope = Slope::velocity, .at = RectifiedFlow{}};
  CHECK(largest_difference(run(in_sigma.rows(EDM{}(3), EDM{}(1.2))), kutta(eps, 3, 1.2)) < 1e-13);
  for (const double t : {0.9, 1.0})
    CHECK(largest_difference(run(in_time.rows(RectifiedFlow{}(t), RectifiedFlow{}(0.5))), kutta(velocity, t, 0.5)) <
          1e-13);
}

TEST_CASE("RungeKutta4: order 4 with the middle in the variable of the equation, 2 with it elsewhere") {
  CHECK(std::abs(obeys::observed_order(RungeKutta4{.at = at_lambda(vp)}, vp, 50) - 4) < 0.15);
  CHECK(std::abs(obeys::observed_order(RungeKutta4{.slope = Slope::velocity, .at = vp}, vp, 50) - 4) < 0.15);
  CHECK(std::abs(obeys::observed_order(InLambda{}, vp, 200) - 2) < 0.15);
}

TEST_CASE("RungeKutta4: a standing estimate is carried exactly, and at the ends it takes a single row") {
  const Table cosine = tabulate(RungeKutta4{.at = at_lambda(Cosine{})}, levels(Cosine{}, uniform(4))),
              flow = tabulate(RungeKutta4{.slope = Slope::velocity, .at = RectifiedFlow{}},
                              levels(RectifiedFlow{}, uniform(4))),
              up = tabulate(RungeKutta4{.at = at_lambda(vp)}, levels(vp, {0.2, 0.5, 0.5, 1.0}));
  for (const Table& table : {cosine, flow, up}) {
    obeys::marginal_mean(table);
    obeys::marginal_variance(table);
  }
  CHECK(cosine.size() == 1 + 4 + 4 + 1);
  CHECK(flow.size() == 4 + 4 + 4 + 1);  // α = 0 is a level like others
  CHECK(up.size() == 4 + 1 + 4);        // a step of length 0
}

TEST_CASE("RungeKutta4: in v it is Kutta's rule for dx/dphi, from alpha = 0 too") {
  const auto v = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    const MatrixXd x0 = tests::three_modes()(x, t);
    return t.alpha * (x - t.alpha * x0) / t.sigma - t.sigma * x0;
  };
  const auto at = [](double phi) -> Level { return {.alpha = std::cos(phi), .sigma = std::sin(phi)}; };
  const double right = std::acos(-1.0) / 2;
  for (const double from : {right, 1.1}) {
    const double to = 0.7, h = to - from;
    const Level first = from == right ? Level{.alpha = 0, .sigma = 1} : at(from);
    const MatrixXd k1 = v(start, first), k2 = v(start + h / 2 * k1, at(from + h / 2)),
                   k3 = v(start + h / 2 * k2, at(from + h / 2)), k4 = v(start + h * k3, at(to));
    const MatrixXd expected = start + h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    const auto of_lambda = [&](double lambda) { return at(std::atan(std::exp(-lambda))); };
    const Table table = RungeKutta4{.slope = Slope::v, .at = of_lambda}.rows(first, at(to));
    CHECK(table.size() == 4);
    CHECK(largest_difference(run(table), expected) < 1e-13);
  }
}

TEST_CASE("RungeKutta4: refusals") {
  CHECK(contains(refusal([] { RungeKutta4{}.rows(vp(0.8), vp(0.5)); }), "RungeKutta4", ".at"));
  CHECK(contains(refusal([] { tabulate(RungeKutta4{.at = at_lambda(vp)}, levels(vp, {0.0, 0.5})); }), "sigma = 0"));
}

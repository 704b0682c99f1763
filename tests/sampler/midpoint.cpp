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

MatrixXd x0_at(const MatrixXd& x, const Level& t) {
  return tests::three_modes()(x, t);
}
MatrixXd eps_at(const MatrixXd& x, const Level& t) {
  return (x - t.alpha * x0_at(x, t)) / t.sigma;
}
MatrixXd run(const Table& table) {
  return sample(tests::three_modes(), table, start);
}

}  // namespace

TEST_CASE("Midpoint: it is DPM2, the midpoint rule of dx/dsigma = eps with the middle at the geometric mean") {
  const double sigma = 3, next = 1.2, middle = std::sqrt(sigma * next);
  const MatrixXd stage = start + (middle - sigma) * eps_at(start, EDM{}(sigma)),
                 x = start + (next - sigma) * eps_at(stage, EDM{}(middle));
  CHECK(largest_difference(run(Midpoint{.at = at_lambda(EDM{})}.rows(EDM{}(sigma), EDM{}(next))), x) < 1e-13);
}

TEST_CASE("Midpoint: any place of the stage, in sigma/alpha and in time, by its formula") {
  const Level t = vp(0.8), s = vp(0.5);
  for (const double r : {0.3, 0.5, 0.8}) {
    const auto mean = [&](const MatrixXd& first, const MatrixXd& second) -> MatrixXd {
      return (1 - 1 / (2 * r)) * first + 1 / (2 * r) * second;
    };
    {
      const auto rho = [](const Level& level) { return level.sigma / level.alpha; };
      const Level m = at_lambda(vp)(lambda(t) + r * (lambda(s) - lambda(t)));
      const MatrixXd e = eps_at(start, t), stage = m.alpha * (start / t.alpha + (rho(m) - rho(t)) * e);
      const MatrixXd x = s.alpha * (start / t.alpha + (rho(s) - rho(t)) * mean(e, eps_at(stage, m)));
      CHECK(largest_difference(run(Midpoint{.r = r, .at = at_lambda(vp)}.rows(t, s)), x) < 1e-13);
    }
    {
      const auto velocity = [](const MatrixXd& x, const Level& level) -> MatrixXd {
        return level.d_alpha * x0_at(x, level) + level.d_sigma * eps_at(x, level);
      };
      const Level m = vp(0.8 + r * (0.5 - 0.8));
      const MatrixXd v = velocity(start, t), stage = start + (m.time - t.time) * v;
      const MatrixXd x = start + (s.time - t.time) * mean(v, velocity(stage, m));
      CHECK(largest_difference(run(Midpoint{.r = r, .slope = Slope::velocity, .at = vp}.rows(t, s)), x) < 1e-13);
    }
  }
}

TEST_CASE("Midpoint: at r = 1/2 the estimate at the start is read for the state alone, at r = 1 it is Heun") {
  const Level t = vp(0.8), s = vp(0.5);
  const Row last = Midpoint{.at = at_lambda(vp)}.rows(t, s)[1].row;
  CHECK(last.x == 0);
  CHECK(std::abs(last.eps[1] / last.x0[1] - t.sigma / t.alpha) < 1e-15);  // α_t x̂₀ + σ_t ε̂ is x_t
  CHECK(last.x0[0] == 0);
  CHECK(largest_difference(run(Midpoint{.r = 1, .at = at_lambda(vp)}.rows(t, s)), run(Heun{}.rows(t, s))) < 1e-13);
  CHECK(largest_difference(run(Midpoint{.r = 1, .slope = Slope::velocity, .at = vp}.rows(t, s)),
                           run(Heun{Slope::velocity}.rows(t, s))) < 1e-13);
}

TEST_CASE("Midpoint: on EDM, with the stage at the end, both slopes are one") {
  const Level t = EDM{}(3), s = EDM{}(1.2);
  CHECK(largest_difference(run(Midpoint{.r = 1, .at = EDM{}}.rows(t, s)),
                           run(Midpoint{.r = 1, .slope = Slope::velocity, .at = EDM{}}.rows(t, s))) < 1e-13);
}

TEST_CASE("Midpoint: order 2 for every r, in sigma/alpha and in time") {
  for (const double r : {0.3, 0.5, 1.0}) {
    CHECK(std::abs(obeys::observed_order(Midpoint{.r = r, .at = at_lambda(vp)}, vp, 100) - 2) < 0.15);
    CHECK(std::abs(obeys::observed_order(Midpoint{.r = r, .slope = Slope::velocity, .at = vp}, vp, 100) - 2) < 0.15);
  }
}

TEST_CASE("Midpoint: a standing estimate is carried exactly, and at the ends it takes a single row") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const double r : {0.4, 0.5, 1.0}) {
    for (const auto& table : {tabulate(Midpoint{.r = r, .at = at_lambda(Cosine{})}, levels(Cosine{}, uniform(4))),
                              tabulate(Midpoint{.r = r, .at = at_lambda(zero_snr)}, levels(zero_snr, trailing(4))),
                              tabulate(Midpoint{.r = r, .at = at_lambda(RectifiedFlow{})},
                                       levels(RectifiedFlow{}, {0.2, 0.5, 0.7, 1.0}))}) {
      obeys::marginal_mean(table);
      obeys::marginal_variance(table);
    }
    // A straight line in time is one for the velocity, α = 0 a level like others.
    const Table flow = tabulate(Midpoint{.r = r, .slope = Slope::velocity, .at = RectifiedFlow{}},
                                levels(RectifiedFlow{}, uniform(4)));
    obeys::marginal_mean(flow);
    obeys::marginal_variance(flow);
    CHECK(flow.size() == 7);  // onto σ = 0 one row
  }
  const Midpoint cosine{.at = at_lambda(Cosine{})};
  CHECK(tabulate(cosine, levels(Cosine{}, uniform(4))).size() == 6);
  CHECK(cosine.rows(Cosine{}(0.5), Cosine{}(0.5)).size() == 1);
}

TEST_CASE("Midpoint: refusals") {
  const auto refused = [](const Midpoint& method) { return refusal([&] { method.rows(vp(0.8), vp(0.5)); }); };
  CHECK(contains(refused({.r = 0, .at = at_lambda(vp)}), "r = 0"));
  CHECK(contains(refused({.r = 1.2, .at = at_lambda(vp)}), "r = 1.2"));
  CHECK(contains(refused({}), "at_lambda(schedule)"));
  CHECK(contains(refusal([] { tabulate(Midpoint{.at = at_lambda(vp)}, levels(vp, {0.0, 0.5})); }), "sigma = 0"));
}

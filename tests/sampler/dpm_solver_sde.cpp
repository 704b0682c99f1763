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

/// Two modes at ±1 of deviation 0.4, which no linear estimate serves.
struct TwoModes {
  static constexpr double weight[] = {0.3, 0.7}, mean[] = {-1, 1}, variance = 0.16;

  static double spread(const Level& t) { return t.alpha * t.alpha * variance + t.sigma * t.sigma; }
  static double density(double x, const Level& t) {
    double sum = 0;
    for (const int k : {0, 1}) sum += weight[k] * std::exp(-std::pow(x - t.alpha * mean[k], 2) / (2 * spread(t)));
    return sum / std::sqrt(2 * std::numbers::pi * spread(t));
  }
  static double x0(double x, const Level& t) {  // of log-odds, which do not underflow
    const double odds = weight[1] / weight[0] * std::exp(2 * t.alpha * x / spread(t)), second = odds / (1 + odds);
    const double m = mean[0] + (mean[1] - mean[0]) * second;
    return m + variance * t.alpha / spread(t) * (x - t.alpha * m);
  }
  static double mean_cosine(const Level& t) {
    return std::cos(2 * t.alpha) * std::exp(-2 * spread(t));  // of cos 2x, the same for both
  }
};

/// The error of E cos 2x at the end of n steps of two rows each, from the marginal at the start: the expectation is carried backward
/// over a grid in x, the two noises of a step by the trapezoid rule, so that there is no random number.
double error_of_mean_cosine(const DPMSolverSDE& sampler, int n) {
  constexpr int points = 400;
  const double low = -8, gap = 16.0 / (points - 1);
  const Grid grid = uniform_lambda(vp, n, lambda(vp(0.9)), lambda(vp(0.02)));
  Eigen::ArrayXd x = Eigen::ArrayXd::LinSpaced(points, low, -low), u = (2 * x).cos();
  const Eigen::ArrayXd z = Eigen::ArrayXd::LinSpaced(17, -6, 6);
  Eigen::ArrayXd w = (-0.5 * z.square()).exp();
  w /= w.sum();
  const auto between = [&](double at_x) {  // cubic
    const auto i = std::clamp(Eigen::Index((at_x - low) / gap) - 1, Eigen::Index(0), Eigen::Index(points - 4));
    const double s = (at_x - low) / gap - double(i);
    return -u[i] * (s - 1) * (s - 2) * (s - 3) / 6 + u[i + 1] * s * (s - 2) * (s - 3) / 2 -
           u[i + 2] * s * (s - 1) * (s - 3) / 2 + u[i + 3] * s * (s - 1) * (s - 2) / 6;
  };
  for (std::size_t i = grid.size() - 1; i-- > 0;) {
    const Table rows = sampler.rows(grid[i], grid[i + 1]);
    const Row &first = rows[0].row, &second = rows[1].row;
    Eigen::ArrayXd before = Eigen::ArrayXd::Zero(points);
    for (Eigen::Index j = 0; j < points; ++j) {
      const double x0 = TwoModes::x0(x[j], rows[0].from);
      for (Eigen::Index k = 0; k < z.size(); ++k) {
        const double stage = first.x * x[j] + first.x0[0] * x0 + first.z * z[k],
                     end = second.x * stage + second.x0[0] * TwoModes::x0(stage, rows[1].from) + second.x0[1] * x0;
        for (Eigen::Index l = 0; l < z.size(); ++l) before[j] += w[k] * w[l] * between(end + second.z * z[l]);
      }
    }
    u = before;
  }
  return gap * (u * x.unaryExpr([&](double y) { return TwoModes::density(y, grid.front()); })).sum() -
         TwoModes::mean_cosine(grid.back());
}

}  // namespace

TEST_CASE("DPMSolverSDE: k-diffusion's sample_dpmpp_sde, the noises of stage and step parts of one path") {
  const auto denoised = [](const MatrixXd& x, double sigma) -> MatrixXd {
    return tests::three_modes()(x, EDM{}(sigma));
  };
  const double sigma = 3, next = 1.2;
  for (const double r : {0.5, 0.3})
    for (const double eta : {0.0, 0.5, 1.0}) {
      const auto get_ancestral_step = [&](double from, double to) {
        const double up = std::min(to, eta * std::sqrt(to * to * (from * from - to * to) / (from * from)));
        return std::pair{std::sqrt(to * to - up * up), up};
      };
      const double t = -std::log(sigma), t_next = -std::log(next), s = t + (t_next - t) * r, fac = 1 / (2 * r);
      MatrixXd first = start, second = start;
      Normals{7}(first, 0);
      Normals{7}(second, 1);
      const MatrixXd d = denoised(start, sigma);
      const auto [stage_down, stage_up] = get_ancestral_step(sigma, std::exp(-s));
      const MatrixXd x_2 = stage_down / sigma * start - std::expm1(t + std::log(stage_down)) * d + stage_up * first;
      const auto [down, up] = get_ancestral_step(sigma, next);
      const MatrixXd d_2 = (1 - fac) * d + fac * denoised(x_2, std::exp(-s));
      // The peer gives the two noises of a path as they are; its share is that of the distances in σ, ours that by
      // which the step carries on what the stage has, (down/σ)/(stage_down/σ), so that x is linear in x_2 and new noise.
      const double share = eta == 0 ? 0 : down / stage_down * stage_up / up;
      const MatrixXd x = down / sigma * start - std::expm1(t + std::log(down)) * d_2 +
                         up * (share * first + std::sqrt(1 - share * share) * second);
      const DPMSolverSDE sampler{.eta = eta, .r = r, .at = at_lambda(EDM{})};
      CHECK(largest_difference(sample(tests::three_modes(), sampler.rows(EDM{}(sigma), EDM{}(next)), start, Normals{7}),
                               x) < 1e-12);
    }
}

TEST_CASE("DPMSolverSDE: eta = 0 is SinglestepDPMSolver of order 2 with midpoint moments, upward too") {
  const SinglestepDPMSolver method{.moments = Moments::midpoint, .at = at_lambda(Cosine{})};
  for (const Grid& grid : {levels(Cosine{}, uniform(5)), levels(Cosine{}, uniform(5, 0.1, 1))}) {
    const Table a = tabulate(DPMSolverSDE{.eta = 0, .at = at_lambda(Cosine{})}, grid), b = tabulate(method, grid);
    REQUIRE(a.size() == b.size());
    CHECK(largest_difference(sample(tests::three_modes(), a, start), sample(tests::three_modes(), b, start)) < 1e-12);
  }
}

TEST_CASE("DPMSolverSDE: rows keep mean and variance, and where lambda is infinite there is one, DDIM") {
  const auto zero_snr = Discrete::zero_terminal_snr(Discrete::scaled_linear());
  for (const double eta : {0.0, 0.5, 1.0})
    for (const double r : {0.3, 0.5})
      for (const Table& table :
           {tabulate(DPMSolverSDE{.eta = eta, .r = r, .at = at_lambda(Cosine{})}, levels(Cosine{}, uniform(5))),
            tabulate(DPMSolverSDE{.eta = eta, .r = r, .at = at_lambda(zero_snr)}, levels(zero_snr, trailing(5))),
            tabulate(DPMSolverSDE{.eta = eta, .r = r, .at = at}, levels(vp, {1.0, 0.8, 0.8, 0.3, 0.0}))}) {
        obeys::marginal_mean(table);
        obeys::marginal_variance(table);
      }
  const Table cosine = tabulate(DPMSolverSDE{.at = at_lambda(Cosine{})}, levels(Cosine{}, uniform(5)));
  CHECK(cosine.size() == 1 + 3 * 2 + 1);
  CHECK(cosine[0].row.z == DDIM{1}.row(Cosine{}(1), Cosine{}(0.8)).z);
}

TEST_CASE("DPMSolverSDE: order 2 of the law, with any noise") {
  for (const double r : {0.3, 0.5, 0.9})
    for (const double eta : {0.0, 0.5})
      CHECK(std::abs(obeys::observed_order(DPMSolverSDE{.eta = eta, .r = r, .at = at}, vp, 400) - 2) < 0.15);
  for (const double r : {0.5, 0.9})
    CHECK(std::abs(obeys::observed_order(DPMSolverSDE{.r = r, .at = at}, vp, 200) - 2) < 0.15);
  // A table whose stage drew a noise that the step did not know of was off by 9e-3, twice what DDPM is at its cost.
  CHECK(std::abs(obeys::error_of_deviation(DPMSolverSDE{.at = at}, vp, 160)) <
        obeys::error_of_deviation(DDPM{}, vp, 320) / -10);
}

TEST_CASE("DPMSolverSDE: with eta = 1 it is SinglestepDPMSolver of order 2 with noise 1") {
  const Grid grid = levels(vp, uniform(5));
  const Table a = tabulate(DPMSolverSDE{.at = at}, grid),
              b = tabulate(SinglestepDPMSolver{.noise = 1, .moments = Moments::midpoint, .at = at}, grid);
  REQUIRE(a.size() == b.size());
  CHECK(largest_difference(sample(tests::three_modes(), a, start, Normals{7}),
                           sample(tests::three_modes(), b, start, Normals{7})) < 1e-12);
}

TEST_CASE("DPMSolverSDE: a step of length zero to rounding is the identity") {
  const Level t = vp(0.5);
  for (const double h : {1e-16, 1e-13, 1e-9})
    for (const double eta : {0.0, 0.5, 1.0})
      CHECK(
          largest_difference(sample(tests::three_modes(), DPMSolverSDE{.eta = eta, .at = at}.rows(t, at(lambda(t) + h)),
                                    start, [](MatrixXd& z) { z.setConstant(0); }),
                             start) < 1e-7);
}

TEST_CASE("DPMSolverSDE: order 2 in law on two modes, whose estimate is no linear function") {
  for (const double eta : {0.5, 1.0}) {
    const DPMSolverSDE sampler{.eta = eta, .at = at};
    CHECK(std::abs(std::log2(error_of_mean_cosine(sampler, 10) / error_of_mean_cosine(sampler, 20)) - 2) < 0.15);
  }
}

TEST_CASE("DPMSolverSDE: refusals") {
  const auto refused = [](const DPMSolverSDE& sampler, const Level& t, const Level& s) {
    return refusal([&] { sampler.rows(t, s); });
  };
  CHECK(contains(refused({.r = 0, .at = at}, vp(0.8), vp(0.5)), "r = 0"));
  CHECK(contains(refused({.r = 1, .at = at}, vp(0.8), vp(0.5)), "r = 1"));
  CHECK(contains(refused({}, vp(0.8), vp(0.5)), "at_lambda(schedule)"));
  CHECK(contains(refused({.eta = -1, .at = at}, vp(0.8), vp(0.5)), "eta = -1"));
  CHECK(contains(refused({.at = at}, vp(0.5), vp(0.8)), "less noise only"));
  CHECK(contains(refusal([] {
                   tabulate(DPMSolverSDE{.eta = 0, .at = at}, levels(vp, {0.0, 0.5}));
                 }),
                 "row 0", "sigma = 0"));
}

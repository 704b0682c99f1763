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
        laws::marginal_mean(table);
        laws::marginal_variance(table);
      }
  const Table cosine = tabulate(DPMSolverSDE{.at = at_lambda(Cosine{})}, levels(Cosine{}, uniform(5)));
  CHECK(cosine.size() == 1 + 3 * 2 + 1);
  CHECK(cosine[0].row.z == DDIM{1}.row(Cosine{}(1), Cosine{}(0.8)).z);
}

TEST_CASE("DPMSolverSDE: order 2 of the law, with any noise") {
  for (const double r : {0.3, 0.5, 0.9})
    for (const double eta : {0.0, 0.5})
      CHECK(std::abs(laws::observed_order(DPMSolverSDE{.eta = eta, .r = r, .at = at}, vp, 400) - 2) < 0.15);
  for (const double r : {0.5, 0.9})
    CHECK(std::abs(laws::observed_order(DPMSolverSDE{.r = r, .at = at}, vp, 200) - 2) < 0.15);
  // A table whose stage drew a noise that the step did not know of was off by 9e-3, twice what DDPM is at its cost.
  CHECK(std::abs(laws::error_of_deviation(DPMSolverSDE{.at = at}, vp, 160)) <
        laws::error_of_deviation(DDPM{}, vp, 320) / -10);
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

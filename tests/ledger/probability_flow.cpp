// The rows SDE-15, SDE-16 and DDIM-8 of the ledger: the flow, its likelihood, and its latents; and orders of
// convergence, by the quantile map.

#include "laws.hpp"
#include "mixtures.hpp"

using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::check;
using tests::Claim;
using tests::difference;
using tests::LawClaim;
using tests::Noise;
using tests::numbers;
using tests::quantile_map;
using tests::stacked;
using tests::three_modes;
using tests::three_modes_cdf;
using tests::two_clouds;
using namespace tweedie;

namespace {

template <class S>
AdaptiveFlow flow_of(const S& schedule, double tolerance, Coupling coupling = Coupling::sample) {
  return {.at = at_lambda(schedule),
          .relative_tolerance = tolerance,
          .absolute_tolerance = tolerance,
          .coupling = coupling};
}

/// What has its noisy end at t = 1 and noise left at t = 0.01.
template <class F>
void for_each_schedule(const F& f) {
  f("VP", VariancePreserving{}, 1.0);
  f("sub-VP", SubVariancePreserving{}, 1.0);
  f("VE", VarianceExploding{0.01, 50}, 1.0);
  f("cosine", Cosine{}, 0.99);
  f("EDM", EDM{}, 40.0);
  f("flow", RectifiedFlow{}, 0.999);
}

/// The largest error of a sampler's run from t to s against the quantile map.
template <class S>
double error_of(const S& sampler, const Grid& grid) {
  const MatrixXd start = grid.front().sigma * Eigen::RowVectorXd::LinSpaced(9, -1.6, 1.6);
  const MatrixXd end = sample(three_modes(), sampler, start, grid);
  double worst = 0;
  for (Eigen::Index i = 0; i < start.size(); ++i)
    worst = std::max(worst, std::abs(end(0, i) - quantile_map(start(0, i), grid.front(), grid.back())));
  return worst;
}

const VectorXd point = Eigen::Vector2d(0.3, -0.2);

}  // namespace

TEST_CASE("SDE-15: in one dimension the flow is the quantile map, both ways, on every schedule", "[ledger][SDE-15]") {
  for_each_schedule([](const char* name, const auto& schedule, double noisiest) {
    INFO(name);
    const Level t = schedule(noisiest), s = schedule(0.01);
    CHECK(error_of(flow_of(schedule, 1e-11), {t, s}) < 1e-9);
    CHECK(error_of(flow_of(schedule, 1e-11), {t, schedule(0.4), s}) < 1e-9);
    const MatrixXd x0 = Eigen::RowVector4d(-2.1, 0.1, 0.8, 2.9);
    const MatrixXd latent = sample(three_modes(), flow_of(schedule, 1e-11), x0, {s, t});
    for (Eigen::Index i = 0; i < 4; ++i) CHECK(std::abs(latent(0, i) - quantile_map(x0(0, i), s, t)) < 1e-7 * t.sigma);
  });
}

TEST_CASE("SDE-15: at alpha = 0 the flow begins as everywhere", "[ledger][SDE-15]") {
  const Level t = Cosine{}(1), s = Cosine{}(0.01);
  REQUIRE(t.alpha == 0);
  CHECK(error_of(flow_of(Cosine{}, 1e-11), {t, s}) < 1e-9);
  const MatrixXd x0 = Eigen::RowVector3d(-2.1, 0.1, 2.9);
  const MatrixXd latent = sample(three_modes(), flow_of(Cosine{}, 1e-11), x0, {s, t});
  for (Eigen::Index i = 0; i < 3; ++i) CHECK(std::abs(latent(0, i) - quantile_map(x0(0, i), s, t)) < 1e-7);
}

TEST_CASE("SDE-15: the velocity in three forms, and in the variables of VE", "[ledger][SDE-15]") {
  for_each_schedule([](const char* name, const auto& schedule, double noisiest) {
    INFO(name);
    const MatrixXd x = MatrixXd::Random(2, 10);
    const Level t = schedule(0.4 * noisiest);
    const MatrixXd s = two_clouds().score(x, t), v = velocity(two_clouds(), x, t), x0 = two_clouds()(x, t);
    CHECK(difference(v, drift_rate(t) * x - diffusion_rate(t) / 2 * s) < 1e-11 * (1 + v.cwiseAbs().maxCoeff()));
    const MatrixXd eps = -t.sigma * s;
    CHECK(difference(v, target(Prediction::velocity, x0, eps, t)) < 1e-11 * (1 + v.cwiseAbs().maxCoeff()));
    // y = x/α, τ = σ/α: dy/dτ = ε̂ = −τ ∇ log p(y), the equation of VE.
    const double d_tau = (t.d_sigma * t.alpha - t.sigma * t.d_alpha) / (t.alpha * t.alpha);
    const MatrixXd dy = (v - t.d_alpha / t.alpha * x) / t.alpha / d_tau;
    CHECK(difference(dy, eps) < 1e-10);
    const Level ve{.alpha = 1, .sigma = t.sigma / t.alpha};
    CHECK(difference(eps, -ve.sigma * two_clouds().score(x / t.alpha, ve)) < 1e-10);
  });
}

TEST_CASE("SDE-15: samples that follow the flow keep the marginals, simulated", "[ledger][SDE-15]") {
  const VariancePreserving vp{};
  const Level t = vp(1), s = vp(0.05);
  check(LawClaim{"SDE-15", "law of x_s along the flow", [&](double x) { return three_modes_cdf(x, s); }, 0.02}, 80'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x = tests::noised_by(three_modes().draw(n, noise.engine), t, noise);
          return sample(three_modes(), flow_of(vp, 1e-3, Coupling::batch), x, {t, s});
        });
}

TEST_CASE("SDE-15: orders of convergence to the quantile map", "[ledger][SDE-15]") {
  const VariancePreserving vp{};
  const auto grid = [&](int n) { return uniform_lambda(vp, n, lambda(vp(1)), lambda(vp(0.02))); };
  const auto in_time = [&](int n) { return levels(vp, uniform(n, 1, 0.02)); };
  const auto order = [&](const auto& sampler, const auto& grids, int n) {
    return std::log2(error_of(sampler, grids(n)) / error_of(sampler, grids(2 * n)));
  };
  CHECK(std::abs(order(EulerMaruyama{0}, in_time, 4000) - 1) < 0.1);
  CHECK(std::abs(order(ReverseDiffusion{0}, grid, 2000) - 1) < 0.1);
  CHECK(std::abs(order(ExponentialEuler{0}, grid, 400) - 1) < 0.1);
}

TEST_CASE("DDIM-11: Heun on averaged eps has order 2, to the quantile map and on a Gaussian", "[ledger][DDIM-11]") {
  const VariancePreserving vp{};
  const auto error = [&](int n) { return error_of(Heun{}, uniform_lambda(vp, n, lambda(vp(1)), lambda(vp(0.02)))); };
  CHECK(std::abs(std::log2(error(200) / error(400)) - 2) < 0.1);
  CHECK(std::abs(obeys::observed_order(Heun{}, vp, 200) - 2) < 0.1);
}

TEST_CASE("SDE-16: the flow's likelihood of a mixture is its density to 1e-6, on every schedule", "[ledger][SDE-16]") {
  const MatrixXd x = (MatrixXd(2, 3) << -0.7, 0.3, 1.5, 0.2, -0.2, -1).finished();
  for_each_schedule([&](const char* name, const auto& schedule, double noisiest) {
    INFO(name);
    const Level from = schedule(0.01), to = schedule(noisiest);
    const auto prior = [](const MatrixXd& y, const Level& T) { return two_clouds().log_density(y, T); };
    const VectorXd truth = two_clouds().log_density(x, from);
    const auto found = log_likelihood(two_clouds(), PosteriorTrace{std::cref(two_clouds())}, x, from, to,
                                      flow_of(schedule, 1e-9), prior);
    CHECK(difference(found.log_density, truth) < 1e-7);
    CHECK(found.standard_error.isZero(0));
    const auto by_differences =
        log_likelihood(two_clouds(), SummedDivergence{difference_product(std::cref(two_clouds()))}, x, from, to,
                       flow_of(schedule, 1e-8), prior);
    CHECK(difference(by_differences.log_density, truth) < 1e-6);
    // From level to level, as well as to the end.
    const auto short_way = log_likelihood(two_clouds(), PosteriorTrace{std::cref(two_clouds())}, x, from,
                                          schedule(0.3 * noisiest), flow_of(schedule, 1e-9), prior);
    CHECK(difference(short_way.log_density, truth) < 1e-7);
  });
}

TEST_CASE("SDE-16: the divergence of the velocity from that of the denoiser", "[ledger][SDE-16]") {
  const Level t = VariancePreserving{}(0.3);
  const auto v = [&](const MatrixXd& x, const Level& level) { return velocity(two_clouds(), x, level); };
  const MatrixXd x = MatrixXd::Random(2, 5);
  Eigen::ArrayXXd of_denoiser, of_velocity;
  PosteriorTrace{std::cref(two_clouds())}(x, t, of_denoiser);
  SummedDivergence{difference_product(v)}(x, t, of_velocity);
  CHECK(difference(velocity_divergence(t, 2, of_denoiser).matrix(), of_velocity.matrix()) < 1e-6);
  CHECK(std::abs(velocity_divergence(t, 2, of_denoiser(0, 1)) - of_velocity(0, 1)) < 1e-6);
}

TEST_CASE("SDE-16: Hutchinson's probes are unbiased, with the variance that the Jacobian tells, simulated",
          "[ledger][SDE-16]") {
  const Level t = VariancePreserving{}(0.2);
  const MatrixXd J = jacobian(covariance_product(two_clouds()), point, t);
  const auto product = [&](const auto& x, const Level&, const auto& z) {
    auto out = x;
    out = J * z;
    return out;
  };
  // What is known of J is told and not estimated, so that the spread of normal probes is that of the rest.
  const MatrixXd rest = J - t.alpha / (t.alpha * t.alpha + t.sigma * t.sigma) * MatrixXd::Identity(2, 2);
  const double normals = 2 * rest.squaredNorm(), signs = 2 * (J.squaredNorm() - J.diagonal().squaredNorm());
  for (const Probe probe : {Probe::rademacher, Probe::gaussian}) {
    const bool gauss = probe == Probe::gaussian;
    // Two signs of a 2 × 2 matrix have a two-valued estimate: its variance needs no simulation, and its square does not
    // vary.
    const VectorXd claimed = gauss ? numbers({J.trace(), normals}) : numbers({J.trace()});
    check(Claim{"SDE-16", gauss ? "trace and its variance, normal probes" : "trace, probes of signs", claimed, 0.02},
          2'800'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const auto draw_probe = [&](MatrixXd& z, std::int64_t, std::int64_t) { noise(z); };
            Eigen::ArrayXXd estimates;
            Hutchinson{product, 1, probe, draw_probe}(MatrixXd(point.replicate(1, n)), t, estimates);
            if (!gauss) return estimates;
            return stacked({estimates, (estimates - J.trace()).square()});
          });
  }
  Eigen::ArrayXXd estimates;
  Hutchinson{product, 64}(MatrixXd(point), t, estimates);
  for (Eigen::Index k = 0; k < 64; ++k) CHECK(std::abs(std::pow(estimates(k, 0) - J.trace(), 2) - signs) < 1e-12);
}

TEST_CASE("SDE-16: with probes the likelihood is the density on average, simulated", "[ledger][SDE-16]") {
  // Many copies of one point, each with a probe of its own.
  const VariancePreserving vp{};
  const Level from = vp(0.02), to = vp(1);
  const auto prior = [](const MatrixXd& y, const Level& T) { return two_clouds().log_density(y, T); };
  const VectorXd far = Eigen::Vector2d(1.2, -0.9), truth = two_clouds().log_density(far, from);
  for (const Probe probe : {Probe::rademacher, Probe::gaussian})
    check(Claim{"SDE-16", probe == Probe::gaussian ? "log-density, normal probes" : "log-density, probes of signs",
                numbers({truth[0]}), probe == Probe::gaussian ? 0.02 : 0.01},
          probe == Probe::gaussian ? 70'000 : 40'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const auto draw_probe = [z = noise(2, n)](MatrixXd& out, std::int64_t, std::int64_t) { out = z; };
            const Hutchinson divergence{difference_product(std::cref(two_clouds())), 1, probe, draw_probe};
            return log_likelihood(two_clouds(), divergence, MatrixXd(far.replicate(1, n)), from, to,
                                  flow_of(vp, 1e-4, Coupling::batch), prior)
                .estimates;
          });
}

TEST_CASE("SDE-16: the likelihood agrees with the density within the standard error that it reports",
          "[ledger][SDE-16]") {
  const VariancePreserving vp{};
  const auto prior = [](const MatrixXd& y, const Level& T) { return two_clouds().log_density(y, T); };
  const MatrixXd x = MatrixXd::Random(2, 6);
  const VectorXd truth = two_clouds().log_density(x, vp(0.02));
  for (const Probe probe : {Probe::rademacher, Probe::gaussian}) {
    const Hutchinson divergence{covariance_product(std::cref(two_clouds())), 100, probe, Normals{5}};
    const auto found = log_likelihood(two_clouds(), divergence, x, vp(0.02), vp(1), flow_of(vp, 1e-6), prior);
    for (Eigen::Index i = 0; i < 6; ++i) {
      INFO("sample " << i << ", standard error " << found.standard_error[i]);
      CHECK(found.standard_error[i] > 1e-3);
      CHECK(found.standard_error[i] < 0.5);
      CHECK(std::abs(found.log_density[i] - truth[i]) < 4.5 * found.standard_error[i]);
      CHECK(std::abs(found.log_density[i] - truth[i]) > 0);
    }
  }
}

TEST_CASE("DDIM-8: an arc between two latents keeps their law, a straight line does not", "[ledger][DDIM-8]") {
  const MatrixXd z1 = MatrixXd::Random(3, 4), z2 = MatrixXd::Random(3, 4);
  CHECK(difference(interpolated(z1, z2, 0), z1) == 0);
  CHECK(difference(interpolated(z1, z2, 1), z2) == 0);
  CHECK(difference(interpolated(z1, z2, 0.5), (z1 + z2) / std::sqrt(2)) < 1e-15);
  for (const double l : {0.2, 0.5, 0.9}) {
    check(LawClaim{"DDIM-8", sentence("law at l = ", l), [](double z) { return std::erfc(-z / std::sqrt(2)) / 2; }},
          400'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd { return interpolated(noise(1, n), noise(1, n), l); });
    check(Claim{"DDIM-8", sentence("variance of the straight line at l = ", l), numbers({l * l + (1 - l) * (1 - l)})},
          1'800'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            return ((1 - l) * noise(1, n) + l * noise(1, n)).array().square();
          });
  }
}

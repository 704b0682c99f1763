// The rows SDE-1 … SDE-9 and SDE-17 … SDE-20 of the ledger: equations, their marginals, and the steps that discretise
// them. Each closed form by identities, by quadrature or recursion, and by simulation.

#include "mixtures.hpp"

using Eigen::MatrixXd;
using tests::Chain;
using tests::check;
using tests::Claim;
using tests::difference;
using tests::gaussian;
using tests::LawClaim;
using tests::Noise;
using tests::numbers;
using tests::Quadrature;
using tests::quadrature;
using tests::relative_difference;
using tests::stacked;
using tests::three_modes;
using tests::three_modes_cdf;
using tests::two_clouds;
using namespace tweedie;

namespace {

/// dx = a x dt + b x dw, whose moments are known exactly, and so are those of its Euler-Maruyama steps.
struct Geometric {
  double a, b;
  MatrixXd drift(const MatrixXd& x, double) const { return a * x; }
  MatrixXd diffusion(const MatrixXd& x, double) const { return b * x; }
};

/// f(name, schedule) for the three processes of Song et al., and three more.
template <class F>
void for_each_schedule(const F& f) {
  f("VP", VariancePreserving{});
  f("sub-VP", SubVariancePreserving{});
  f("VE", VarianceExploding{0.01, 10});
  f("cosine", Cosine{});
  f("EDM", EDM{});
  f("flow", RectifiedFlow{});
}
template <class F>
void for_each_song_process(const F& f) {
  f("VP", VariancePreserving{});
  f("sub-VP", SubVariancePreserving{});
  f("VE", VarianceExploding{0.01, 10});
}

/// A fourth-order central difference.
template <class F>
double slope(const F& f, double t, double h = 1e-4) {
  return (8 * (f(t + h) - f(t - h)) - (f(t + 2 * h) - f(t - 2 * h))) / (12 * h);
}

double variance_of(const Gaussian<>& law) {
  return law.covariance().matrix()(0, 0);
}

/// The score of three_modes() as a user's callable of time.
template <class S>
auto score_in_time(const S& schedule) {
  return [schedule](const MatrixXd& x, double t) { return score(three_modes(), x, schedule(t)); };
}

/// n samples of x_t of three_modes().
MatrixXd marginal_draws(const Level& t, Noise& noise, Eigen::Index n) {
  return tests::noised_by(three_modes().draw(n, noise.engine), t, noise);
}

std::function<double(double)> cdf_at(const Level& t) {
  return [t](double x) { return three_modes_cdf(x, t); };
}

/// P(N(mean, variance) ≤ x).
std::function<double(double)> normal_cdf(double mean, double variance) {
  return [mean, variance](double x) { return std::erfc((mean - x) / std::sqrt(2 * variance)) / 2; };
}

/// A as in x_s = A x_t + B ∇ log p_t(x_t) + z ζ, with x̂₀ = (x + σ²∇ log p)/α and ε̂ = −σ∇ log p.
double state_coefficient(const Row& row, const Level& t) {
  return row.x + row.x0[0] / t.alpha;
}

}  // namespace

TEST_CASE("SDE-1: Euler-Maruyama's moments are those of the equation, to first order of the step", "[ledger][SDE-1]") {
  const double a = 0.4, b = 0.5;
  const auto first = [&](int n) { return std::pow(1 + a / n, n); };
  const auto second = [&](int n) { return std::pow(std::pow(1 + a / n, 2) + b * b / n, n); };
  for (const int n : {100, 200}) {
    CHECK(std::abs((std::exp(a) - first(n)) / (std::exp(a) - first(2 * n)) - 2) < 0.02);
    const double exact = std::exp(2 * a + b * b);
    CHECK(std::abs((exact - second(n)) / (exact - second(2 * n)) - 2) < 0.02);
  }
  // The steps themselves: a diffusion that depends on the state is read before the step.
  const int n = 8;
  check(Claim{"SDE-1", "moments of 8 steps of dx = 0.4 x dt + 0.5 x dw", numbers({first(n), second(n)})}, 1'200'000,
        [&](Noise& noise, Eigen::Index samples) -> MatrixXd {
          const std::vector<double> times = uniform(n, 0, 1);
          const MatrixXd x = simulate(Geometric{a, b}, MatrixXd::Ones(1, samples), times, noise);
          return stacked({x.array(), x.array().square()});
        });
}

TEST_CASE("SDE-2: drift and diffusion of a schedule, in three forms", "[ledger][SDE-2]") {
  for_each_schedule([](const char* name, const auto& schedule) {
    const bool edm = std::string(name) == "EDM";
    for (const double u : {0.2, 0.37, 0.8}) {
      const double t = edm ? 10 * u : u;
      INFO(name << " at " << t);
      const auto log_alpha = [&](double time) { return std::log(schedule(time).alpha); };
      const auto variance = [&](double time) { return std::pow(schedule(time).sigma, 2); };
      const auto noise_to_signal = [&](double time) { return variance(time) / std::pow(schedule(time).alpha, 2); };
      const auto half_snr = [&](double time) { return lambda(schedule(time)); };
      const Level level = schedule(t);
      const double f = drift_rate(level), g2 = diffusion_rate(level), b2 = variance(t);
      CHECK(std::abs(f - slope(log_alpha, t)) < 1e-8 * (1 + std::abs(f)));
      CHECK(relative_difference(g2, level.alpha * level.alpha * slope(noise_to_signal, t)) < 1e-8);
      CHECK(relative_difference(g2, slope(variance, t) - 2 * f * b2) < 1e-8);
      CHECK(relative_difference(g2, -2 * b2 * slope(half_snr, t)) < 1e-8);
      const LinearSde sde{schedule};
      CHECK(difference(sde.drift(MatrixXd::Constant(1, 1, 1.7), t), MatrixXd::Constant(1, 1, 1.7 * f)) == 0);
      CHECK(relative_difference(sde.diffusion(t), std::sqrt(g2)) < 1e-15);
    }
  });
}

TEST_CASE("SDE-2: Euler-Maruyama on drift and diffusion of a schedule leads to its marginals", "[ledger][SDE-2]") {
  for_each_schedule([](const char* name, const auto& schedule) {
    const double scale = std::string(name) == "EDM" ? 10 : 1, from = 0.3 * scale, to = 0.6 * scale;
    const Level s = schedule(from), t = schedule(to);
    const double x0 = 0.9;
    check(LawClaim{"SDE-2", std::string("law of x_t at fixed x_0, ") + name,
                   normal_cdf(t.alpha * x0, t.sigma * t.sigma), 0.03},
          32'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const MatrixXd start = tests::noised_by(MatrixXd::Constant(1, n, x0), s, noise);
            return simulate(LinearSde{schedule}, start, uniform(200, from, to), noise);
          });
  });
}

TEST_CASE("SDE-3: the processes of Song et al. from the integral of beta, and their drift and diffusion",
          "[ledger][SDE-3]") {
  const double beta_min = 0.1, beta_max = 20;
  const auto beta = [&](double t) { return beta_min + (beta_max - beta_min) * t; };
  for (const double t : {1e-4, 0.02, 0.37, 1.0}) {
    // Simpson's rule is exact on a linear β.
    const double B = t / 6 * (beta(0) + 4 * beta(t / 2) + beta(t));
    INFO("t " << t);
    const Level vp = VariancePreserving{}(t), sub = SubVariancePreserving{}(t);
    CHECK(relative_difference(vp.alpha, std::exp(-B / 2)) < 1e-14);
    CHECK(relative_difference(vp.sigma, std::sqrt(-std::expm1(-B))) < 1e-14);
    CHECK(relative_difference(drift_rate(vp), -beta(t) / 2) < 1e-13);
    CHECK(relative_difference(diffusion_rate(vp), beta(t)) < 1e-13);
    CHECK(sub.alpha == vp.alpha);
    CHECK(relative_difference(sub.sigma, -std::expm1(-B)) < 1e-14);  // σ, not σ²
    CHECK(relative_difference(diffusion_rate(sub), beta(t) * -std::expm1(-2 * B)) < 1e-13);
    const double total = 0.01 * std::pow(1000, t);
    const Level ve = VarianceExploding{0.01, 10}(t);
    CHECK(ve.alpha == 1);
    CHECK(relative_difference(ve.sigma, std::sqrt(total * total - 1e-4)) < 1e-10);
    CHECK(drift_rate(ve) == 0);
    CHECK(relative_difference(diffusion_rate(ve), 2 * total * total * std::log(1000.0)) < 1e-12);
  }
  CHECK(VarianceExploding{0.01, 10}(0).sigma == 0);  // σ(0)² is taken off
}

TEST_CASE("SDE-3: from the data at t = 0 the processes reach their marginals, simulated", "[ledger][SDE-3]") {
  // The rates of σ are infinite at 0 for VP and VE; f and g² are not, and are written out here.
  const double beta_min = 0.1, beta_max = 20;
  const auto B = [&](double t) { return beta_min * t + (beta_max - beta_min) * t * t / 2; };
  const auto beta = [&](double t) { return beta_min + (beta_max - beta_min) * t; };
  struct Process {
    std::function<double(double)> f, g2;
    MatrixXd drift(const MatrixXd& x, double t) const { return f(t) * x; }
    double diffusion(double t) const { return std::sqrt(g2(t)); }
  };
  const auto half = [&](double t) { return -beta(t) / 2; };
  const std::pair<const char*, Process> processes[] = {
      {"VP", {half, beta}},
      {"sub-VP", {half, [&](double t) { return beta(t) * -std::expm1(-2 * B(t)); }}},
      {"VE", {[](double) { return 0; }, [](double t) { return 2e-4 * std::pow(1000, 2 * t) * std::log(1000.0); }}}};
  for (const auto& [name, process] : processes) {
    const std::string which = name;
    const Level t = which == "VP"       ? VariancePreserving{}(0.3)
                    : which == "sub-VP" ? SubVariancePreserving{}(0.3)
                                        : VarianceExploding{0.01, 10}(0.3);
    check(LawClaim{"SDE-3", "law of x_t from x_0 = 0.9, " + which, normal_cdf(t.alpha * 0.9, t.sigma * t.sigma), 0.03},
          32'000, [&sde = process](Noise& noise, Eigen::Index n) -> MatrixXd {
            return simulate(sde, MatrixXd::Constant(1, n, 0.9), uniform(300, 0, 0.3), noise);
          });
  }
}

TEST_CASE("SDE-4: kernels between two times compose, and carry a marginal to a marginal", "[ledger][SDE-4]") {
  for_each_schedule([](const char* name, const auto& schedule) {
    INFO(name);
    const Level s = schedule(0.2), u = schedule(0.35), t = schedule(0.6);
    const auto [a_us, b2_us] = transition(s, u);
    const auto [a_tu, b2_tu] = transition(u, t);
    const auto [a_ts, b2_ts] = transition(s, t);
    CHECK(relative_difference(a_tu * a_us, a_ts) < 1e-14);
    CHECK(relative_difference(a_tu * a_tu * b2_us + b2_tu, b2_ts) < 1e-12);
    CHECK(relative_difference(a_ts * a_ts * s.sigma * s.sigma + b2_ts, t.sigma * t.sigma) < 1e-14);
    CHECK(relative_difference(b2_ts, t.sigma * t.sigma - a_ts * a_ts * s.sigma * s.sigma) < 1e-12);
  });
}

TEST_CASE("SDE-4: paths of the equation between two times have the kernel's law, simulated", "[ledger][SDE-4]") {
  for_each_song_process([](const char* name, const auto& schedule) {
    const auto [a, b2] = transition(schedule(0.2), schedule(0.4));
    check(LawClaim{"SDE-4", std::string("law of x_t at fixed x_s, ") + name, normal_cdf(a * 0.9, b2), 0.03}, 32'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            return simulate(LinearSde{schedule}, MatrixXd::Constant(1, n, 0.9), uniform(200, 0.2, 0.4), noise);
          });
  });
}

TEST_CASE("SDE-5: the exact discretisation, and the first-order one", "[ledger][SDE-5]") {
  const VariancePreserving vp{};
  const int N = 1000;
  double product = 1;
  for (int i = 1; i <= N; ++i) {
    const double from = double(i - 1) / N, to = double(i) / N;
    const double beta = forward_variance(vp(to), vp(from)), integral = 0.1 / N + 19.9 * (to * to - from * from) / 2;
    REQUIRE(relative_difference(beta, -std::expm1(-integral)) < 1e-10);
    product *= 1 - beta;
  }
  CHECK(relative_difference(product, std::pow(vp(1).alpha, 2)) < 1e-12);
  CHECK(std::abs(forward_variance(vp(1e-3), vp(0)) - 1.10e-4) < 5e-7);
  CHECK(std::abs((0.1 + 19.9e-3) / N - 1.20e-4) < 5e-7);  // β(i/N)/N at i = 1
  // As a chain: Forward on it carries Gaussian data to the marginal whatever the stride.
  const auto data = gaussian(1.3, 0.25);
  for (const int stride : {1, 7, 1000}) {
    Grid grid;
    for (int i = 0; i <= N; i += stride) grid.push_back(vp(double(i) / N));
    const auto result = push_forward(tabulate(Forward{}, grid), data), truth = data.marginal(grid.back());
    CHECK(std::abs(result.mean()[0] - truth.mean()[0]) < 1e-12);
    CHECK(relative_difference(variance_of(result), variance_of(truth)) < 1e-12);
  }
}

TEST_CASE("SDE-5: the forward process by its exact steps, simulated", "[ledger][SDE-5]") {
  for_each_song_process([](const char* name, const auto& schedule) {
    const Grid upward = levels(schedule, {0.0, 0.05, 0.3, 0.45});
    check(LawClaim{"SDE-5", std::string("law of x_t after three steps, ") + name, cdf_at(upward.back())}, 400'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const MatrixXd x0 = three_modes().draw(n, noise.engine);
            return sample(three_modes(), Forward{}, x0, upward, noise);
          });
  });
}

TEST_CASE("SDE-6: densities of a mixture satisfy the Fokker-Planck equation to 1e-6", "[ledger][SDE-6]") {
  for_each_schedule([](const char* name, const auto& schedule) {
    INFO(name);
    const LinearSde sde{schedule};
    for (const GaussianMixture<>* mixture : {&three_modes(), &two_clouds()}) {
      const auto log_p = [&](const MatrixXd& x, double t) { return mixture->log_density(x, schedule(t)); };
      const Eigen::Index d = mixture->dimension();
      MatrixXd x(d, 25);
      for (Eigen::Index i = 0; i < 25; ++i)
        for (Eigen::Index j = 0; j < d; ++j) x(j, i) = -3 + 0.25 * double(i) + 0.4 * double(j * (i % 3));
      const Eigen::ArrayXd p = log_p(x, 0.4).array().exp();
      const Eigen::ArrayXd residual = fokker_planck_residual(log_p, sde, x, 0.4);
      CHECK((p * residual).abs().maxCoeff() < 1e-6);
      // Of the other drift of the same density, the probability flow without diffusion, as well; and of a wrong one it
      // is not 0.
      const auto score_at = [&](const MatrixXd& y, double t) { return mixture->score(y, schedule(t)); };
      CHECK((p * fokker_planck_residual(log_p, forward_sde(sde, score_at, 0), x, 0.4).array()).abs().maxCoeff() < 1e-6);
      CHECK((p * fokker_planck_residual(log_p, forward_sde(sde, score_at, 1.5), x, 0.4).array()).abs().maxCoeff() <
            1e-6);
      const auto wrong = forward_sde(
          sde, [&](const MatrixXd& y, double t) -> MatrixXd { return 1.01 * score_at(y, t); }, 0);
      CHECK((p * fokker_planck_residual(log_p, wrong, x, 0.4).array()).abs().maxCoeff() > 1e-4);
    }
  });
}

TEST_CASE("SDE-6: integrated against a test function it is the change of a mean, simulated", "[ledger][SDE-6]") {
  // With φ = cos(x/2): d/dt E φ(x_t) = E[f x φ' + ½g² φ''], and E φ(x_t) of a mixture of normals is known.
  for_each_song_process([](const char* name, const auto& schedule) {
    const double t = std::string(name) == "VE" ? 0.6 : 0.3;  // where the mean changes
    const auto mean_cosine = [&](double time) {
      const auto law = three_modes().marginal(schedule(time));
      double sum = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        const auto& part = law.components()[k];
        sum += law.weights()[Eigen::Index(k)] * std::cos(part.mean()[0] / 2) * std::exp(-variance_of(part) / 8);
      }
      return sum;
    };
    const Level level = schedule(t);
    const double f = drift_rate(level), g2 = diffusion_rate(level);
    check(Claim{"SDE-6", std::string("d/dt E cos(x_t/2), ") + name, numbers({slope(mean_cosine, t)}), 0.02}, 1'300'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const Eigen::ArrayXXd x = marginal_draws(level, noise, n);
            return stacked({-f * x / 2 * (x / 2).sin() - g2 / 8 * (x / 2).cos()});
          });
  });
}

TEST_CASE("SDE-7: Anderson's reverse equation leads from noise to the data, simulated", "[ledger][SDE-7]") {
  for_each_song_process([](const char* name, const auto& schedule) {
    const double from = 0.9, to = 0.1;
    check(LawClaim{"SDE-7", std::string("law of x_s in reverse, ") + name, cdf_at(schedule(to)), 0.03}, 32'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const auto reverse = reverse_sde(LinearSde{schedule}, score_in_time(schedule));
            return simulate(reverse, marginal_draws(schedule(from), noise, n), uniform(250, from, to), noise);
          });
  });
}

TEST_CASE("SDE-8: forward equations of any noise have the same marginals, simulated", "[ledger][SDE-8]") {
  const VariancePreserving vp{};
  for (const double noise2 : {0.0, 1.0, 2.0}) {
    check(LawClaim{"SDE-8", sentence("law of x_t forward, sigma^2 = ", noise2, " g^2"), cdf_at(vp(0.3)), 0.03}, 32'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const auto forward = forward_sde(LinearSde{vp}, score_in_time(vp), std::sqrt(noise2));
            return simulate(forward, marginal_draws(vp(0.05), noise, n), uniform(300, 0.05, 0.3), noise);
          });
  }
}

TEST_CASE("SDE-8: the equation itself is the member with noise 1", "[ledger][SDE-8]") {
  const VariancePreserving vp{};
  const MatrixXd x = Eigen::RowVector3d(-1, 0.2, 2);
  const LinearSde sde{vp};
  const auto forward = forward_sde(sde, score_in_time(vp), 1), flow = forward_sde(sde, score_in_time(vp), 0);
  CHECK(difference(forward.drift(x, 0.3), sde.drift(x, 0.3)) == 0);
  CHECK(forward.diffusion(0.3) == sde.diffusion(0.3));
  CHECK(difference(flow.drift(x, 0.3), reverse_sde(sde, score_in_time(vp), 0).drift(x, 0.3)) == 0);
  CHECK(difference(flow.drift(x, 0.3), velocity(three_modes(), x, vp(0.3))) < 1e-12);
}

TEST_CASE("SDE-9: reverse equations of any noise have the same marginals, simulated", "[ledger][SDE-9]") {
  const VariancePreserving vp{};
  const Grid fine = uniform_lambda(vp, 120, lambda(vp(1)), lambda(vp(0.02)));
  const Grid in_time = levels(vp, quadratic(250, 1, 0.02));
  const auto claim = [&](const char* sampler, double noise2) {
    return LawClaim{"SDE-9", sentence("law of x_s in reverse, sigma^2 = ", noise2, " g^2, ", sampler),
                    cdf_at(fine.back()), 0.03};
  };
  for (const double noise2 : {0.0, 1.0, 2.0}) {
    check(claim("ExponentialEuler", noise2), 32'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
      return sample(three_modes(), ExponentialEuler{std::sqrt(noise2)}, marginal_draws(fine.front(), noise, n), fine,
                    noise);
    });
    check(claim("EulerMaruyama", noise2), 32'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
      return sample(three_modes(), EulerMaruyama{std::sqrt(noise2)}, marginal_draws(in_time.front(), noise, n), in_time,
                    noise);
    });
  }
}

TEST_CASE("SDE-9: the exponential form solves the equation at a standing estimate, and Euler and DDIM agree with it",
          "[ledger][SDE-9]") {
  const VariancePreserving vp{};
  const Level t = vp(0.5);
  for (const double noise : {0.0, 0.5, 1.0, 1.4}) {
    INFO("noise " << noise);
    // x̂₀ fixed: steps compose, so one step of any length is many short ones, mean and variance.
    const Level middle = vp(0.3), end = vp(0.1);
    const Row one = eliminated(ExponentialEuler{noise}.row(t, end), t),
              first = eliminated(ExponentialEuler{noise}.row(t, middle), t),
              second = eliminated(ExponentialEuler{noise}.row(middle, end), middle);
    CHECK(relative_difference(second.x * first.x, one.x) < 1e-13);
    CHECK(relative_difference(second.x * first.x0[0] + second.x0[0], one.x0[0]) < 1e-13);
    CHECK(std::abs(second.x * second.x * first.z * first.z + second.z * second.z - one.z * one.z) < 1e-14);

    // Against Euler's step, and DDIM's with eta = noise: local errors of the mean and of the variance of the order Δ².
    std::vector<double> euler, ddim, variance;
    for (const double step : {4e-3, 2e-3, 1e-3}) {
      const Level s = vp(0.5 - step);
      const Row exact = eliminated(ExponentialEuler{noise}.row(t, s), t),
                other = eliminated(EulerMaruyama{noise}.row(t, s), t), third = eliminated(DDIM{noise}.row(t, s), t);
      euler.push_back(std::abs(exact.x - other.x) + std::abs(exact.x0[0] - other.x0[0]));
      ddim.push_back(std::abs(exact.x - third.x) + std::abs(exact.x0[0] - third.x0[0]));
      variance.push_back(std::abs(exact.z * exact.z - third.z * third.z));
    }
    for (std::size_t i = 0; i < 2; ++i) {
      CHECK(std::abs(euler[i] / euler[i + 1] - 4) < 0.1);
      if (noise != 0 && noise != 1) CHECK(std::abs(ddim[i] / ddim[i + 1] - 4) < 0.1);
      if (noise != 0 && noise != 1) CHECK(std::abs(variance[i] / variance[i + 1] - 4) < 0.2);
    }
    if (noise == 0 || noise == 1) CHECK(ddim[0] + variance[0] < 1e-15);
  }
  CHECK(std::abs(posterior_variance(t, vp(0.499)) / (diffusion_rate(t) * 1e-3) - 1) < 0.03);  // β̃²/(g²Δ) → 1
}

TEST_CASE("SDE-17: two laws under one equation approach each other at a rate that their scores tell",
          "[ledger][SDE-17]") {
  const VariancePreserving vp{};
  const GaussianMixture<> other(Eigen::VectorXd::Ones(1), MatrixXd::Constant(1, 1, 0.5),
                                std::vector<MatrixXd>{MatrixXd::Constant(1, 1, 1.8)});
  const auto divergence = [&](double t) {
    const Quadrature q = quadrature(three_modes(), vp(t));
    return q((three_modes().log_density(q.x, vp(t)) - other.log_density(q.x, vp(t))).transpose())[0];
  };
  const double t = 0.2, rate = slope(divergence, t);
  const auto squared = [&](const MatrixXd& x) -> MatrixXd {
    return (three_modes().score(x, vp(t)) - other.score(x, vp(t))).cwiseAbs2();
  };
  const Quadrature q = quadrature(three_modes(), vp(t));
  CHECK(std::abs(rate + diffusion_rate(vp(t)) / 2 * q(squared(q.x))[0]) < 1e-7 * std::abs(rate));
  check(Claim{"SDE-17", "-2/g^2 dKL/dt as the mean square of the difference of scores",
              numbers({-2 / diffusion_rate(vp(t)) * rate})},
        1'500'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd { return squared(marginal_draws(vp(t), noise, n)); });
}

TEST_CASE("SDE-18: Langevin steps of size h settle at the variance s^2/(1 - h/(2 s^2))", "[ledger][SDE-18]") {
  const Level t = VariancePreserving{}(0.3);
  const auto data = gaussian(0.7, 0.25), law = data.marginal(t);
  const double s2 = variance_of(law);
  for (const double share : {0.05, 0.4, 1.5}) {
    const double h = share * s2, settled = s2 / (1 - h / (2 * s2));
    const Table table(400, Step{t, t, langevin_row(t, h)});
    const auto result = push_forward(table, data, gaussian(-1, 3));
    INFO("h = " << share << " s^2");
    CHECK(relative_difference(variance_of(result), settled) < 1e-8);
    CHECK(std::abs(result.mean()[0] - law.mean()[0]) < 1e-8);
    check(Claim{"SDE-18", sentence("the settled variance, h = ", share, " s^2"), numbers({settled}), 0.03}, 200'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const MatrixXd start = (noise(1, n).array() * std::sqrt(s2) + law.mean()[0]).matrix();
            const MatrixXd x = sample(data, Table(60, table.front()), start, noise);
            return (x.array() - law.mean()[0]).square();
          });
  }
  // The annealed step is in proportion to the noise.
  const Row annealed = AnnealedLangevin{0.16}.correction(t), same = langevin_row(t, 2 * std::pow(0.16 * t.sigma, 2));
  CHECK(annealed.x == same.x);
  CHECK(relative_difference(annealed.eps[0], same.eps[0]) < 1e-15);
  CHECK(relative_difference(annealed.z, same.z) < 1e-15);
}

TEST_CASE("SDE-19: ancestral sampling, reverse diffusion and Euler agree to first order", "[ledger][SDE-19]") {
  for (const double beta : {1e-2, 1e-3}) {
    // One step of a VP chain that ends at the level t.
    Level t = VariancePreserving{}(0.5);
    const double alpha_s = t.alpha / std::sqrt(1 - beta);
    const Level s{.time = 0, .alpha = alpha_s, .sigma = std::sqrt(1 - alpha_s * alpha_s)};
    t.time = 1, t.d_alpha = -beta / 2 * t.alpha, t.d_sigma = beta * t.alpha * t.alpha / (2 * t.sigma);
    REQUIRE(relative_difference(forward_variance(t, s), beta) < 1e-10);
    const Row ancestral = DDPM{forward_variance}.row(t, s), reverse = ReverseDiffusion{}.row(t, s),
              euler = EulerMaruyama{}.row(t, s);
    const auto excess = [&](const Row& row) { return (state_coefficient(row, t) - 1 - beta / 2) / (beta * beta); };
    INFO("beta " << beta);
    CHECK(std::abs(excess(ancestral) - 3.0 / 8) < beta);
    CHECK(std::abs(excess(reverse) - 1.0 / 8) < beta);
    CHECK(std::abs(excess(euler)) < 1e-9);
    CHECK(relative_difference(state_coefficient(ancestral, t), 1 / std::sqrt(1 - beta)) < 1e-12);
    CHECK(relative_difference(reverse.x, 2 - std::sqrt(1 - beta)) < 1e-14);
    CHECK(relative_difference(-reverse.eps[0] * t.sigma, beta) < 1e-10);
    for (const Row& row : {ancestral, reverse, euler}) CHECK(relative_difference(row.z, std::sqrt(beta)) < 1e-10);
  }
}

TEST_CASE("SDE-19: reverse diffusion leads to the data, for every noise and schedule, simulated", "[ledger][SDE-19]") {
  for_each_song_process([](const char* name, const auto& schedule) {
    const Grid grid = uniform_lambda(schedule, 150, lambda(schedule(0.9)), lambda(schedule(0.1)));
    for (const double noise_of_g : {0.0, 1.0})
      check(LawClaim{"SDE-19", sentence("law of x_s by reverse diffusion, noise ", noise_of_g, ", ", name),
                     cdf_at(grid.back()), 0.03},
            32'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
              return sample(three_modes(), ReverseDiffusion{noise_of_g}, marginal_draws(grid.front(), noise, n), grid,
                            noise);
            });
  });
}

TEST_CASE("SDE-20: the ancestral step of VE", "[ledger][SDE-20]") {
  const EDM edm{};
  const Level t = edm(3), s = edm(2);
  const double fresh = 9 - 4, variance = 4 * fresh / 9;
  const Row row = DDPM{}.row(t, s), reverse = ReverseDiffusion{}.row(t, s);
  CHECK(relative_difference(row.z * row.z, variance) < 1e-14);
  // x + (σ_t² − σ_s²) ∇ log p: its mean is that of reverse diffusion.
  CHECK(relative_difference(state_coefficient(row, t), 1) < 1e-14);
  CHECK(relative_difference(row.x0[0] * t.sigma * t.sigma, fresh) < 1e-14);
  CHECK(relative_difference(-reverse.eps[0] * t.sigma, fresh) < 1e-14);
  CHECK(relative_difference(eliminated(reverse, t).x, row.x) < 1e-14);
  CHECK(relative_difference(eliminated(reverse, t).x0[0], row.x0[0]) < 1e-14);

  // The spread of x_s about that mean at a known x₀, along the forward process.
  check(Claim{"SDE-20", "variance of x_s given x_t and x_0", numbers({variance})}, 1'800'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = three_modes().draw(n, noise.engine);
          const MatrixXd x_s = sample(three_modes(), Forward{}, x0, {edm(0), s}, noise),
                         x_t = sample(three_modes(), Forward{}, x_s, {s, t}, noise);
          return (x_s - row.x * x_t - row.x0[0] * x0).cwiseAbs2();
        });
}

// The rows DDPM-* of the ledger: each closed form by identities, by quadrature or recursion, and by simulation of the
// chain.
#include "chain.hpp"

using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using tests::Chain;
using tests::Claim;
using tests::difference;
using tests::expectation;
using tests::gaussian;
using tests::level_pairs;
using tests::Noise;
using tests::numbers;
using tests::relative_difference;
using tests::stacked;
using tweedie::DDPM;
using tweedie::Discrete;
using tweedie::Level;
using tweedie::Prediction;

namespace {

/// a_{t|s}
double kept_signal(const Level& t, const Level& s) {
  return t.alpha / s.alpha;
}

/// A state of each sign, and a noise estimate for each.
const MatrixXd some_x = Eigen::RowVector4d(-2.5, -0.3, 0.4, 7);
const MatrixXd some_eps = Eigen::RowVector4d(1.1, -0.7, 0.2, 3);

auto eps_network(const MatrixXd& eps) {
  return tweedie::network(Prediction::eps, [eps](const MatrixXd&, const Level&) { return eps; });
}

const auto no_noise = [](MatrixXd& z) { z.setZero(); };

}  // namespace

TEST_CASE("DDPM-1: the chain's marginal is N(a_t x0, b_t^2), recursion of mean and variance", "[ledger][DDPM-1]") {
  std::vector<double> linear, su;
  for (int k = 1; k <= 1000; ++k) {
    linear.push_back(1e-4 + (0.02 - 1e-4) * (k - 1) / 999);
    su.push_back(0.02 * k / 1000);
  }
  for (const auto& [betas, chain] : {std::pair(linear, Discrete::linear()), {su, Discrete::su()}}) {
    double mean = 1, variance = 0;
    CHECK(chain(0).alpha == 1);
    CHECK(chain(0).sigma == 0);
    for (int k = 1; k <= 1000; ++k) {
      const double beta = betas[std::size_t(k - 1)];
      mean *= std::sqrt(1 - beta);
      variance = (1 - beta) * variance + beta;
      REQUIRE(relative_difference(chain(k).alpha, mean) < 1e-12);
      REQUIRE(relative_difference(chain(k).sigma * chain(k).sigma, variance) < 1e-12);
    }
  }
}

TEST_CASE("DDPM-1: the signal left at T = 1000, as published, and b_t near t = 0", "[ledger][DDPM-1]") {
  CHECK(std::abs(Discrete::linear()(1000).alpha - 0.006353) < 5e-7);
  CHECK(std::abs(std::pow(Discrete::linear()(1000).alpha, 2) - 4.036e-5) < 5e-9);
  CHECK(std::abs(Discrete::su()(1000).alpha - 0.006482) < 5e-7);
  // b_1² = β_1 = 1e-4. From the product in float it is wrong by 1.7e-4 of itself; the levels never form 1 − a².
  const float alpha_bar = 1.0f - 1e-4f;
  CHECK(std::abs(double(1.0f - alpha_bar) / 1e-4 - 1 - 1.7e-4) < 5e-6);
  CHECK(relative_difference(Discrete::linear()(1).sigma, 0.01) < 1e-14);
}

TEST_CASE("DDPM-1: the chain's marginal is N(a_t x0, b_t^2), simulated", "[ledger][DDPM-1]") {
  const Chain chain = Chain::brief();
  const Level t = chain.level(12);
  const double x0 = 5;
  tests::check(Claim{"DDPM-1", "mean and variance of x_t at fixed x0", numbers({t.alpha * x0, t.sigma * t.sigma})},
               2'200'000, [&](Noise& noise, Eigen::Index n) {
                 const ArrayXXd x = chain.walk(MatrixXd::Constant(1, n, x0), 0, 12, noise);
                 return stacked({x, (x - t.alpha * x0).square()});
               });
}

TEST_CASE("DDPM-2: a stride multiplies by a_{t|s} and adds b_{t|s}^2, recursion over its steps", "[ledger][DDPM-2]") {
  const Chain chain = Chain::brief();
  for (int s = 0; s < 12; ++s) {
    double mean = 1, variance = 0;
    for (int t = s + 1; t <= 12; ++t) {
      mean *= std::sqrt(1 - chain.beta(t));
      variance = (1 - chain.beta(t)) * variance + chain.beta(t);
      CHECK(relative_difference(kept_signal(chain.level(t), chain.level(s)), mean) < 1e-12);
      CHECK(relative_difference(tweedie::forward_variance(chain.level(t), chain.level(s)), variance) < 1e-12);
    }
  }
}

TEST_CASE("DDPM-2: b_{t|s}^2 = b_t^2 - a_{t|s}^2 b_s^2 on every schedule, 1 - a_{t|s}^2 only if variance-preserving",
          "[ledger][DDPM-2]") {
  for (const auto& [t, s] : level_pairs()) {
    const double kept = kept_signal(t, s), forward = tweedie::forward_variance(t, s);
    INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma);
    CHECK(std::abs(forward - (t.sigma * t.sigma - kept * kept * s.sigma * s.sigma)) < 1e-12 * t.sigma * t.sigma);
    const bool preserving = std::abs(t.alpha * t.alpha + t.sigma * t.sigma - 1) < 1e-12 &&
                            std::abs(s.alpha * s.alpha + s.sigma * s.sigma - 1) < 1e-12;
    CHECK((std::abs(forward - (1 - kept * kept)) < 1e-12) == preserving);
  }
}

TEST_CASE("DDPM-2: the beta of one step survives the difference that it is", "[ledger][DDPM-2]") {
  const auto chain = Discrete::linear();
  float alpha_bar = 1;
  double worst_of_floats = 0;
  for (int t = 1; t <= 1000; ++t) {
    const double beta = 1e-4 + (0.02 - 1e-4) * (t - 1) / 999;
    const float before = alpha_bar;
    alpha_bar *= 1.0f - float(beta);
    if (t > 1) {
      REQUIRE(relative_difference(tweedie::forward_variance(chain(t), chain(t - 1)), beta) < 1e-11);
      if (t <= 201) worst_of_floats = std::max(worst_of_floats, std::abs(double(1.0f - alpha_bar / before) / beta - 1));
    }
  }
  CHECK(std::abs(worst_of_floats - 1.6e-4) < 1e-5);  // from a table of ᾱ in float
}

TEST_CASE("DDPM-2: a stride multiplies by a_{t|s} and adds b_{t|s}^2, simulated", "[ledger][DDPM-2]") {
  const Chain chain = Chain::brief();
  const Level s = chain.level(4), t = chain.level(9);
  const double x_s = 3, mean = kept_signal(t, s) * x_s;
  tests::check(
      Claim{"DDPM-2", "mean and variance of x_t at fixed x_s", numbers({mean, tweedie::forward_variance(t, s)})},
      2'200'000, [&](Noise& noise, Eigen::Index n) {
        const ArrayXXd x = chain.walk(MatrixXd::Constant(1, n, x_s), 4, 9, noise);
        return stacked({x, (x - mean).square()});
      });
}

TEST_CASE("DDPM-3: the posterior's coefficients by Bayes, precisions added", "[ledger][DDPM-3]") {
  for (const auto& [t, s] : level_pairs()) {
    INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma);
    const double kept = kept_signal(t, s), forward = tweedie::forward_variance(t, s), b_s2 = s.sigma * s.sigma;
    const double precision = kept * kept / forward + 1 / b_s2;
    const auto row = DDPM{}.row(t, s);
    CHECK(relative_difference(row.z * row.z, 1 / precision) < 1e-12);
    CHECK(relative_difference(row.x, kept / forward / precision) < 1e-12);
    CHECK(relative_difference(row.x0[0], s.alpha / b_s2 / precision) < 1e-12);
    CHECK(relative_difference(row.x + row.x0[0] / t.alpha, 1 / kept) < 1e-12);
    CHECK(relative_difference(tweedie::posterior_variance(t, s), forward * b_s2 / (t.sigma * t.sigma)) < 1e-12);
  }
}

TEST_CASE("DDPM-3: the posterior by quadrature of q(x_t | x_s) q(x_s | x_0)", "[ledger][DDPM-3]") {
  const Level t = Chain::brief().level(9), s = Chain::brief().level(6);
  const double x0 = 0.8, x_t = -1.1, kept = kept_signal(t, s), forward = tweedie::forward_variance(t, s);
  const auto moment = [&](int power) {
    return expectation([&](double z) {
      const double x_s = s.alpha * x0 + s.sigma * z, distance = x_t - kept * x_s;
      return std::pow(x_s, power) * std::exp(-distance * distance / (2 * forward));
    });
  };
  const auto row = DDPM{}.row(t, s);
  const double mean = moment(1) / moment(0);
  CHECK(std::abs(mean - (row.x * x_t + row.x0[0] * x0)) < 1e-12);
  CHECK(std::abs(moment(2) / moment(0) - mean * mean - row.z * row.z) < 1e-12);
}

TEST_CASE("DDPM-3: at s = 0 the posterior is the estimate itself, without noise", "[ledger][DDPM-3]") {
  const auto chain = Discrete::linear();
  for (const int t : {1, 10, 1000}) {
    CHECK(tweedie::posterior_variance(chain(t), chain(0)) == 0);
    for (const auto& variance : {tweedie::posterior_variance, tweedie::forward_variance}) {
      const auto row = DDPM{variance}.row(chain(t), tweedie::clean);
      CHECK(row.x == 0);
      CHECK(row.x0[0] == 1);
      CHECK(row.z == 0);
    }
  }
}

TEST_CASE("DDPM-3: regression of x_s on x_t at fixed x0 in the simulated chain", "[ledger][DDPM-3]") {
  const Chain chain = Chain::brief();
  const Level s = chain.level(8), t = chain.level(9);
  const auto row = DDPM{}.row(t, s);
  const double x0 = 3;
  // The residual of the right regression has mean 0, is uncorrelated with x_t, and has the posterior's variance.
  tests::check(
      Claim{"DDPM-3", "covariance, and mean, correlation and square of the residual",
            numbers({row.x * t.sigma * t.sigma, 0, 0, row.z * row.z})},
      3'000'000, [&](Noise& noise, Eigen::Index n) {
        const MatrixXd x_s = chain.walk(MatrixXd::Constant(1, n, x0), 0, 8, noise);
        const ArrayXXd x_t = chain.walk(x_s, 8, 9, noise), centred = x_t - t.alpha * x0;
        const ArrayXXd residual = x_s.array() - row.x * x_t - row.x0[0] * x0;
        return stacked({(x_s.array() - s.alpha * x0) * centred, residual, residual * centred, residual.square()});
      });
}

TEST_CASE("DDPM-6: merging the noises, by quadrature over both", "[ledger][DDPM-6]") {
  const Chain chain = Chain::brief();
  const Level s = chain.level(6), t = chain.level(7);
  const double step = std::sqrt(1 - chain.beta(7)), beta = std::sqrt(chain.beta(7)), x0 = 1.2;
  const auto f = [](double x) { return std::sin(x); };
  const double both = expectation([&](double earlier) {
    return expectation([&](double last) {
      const double x = t.alpha * x0 + step * s.sigma * earlier + beta * last;
      return std::pow(last - f(x), 2);
    });
  });
  const double merged =
      expectation([&](double eps) { return std::pow(eps - t.sigma / beta * f(t.alpha * x0 + t.sigma * eps), 2); });
  const double left_over = step * step * s.sigma * s.sigma / (t.sigma * t.sigma);
  CHECK(std::abs(both - (beta * beta / (t.sigma * t.sigma) * merged + left_over)) < 1e-12);
}

TEST_CASE("DDPM-6: merging the noises, simulated in two dimensions", "[ledger][DDPM-6]") {
  const Chain chain = Chain::brief();
  const Level s = chain.level(6), t = chain.level(7);
  const double step = std::sqrt(1 - chain.beta(7)), beta = std::sqrt(chain.beta(7)), x0 = 1.2;
  const double weight = std::pow(beta / t.sigma, 2), left_over = 2 * std::pow(step * s.sigma / t.sigma, 2);

  const double one_merged = expectation(
      [&](double eps) { return std::pow(eps - t.sigma / beta * std::sin(t.alpha * x0 + t.sigma * eps), 2); });
  tests::check(Claim{"DDPM-6", "mean of |eps_t - f|^2 at fixed x0", numbers({2 * weight * one_merged + left_over})},
               1'200'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
                 const MatrixXd before = chain.walk(MatrixXd::Constant(2, n, x0), 0, 6, noise), last = noise(2, n);
                 const MatrixXd x = step * before + beta * last;
                 return (last - x.array().sin().matrix()).colwise().squaredNorm();
               });

  tests::check(
      Claim{"DDPM-6", "difference of the two sides, data not Gaussian", numbers({0})}, 1'000'000,
      [&](Noise& noise, Eigen::Index n) -> MatrixXd {
        const MatrixXd data = (2 * noise(2, n)).array().sin(), before = chain.walk(data, 0, 6, noise),
                       last = noise(2, n);
        const MatrixXd x = step * before + beta * last, merged = (x - t.alpha * data) / t.sigma;
        MatrixXd f = x.array().sin();
        f.row(1) += x.row(0).cwiseAbs2();  // f may be any function of x_t
        return ((last - f).colwise().squaredNorm() - weight * (merged - t.sigma / beta * f).colwise().squaredNorm())
                   .array() -
               left_over;
      });
}

TEST_CASE("DDPM-7: the optimal variance is posterior for one point of data, forward for N(0, 1), and no bound",
          "[ledger][DDPM-7]") {
  const auto chain = Discrete::linear();
  for (const auto& [from, to] : {std::pair(1000, 999), {1000, 1}, {650, 400}, {2, 1}}) {
    const Level t = chain(from), s = chain(to);
    const auto row = DDPM{}.row(t, s);
    const auto optimal =
        [&](const tweedie::Gaussian<double>& data) {  // E‖x_s − E[x_s | x_t]‖², the law of total variance
          return row.z * row.z + row.x0[0] * row.x0[0] * data.posterior_variances(t)[0];
        };
    const tweedie::Gaussian<double> point(Eigen::VectorXd::Zero(1),
                                          tweedie::Covariance<double>::semidefinite(MatrixXd::Zero(1, 1)));
    const double forward = tweedie::forward_variance(t, s), posterior = tweedie::posterior_variance(t, s);
    CHECK(relative_difference(optimal(point), posterior) < 1e-12);
    CHECK(relative_difference(optimal(gaussian(0, 1)), forward) < 1e-12);
    CHECK(relative_difference(row.x + row.x0[0] * t.alpha, kept_signal(t, s)) < 1e-12);  // E[x_s | x_t] = a_{t|s} x_t
    CHECK(optimal(gaussian(0, 4)) > forward * (1 + 1e-6));
    CHECK(relative_difference(tweedie::push_forward({{t, s, DDPM{tweedie::forward_variance}.row(t, s)}}, gaussian(0, 1))
                                  .covariance()
                                  .matrix()(0, 0),
                              1) < 1e-12);
  }
}

TEST_CASE("DDPM-7: N(0, 1) data have the reverse kernel N(a_{t|s} x_t, forward variance), simulated",
          "[ledger][DDPM-7]") {
  const Chain chain = Chain::brief();
  const Level s = chain.level(8), t = chain.level(9);
  const double kept = kept_signal(t, s);
  tests::check(Claim{"DDPM-7", "mean, correlation and square of the residual, N(0, 1) data",
                     numbers({0, 0, tweedie::forward_variance(t, s)})},
               2'200'000, [&](Noise& noise, Eigen::Index n) {
                 const MatrixXd x_s = chain.walk(noise(1, n), 0, 8, noise);
                 const ArrayXXd x_t = chain.walk(x_s, 8, 9, noise), residual = x_s.array() - kept * x_t;
                 return stacked({residual, residual * x_t, residual.square()});
               });
  tests::check(Claim{"DDPM-7", "variance of x_s about its mean given x_t, one point of data",
                     numbers({tweedie::posterior_variance(t, s)})},
               2'000'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
                 const MatrixXd x_s = chain.walk(MatrixXd::Zero(1, n), 0, 8, noise);
                 const ArrayXXd x_t = chain.walk(x_s, 8, 9, noise);
                 const double slope =
                     kept * std::pow(s.sigma / t.sigma, 2);  // cov(x_s, x_t)/var(x_t) of the chain from 0
                 return (x_s.array() - slope * x_t).square();
               });
}

TEST_CASE("DDPM-8: every prediction kind gives back x0 and eps", "[ledger][DDPM-8]") {
  const MatrixXd x0 = some_x, eps = some_eps;
  for (const auto& [t, s] : level_pairs()) {
    for (const Level& level : {t, s}) {
      const double a = level.alpha, b = level.sigma, S = a * a + b * b;
      INFO("alpha " << a << ", sigma " << b);
      const MatrixXd x = tweedie::noised(x0, level, eps), v = tweedie::target(Prediction::v, x0, eps, level);
      CHECK(difference(v, a * eps - b * x0) < 1e-12 * std::max(1.0, b));
      CHECK(difference((a * x - b * v) / S, x0) < 1e-12 * std::max(1.0, b));
      CHECK(difference((b * x + a * v) / S, eps) < 1e-12 * std::max(1.0, 1 / b));
      CHECK(difference(tweedie::target(Prediction::score, x0, eps, level), -eps / b) < 1e-12 / b);
      for (const auto kind : {Prediction::x0, Prediction::eps, Prediction::v, Prediction::score}) {
        const auto [of_x, of_output] = tweedie::x0_coefficients(kind, level);
        const MatrixXd back = of_x * x + of_output * tweedie::target(kind, x0, eps, level);
        CHECK(difference(back, x0) < 1e-13 * std::max(1.0, b / a) * 100);
      }
      const auto [of_x, of_eps] = tweedie::x0_coefficients(Prediction::eps, level);
      CHECK(relative_difference(of_x, 1 / a) < 1e-14);
      CHECK(relative_difference(of_eps, -b / a) < 1e-14);
    }
  }
}

TEST_CASE("DDPM-8: x0 from eps at T multiplies its error by 157, eps from x0 at t = 1 by 100", "[ledger][DDPM-8]") {
  const Level T = Discrete::linear()(1000), first = Discrete::linear()(1);
  CHECK(std::abs(tweedie::x0_coefficients(Prediction::eps, T).x - 157) < 0.5);
  CHECK(std::abs(first.alpha / first.sigma - 100) < 0.01);
  CHECK(std::abs(tweedie::x0_coefficients(Prediction::v, T).y) < 1);  // v has no such end
}

TEST_CASE("DDPM-8: the best prediction of each kind leaves a residual uncorrelated with the state, simulated",
          "[ledger][DDPM-8]") {
  const Chain chain = Chain::brief();
  const Level t = chain.level(5);
  // E[(y − E[y | x]) g(x)] = 0, g = 1 and tanh: the conversions carry conditional means to conditional means.
  tests::check(Claim{"DDPM-8", "residuals of the best eps, v and score", numbers({0, 0, 0, 0, 0, 0})}, 1'200'000,
               [&](Noise& noise, Eigen::Index n) {
                 const MatrixXd x0 = tests::three_modes().draw(n, noise.engine), x = chain.walk(x0, 0, 5, noise);
                 const MatrixXd eps = (x - t.alpha * x0) / t.sigma, x0_hat = tests::three_modes()(x, t),
                                eps_hat = (x - t.alpha * x0_hat) / t.sigma;
                 MatrixXd statistic(6, n);
                 Eigen::Index row = 0;
                 for (const auto kind : {Prediction::eps, Prediction::v, Prediction::score}) {
                   const MatrixXd residual =
                       tweedie::target(kind, x0, eps, t) - tweedie::target(kind, x0_hat, eps_hat, t);
                   statistic.row(row++) = residual;
                   statistic.row(row++) = residual.array() * x.array().tanh();
                 }
                 return statistic;
               });
}

TEST_CASE("DDPM-9: the squared errors of x0, eps, v and score are one another's multiples", "[ledger][DDPM-9]") {
  MatrixXd x0(5, 40), eps(5, 40), eps_hat(5, 40);
  tweedie::Normals{3}(x0, 0);
  tweedie::Normals{3}(eps, 1);
  tweedie::Normals{3}(eps_hat, 2);
  for (const auto& [t, s] : level_pairs()) {
    for (const Level& level : {t, s}) {
      const double a = level.alpha, b = level.sigma, snr = a * a / (b * b);
      const MatrixXd x = tweedie::noised(x0, level, eps), x0_hat = (x - b * eps_hat) / a;
      const auto error = [&](Prediction kind) -> Eigen::ArrayXd {
        return (tweedie::target(kind, x0, eps, level) - tweedie::target(kind, x0_hat, eps_hat, level))
            .colwise()
            .squaredNorm();
      };
      const Eigen::ArrayXd of_eps = error(Prediction::eps), of_x0 = error(Prediction::x0), of_v = error(Prediction::v);
      INFO("alpha " << a << ", sigma " << b);
      // x̂₀ is a difference of numbers of the size of x, divided by a: its error, relative to that of ε̂ in units of
      // b/a.
      const double rounding = 1e-13 * std::max(1.0, 1 / b);
      CHECK((of_x0 / (of_eps * (b * b / (a * a))) - 1).abs().maxCoeff() < rounding);
      CHECK((error(Prediction::score) / (of_eps / (b * b)) - 1).abs().maxCoeff() < 1e-12);
      const double S = a * a + b * b;
      CHECK((of_v / (S * S * of_eps / (a * a)) - 1).abs().maxCoeff() < rounding);  // S = 1: variance-preserving
      if (std::abs(S - 1) < 1e-12) CHECK((of_v / ((snr + 1) * of_x0) - 1).abs().maxCoeff() < rounding);
    }
  }
}

TEST_CASE("DDPM-11: the ancestral step in eps is the posterior's mean at the estimate", "[ledger][DDPM-11]") {
  for (const auto& [t, s] : level_pairs()) {
    const double kept = kept_signal(t, s), forward = tweedie::forward_variance(t, s);
    INFO("alpha " << s.alpha << " to " << t.alpha << ", sigma " << s.sigma << " to " << t.sigma);
    const MatrixXd ancestral = (some_x - forward / t.sigma * some_eps) / kept;
    const MatrixXd step = tweedie::sample(eps_network(some_eps), DDPM{}, some_x, {t, s}, no_noise);
    CHECK(difference(step, ancestral) < 1e-12 * std::max(1.0, t.sigma / kept));
  }
}

TEST_CASE("DDPM-11: with a clipped estimate only the form in x0 follows it", "[ledger][DDPM-11]") {
  const Level t = Discrete::linear()(400), s = Discrete::linear()(300);
  const auto row = DDPM{}.row(t, s);
  const MatrixXd x0 = eps_network(some_eps)(some_x, t), clipped = x0.cwiseMax(-1).cwiseMin(1);
  REQUIRE(difference(x0, clipped) > 1);
  const MatrixXd step =
      tweedie::sample(tweedie::clipped(eps_network(some_eps), -1, 1), DDPM{}, some_x, {t, s}, no_noise);
  CHECK(difference(step, row.x * some_x + row.x0[0] * clipped) < 1e-14);
  const MatrixXd in_eps = (some_x - tweedie::forward_variance(t, s) / t.sigma * some_eps) / kept_signal(t, s);
  CHECK(std::abs(difference(step, in_eps) - row.x0[0] * difference(x0, clipped)) < 1e-13);
}

TEST_CASE("DDPM-11: one ancestral step from the simulated chain has the law of push_forward", "[ledger][DDPM-11]") {
  const Chain chain = Chain::brief();
  const Level t = chain.level(9), s = chain.level(5);
  const auto data = gaussian(3, 2.5);
  const auto pushed = tweedie::push_forward({{t, s, DDPM{}.row(t, s)}}, data);
  const double mean = pushed.mean()[0], variance = pushed.covariance().matrix()(0, 0);
  CHECK(std::abs(mean - s.alpha * 3) < 1e-12);
  CHECK(variance < 0.99 * data.marginal(s).covariance().matrix()(0, 0));  // the step is not exact in law
  const double total = t.alpha * t.alpha * 2.5 + t.sigma * t.sigma;
  tests::check(Claim{"DDPM-11", "mean and variance after one step", numbers({mean, variance})}, 2'200'000,
               [&](Noise& noise, Eigen::Index n) {
                 const MatrixXd x0 = std::sqrt(2.5) * noise(1, n).array() + 3;
                 const ArrayXXd x = chain.walk(x0, 0, 9, noise), eps = t.sigma * (x - t.alpha * 3) / total;
                 const double deviation = std::sqrt(tweedie::posterior_variance(t, s));
                 const ArrayXXd x_s = (x - tweedie::forward_variance(t, s) / t.sigma * eps) / kept_signal(t, s) +
                                      deviation * noise(1, n).array();
                 return stacked({x_s, (x_s - mean).square()});
               });
}

TEST_CASE("DDPM-13: Su's first loss is an error of the step's own noise", "[ledger][DDPM-13]") {
  const Chain chain = Chain::brief();
  const double step = std::sqrt(1 - chain.beta(9)), beta = std::sqrt(chain.beta(9));
  const Level s = chain.level(8), t = chain.level(9);
  Noise noise(11);
  const MatrixXd before = chain.walk(MatrixXd::Constant(3, 50, 0.7), 0, 8, noise), last = noise(3, 50),
                 x = step * before + beta * last, f = x.array().cos();
  const Eigen::ArrayXd of_state = (before - (x - beta * f) / step).colwise().squaredNorm(),
                       of_noise = (last - f).colwise().squaredNorm();
  CHECK((of_state / (beta * beta / (step * step) * of_noise) - 1).abs().maxCoeff() < 1e-12);

  // With ε_θ = (β/b_t) ε̂ that mean is the posterior's.
  const MatrixXd su = (some_x - beta * (beta / t.sigma) * some_eps) / step;
  CHECK(difference(su, tweedie::sample(eps_network(some_eps), DDPM{}, some_x, {t, s}, no_noise)) < 1e-13);
}

TEST_CASE("DDPM-13: the last noise and the merged one have correlation beta/b_t, simulated", "[ledger][DDPM-13]") {
  const Chain chain = Chain::brief();
  const Level t = chain.level(9);
  const double step = std::sqrt(1 - chain.beta(9)), beta = std::sqrt(chain.beta(9)), correlation = beta / t.sigma;
  // Drawn independently, ε_t and ε would have correlation 0, and the last number would be 1 + β²/b_t².
  tests::check(Claim{"DDPM-13", "correlation of the noises, and the best loss",
                     numbers({correlation, 1 - correlation * correlation})},
               3'500'000, [&](Noise& noise, Eigen::Index n) {
                 const MatrixXd x0 = MatrixXd::Constant(1, n, 0.7), before = chain.walk(x0, 0, 8, noise);
                 const ArrayXXd last = noise(1, n), x = step * before.array() + beta * last,
                                merged = (x - t.alpha * x0.array()) / t.sigma;
                 return stacked({last * merged, (last - correlation * merged).square()});
               });
}

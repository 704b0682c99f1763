// The rows CG-1 … CG-9, SIM-1 … SIM-3 and CFG-1 … CFG-7 of the ledger: what guides, and what guidance samples. Each
// closed form by identities, by quadrature or an integrated equation, and by simulation.

#include "mixtures.hpp"

using Eigen::ArrayXd;
using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::check;
using tests::Claim;
using tests::difference;
using tests::gaussian;
using tests::LawClaim;
using tests::level_pairs;
using tests::Noise;
using tests::numbers;
using tests::relative_difference;
using tests::stacked;
using tests::three_modes;
using tests::two_clouds;
using namespace tweedie;

namespace {

/// N(mean, variance) in each number, and its denoiser, written out.
struct Normal {
  double mean, variance;
  double marginal_variance(const Level& t) const { return t.alpha * t.alpha * variance + t.sigma * t.sigma; }
  template <class X>
  X operator()(const X& x, const Level& t) const {
    const double slope = t.alpha * variance / marginal_variance(t);
    return (mean + slope * (x.array() - t.alpha * mean)).matrix();
  }
  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    out = (*this)(x, t);
  }
  /// P(x ≤ ·).
  double cdf(double x) const { return std::erfc((mean - x) / std::sqrt(2 * variance)) / 2; }
};

/// A label y = x₀ + N(0, noise) on data N(0, s²), for which all is known: p_t(y | x) = N(y; m x, noise + c), m x the
/// posterior mean of x₀, c its variance.
struct LinearLabel {
  double s2, noise, y;
  double slope(const Level& t) const { return t.alpha * s2 / (t.alpha * t.alpha * s2 + t.sigma * t.sigma); }
  double spread(const Level& t) const { return s2 * t.sigma * t.sigma / (t.alpha * t.alpha * s2 + t.sigma * t.sigma); }
  Normal data() const { return {0, s2}; }
  Normal given() const { return {y * s2 / (s2 + noise), s2 * noise / (s2 + noise)}; }
  /// ∇ log p_t(y | x).
  MatrixXd operator()(const MatrixXd& x, const Level& t) const {
    const double m = slope(t);
    return (m * (y - m * x.array()) / (noise + spread(t))).matrix();
  }
};
const LinearLabel label{1.5, 0.4, 0.9};

/// x/α at σ²/α² = τ, where the score is −κ x + push.
struct LinearScore {
  double kappa, push;
};
struct Law {
  double mean, variance;
};

/// Mean and variance of dx = −½(1 + r)·score dτ + √r dw̄, from hardly any signal to hardly any noise, by Runge and
/// Kutta's rule in ln τ.
template <class ScoreAt>
Law integrated(const ScoreAt& score_at, double r) {
  const double from = std::log(1e10), to = std::log(1e-11);
  const int steps = 60'000;
  const double h = (to - from) / steps, q = (1 + r) / 2;
  const auto rate = [&](double u, const Law& law) -> Law {
    const double tau = std::exp(u);
    const LinearScore s = score_at(tau);
    return {q * tau * (s.kappa * law.mean - s.push), tau * (2 * q * s.kappa * law.variance - r)};
  };
  const auto ahead = [](const Law& a, double by, const Law& b) -> Law {
    return {a.mean + by * b.mean, a.variance + by * b.variance};
  };
  const LinearScore first = score_at(1e10);
  Law law{first.push / first.kappa, 1e10};
  for (int i = 0; i < steps; ++i) {
    const double u = from + i * h;
    const Law a = rate(u, law), b = rate(u + h / 2, ahead(law, h / 2, a)), c = rate(u + h / 2, ahead(law, h / 2, b)),
              d = rate(u + h, ahead(law, h, c));
    law = ahead(ahead(ahead(ahead(law, h / 6, a), h / 3, b), h / 3, c), h / 6, d);
  }
  return law;
}

/// The score of classifier-free guidance on two Gaussians.
auto guided_score(const GuidedGaussian& g, double gamma) {
  return [=](double tau) -> LinearScore {
    const double c = gamma / (g.conditional_variance + tau), u = (1 - gamma) / (g.unconditional_variance + tau);
    return {c + u, c * g.conditional_mean + u * g.unconditional_mean};
  };
}

/// ∫_a^b f, on panels.
template <class F>
double integral(double a, double b, const F& f) {
  double sum = 0;
  for (int i = 0; i < 64; ++i) sum += gauss(a + (b - a) * i / 64, a + (b - a) * (i + 1) / 64, f);
  return sum;
}

/// Mean and variance of the law ∝ N(mean, variance) e^f.
template <class F>
Law tilted(double mean, double variance, const F& f) {
  double mass = 0, first = 0, second = 0;
  const double step = std::sqrt(variance) / 16;
  for (int k = -224; k <= 224; ++k) {
    const double x = mean + step * k, w = std::exp(f(x) - k * k / 512.0);
    mass += w, first += w * (x - mean), second += w * (x - mean) * (x - mean);
  }
  return {mean + first / mass, second / mass - first / mass * first / mass};
}

/// From σ/α = 1e4 to 1e−3.
const Grid& far_grid() {
  static const Grid grid = uniform_lambda(EDM{}, 120, -std::log(1e4), -std::log(1e-3));
  return grid;
}
/// Samples of a denoiser under the reverse equation with ς = noise·g.
template <class D>
MatrixXd samples_of(const D& denoise, double noise_of_g, Noise& noise, Eigen::Index n) {
  const MatrixXd start = far_grid().front().sigma * noise(1, n);
  return sample(denoise, DPMSolver{.order = 3, .noise = noise_of_g}, start, far_grid(), noise);
}

/// Variance that a sampler's rows make of a start N(0, σ²) at the first level with an affine denoiser, exactly.
template <class S, class D>
double variance_by_rows(const S& sampler, const D& denoise, const Grid& grid) {
  const MatrixXd probe = Eigen::RowVector2d(0, 1);
  double v = grid.front().sigma * grid.front().sigma;
  for (const auto& [t, s, row] : tabulate(sampler, grid)) {
    const Row one = eliminated(row, t);
    MatrixXd x0 = probe;
    denoise(probe, t, x0);
    const double factor = one.x + one.x0[0] * (x0(0, 1) - x0(0, 0));
    v = factor * factor * v + one.z * one.z;
  }
  return v;
}

/// Values of r = ς²/g².
const std::vector<double> noises{0, 0.5, 1};

/// log p_t(which | x) of three_modes(), by hand.
const double weight[] = {0.3, 0.5, 0.2}, centre[] = {-2, 0.5, 3}, spread[] = {0.16, 0.49, 0.09};
double probability(int k, double x, const Level& t) {
  double total = 0, own = 0;
  for (int j = 0; j < 3; ++j) {
    const double v = t.alpha * t.alpha * spread[j] + t.sigma * t.sigma, off = x - t.alpha * centre[j];
    const double p = weight[j] * std::exp(-off * off / (2 * v)) / std::sqrt(v);
    total += p;
    if (j == k) own = p;
  }
  return own / total;
}

template <class F>
double slope(const F& f, double x, double h = 1e-3) {
  return (8 * (f(x + h) - f(x - h)) - (f(x + 2 * h) - f(x - 2 * h))) / (12 * h);
}

}  // namespace

TEST_CASE("CG-1: the classifier of the noised data and its gradient", "[ledger][CG-1]") {
  const MatrixXd x = Eigen::RowVectorXd::LinSpaced(13, -3, 4);
  for (const double time : {0.1, 0.3, 0.7}) {
    const Level t = VariancePreserving{}(time);
    for (const int k : {0, 1, 2}) {
      const MatrixXd gradient = three_modes().log_probability_gradient({k}, x, t);
      const MatrixXd scores = three_modes().subset({k}).score(x, t) - three_modes().score(x, t);
      CHECK(difference(gradient, scores) < 1e-11);
      for (Eigen::Index i = 0; i < x.cols(); ++i)
        CHECK(std::abs(gradient(0, i) - slope([&](double z) { return std::log(probability(k, z, t)); }, x(0, i))) <
              1e-8 * (1 + std::abs(gradient(0, i))));
    }
    // Equal variances: (α/v)(m_c − Σ r m).
    const Eigen::Vector3d w(0.3, 0.5, 0.2);
    const Eigen::RowVector3d m(-1, 0.4, 2);
    const GaussianMixture<> equal(w, m, std::vector<MatrixXd>(3, MatrixXd::Constant(1, 1, 0.36)));
    const double v = t.alpha * t.alpha * 0.36 + t.sigma * t.sigma;
    const MatrixXd gradient = equal.log_probability_gradient({1}, x, t);
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
      const ArrayXd p = w.array() * (-(x(0, i) - t.alpha * m.transpose().array()).square() / (2 * v)).exp();
      const double mean = (p * m.transpose().array()).sum() / p.sum();
      CHECK(std::abs(gradient(0, i) - t.alpha / v * (m[1] - mean)) < 1e-11);
    }
  }
}

TEST_CASE("CG-1: how often a label is found at a state, simulated", "[ledger][CG-1]") {
  // Of pairs (k, x_t) the share of k = 2, weighted by x_t², is that of the classifier.
  const Level t = VariancePreserving{}(0.3);
  const tests::Quadrature q = tests::quadrature(three_modes(), t);
  const auto weighted = [&](const MatrixXd& x) -> MatrixXd {
    return (x.array().square() * three_modes().log_probability({2}, x, t).transpose().array().exp()).matrix();
  };
  check(Claim{"CG-1", "E x_t^2 where the label is 2", numbers({q(weighted(q.x))[0]}), 0.05}, 400'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          MatrixXd x0 = noise(1, n), found(1, n);
          for (Eigen::Index i = 0; i < n; ++i) {
            const double u = 0.5 + centred_uniform(detail::word(noise.engine));
            const int k = u < weight[0] ? 0 : u < weight[0] + weight[1] ? 1 : 2;
            x0(0, i) = centre[k] + std::sqrt(spread[k]) * x0(0, i);
            found(0, i) = k == 2;
          }
          return (tests::noised_by(x0, t, noise).array().square() * found.array()).matrix();
        });
}

TEST_CASE("CG-2: the guided estimate at scale 1 is the conditional one", "[ledger][CG-2]") {
  const MatrixXd x = Eigen::RowVectorXd::LinSpaced(9, -2, 3);
  for (const auto& [from, to] : level_pairs()) {
    const Level& t = from;
    INFO("alpha " << t.alpha << ", sigma " << t.sigma);
    const Normal given = label.given();
    const double v = t.alpha * t.alpha * given.variance + t.sigma * t.sigma;
    const MatrixXd score = (-(x.array() - t.alpha * given.mean) / v).matrix();
    const MatrixXd sum = (-x.array() / label.data().marginal_variance(t)).matrix() + label(x, t);
    CHECK(difference(sum, score) < 1e-12 * (1 + score.cwiseAbs().maxCoeff()));
    const auto guided = classifier(label.data(), label, 1);
    CHECK(difference(guided(x, t), given(x, t)) < 1e-9);
    CHECK(difference(classifier(label.data(), label, 1.1)(x, t), given(x, t)) > 1e-7);
  }
  // A set of components of a mixture as the label.
  const Level t = VariancePreserving{}(0.4);
  const auto gradient = [](const MatrixXd& y, const Level& level) {
    return two_clouds().log_probability_gradient({1}, y, level);
  };
  const MatrixXd y = Eigen::Matrix2d{{0.3, -1.2}, {0.7, 0.1}};
  CHECK(difference(classifier(two_clouds(), gradient)(y, t), two_clouds().subset({1})(y, t)) < 1e-12);
}

TEST_CASE("CG-3: at scale 1 every noise samples the data with the label, simulated", "[ledger][CG-3]") {
  // The label "one of the two outer modes": 0.6 N(−2, 0.16) + 0.4 N(3, 0.09).
  const VariancePreserving vp{};
  const Grid grid = uniform_lambda(vp, 50, lambda(vp(1)), lambda(vp(0.02)));
  const Level end = grid.back();
  const auto cdf = [&](double x) {
    const Normal left{end.alpha * -2, end.alpha * end.alpha * 0.16 + end.sigma * end.sigma},
        right{end.alpha * 3, end.alpha * end.alpha * 0.09 + end.sigma * end.sigma};
    return 0.6 * left.cdf(x) + 0.4 * right.cdf(x);
  };
  const auto gradient = [](const MatrixXd& x, const Level& t) {
    return three_modes().log_probability_gradient({0, 2}, x, t);
  };
  for (const double r : {0.0, 1.0, 2.0})
    check(LawClaim{"CG-3", sentence("law of samples, sigma^2 = ", r, " g^2"), cdf, 0.03}, 32'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            return sample(classifier(three_modes(), gradient, 1), DPMSolver{.order = 2, .noise = std::sqrt(r)},
                          noise(1, n), grid, noise);
          });
}

TEST_CASE("CG-4: three shifts of the mean, by steps of the samplers", "[ledger][CG-4]") {
  const double gamma = 1.7;
  const MatrixXd x = Eigen::RowVector3d(-1, 0.2, 2), g = Eigen::RowVector3d(0.9, -0.3, 1.4);
  const auto gradient = [&](const MatrixXd&, const Level&) -> MatrixXd { return g; };
  const Normal data{0.3, 0.7};
  const auto silent = [](auto& z) { z.setZero(); };
  const auto guided = classifier(data, gradient, gamma);
  for (const auto& [from, to] : level_pairs()) {
    const Level &t = from, &s = to;
    INFO("from " << t.alpha << ", " << t.sigma << " to " << s.alpha << ", " << s.sigma);
    const double a = t.alpha / s.alpha, b2 = t.sigma * t.sigma - a * a * s.sigma * s.sigma;
    const double posterior = b2 * s.sigma * s.sigma / (t.sigma * t.sigma);
    const Grid step{t, s};
    const auto moved = [&](const auto& sampler) -> MatrixXd {
      return sample(guided, sampler, x, step, silent) - sample(data, sampler, x, step, silent);
    };
    const auto is = [&](const MatrixXd& shift, double number) {
      CHECK(difference(shift, number * gamma * g) < 1e-9 * (1 + std::abs(number)));
    };
    is(moved(DDIM{}), t.sigma * (s.alpha * t.sigma / t.alpha - s.sigma));
    is(moved(DDPM{}), b2 / a);
    is(moved(DDPM{forward_variance}), b2 / a);  // the mean knows nothing of the noise
    const auto shifted = [&](const auto& sampler) -> MatrixXd {
      return MeanShift{sampler, gradient, gamma}.law(data, x, t, s).mean - step_law(sampler, data, x, t, s).mean;
    };
    is(shifted(DDPM{}), posterior);
    is(shifted(DDPM{forward_variance}), b2);
    is(shifted(DDIM{}), 0);  // without noise nothing moves
    // The noise estimate is lowered by σγ∇ log p.
    const MatrixXd eps = (guided(x, t) - data(x, t)) * (-t.alpha / t.sigma);
    CHECK(difference(eps, -t.sigma * gamma * g) < 1e-10 * (1 + t.sigma));
  }
}

TEST_CASE("CG-4: the three agree to first order, and DDIM's is half of them", "[ledger][CG-4]") {
  // With β² the forward variance of the step, |ratio − 1| is in proportion to it.
  const double alpha_s = 0.8;
  const Level s{.time = 0, .alpha = alpha_s, .sigma = 0.6};
  std::vector<std::vector<double>> off;
  for (const double beta2 : {4e-4, 2e-4}) {
    const double a = alpha_s * std::sqrt(1 - beta2);
    const Level t{.time = 1, .alpha = a, .sigma = std::sqrt(1 - a * a)};
    const auto per_gradient = [&](const auto& sampler) {  // of x̂₀ ↦ x̂₀ + σ²/α
      return eliminated(sampler.row(t, s), t).x0[0] * t.sigma * t.sigma / t.alpha / beta2;
    };
    off.push_back(
        {per_gradient(DDPM{}) - 1, std::pow(DDPM{}.row(t, s).z, 2) / beta2 - 1, 2 * per_gradient(DDIM{}) - 1});
    CHECK(relative_difference(std::pow(DDPM{forward_variance}.row(t, s).z, 2), beta2) < 1e-10);
  }
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(std::abs(off[0][i]) > 1e-5);
    CHECK(std::abs(off[0][i] / off[1][i] - 2) < 0.01);
  }
}

TEST_CASE("CG-5: the shifted kernel is off by the square of the forward variance, and exact for a log-linear label",
          "[ledger][CG-5]") {
  const double alpha_s = 0.8, x = 0.5;
  const Level s{.time = 0, .alpha = alpha_s, .sigma = 0.6};
  const double v_s = alpha_s * alpha_s * label.s2 + 0.36;
  for (const ShiftAt at : {ShiftAt::state, ShiftAt::mean}) {
    std::vector<Law> errors;
    for (const double share : {1e-3, 5e-4}) {
      const double a = 1 - share, b2 = 1 - a * a, alpha = alpha_s * a;
      const Level t{.time = 1, .alpha = alpha, .sigma = std::sqrt(1 - alpha * alpha)};
      const double v_t = alpha * alpha * label.s2 + t.sigma * t.sigma, kernel = b2 * v_s / v_t;  // of x_s given x_t
      const DDPM exact{[kernel](const Level&, const Level&) { return kernel; }};
      const MatrixXd state = MatrixXd::Constant(1, 1, x);
      const auto law = MeanShift{exact, label, 1, at}.law(label.data(), state, t, s);
      // Tilted by p_s(y | x_s), a normal once more.
      const double m = label.slope(s), precision = 1 / kernel + m * m / (label.noise + label.spread(s));
      const double mu = a * v_s / v_t * x;
      const double mean = (mu / kernel + m * label.y / (label.noise + label.spread(s))) / precision;
      errors.push_back({law.mean(0, 0) - mean, law.variance(0, 0) - 1 / precision});
    }
    CHECK(std::abs(errors[0].mean / errors[1].mean - 4) < 0.05);
    CHECK(std::abs(errors[0].variance / errors[1].variance - 4) < 0.05);
  }
  // p(y | x) ∝ e^(kx): the tilted kernel has the shifted mean and the same variance.
  const Level t = VariancePreserving{}(0.5), end = VariancePreserving{}(0.3);
  const double k = 0.8, gamma = 2.5;
  const auto constant = [k](const MatrixXd& z, const Level&) -> MatrixXd {
    return MatrixXd::Constant(z.rows(), z.cols(), k);
  };
  const MatrixXd state = MatrixXd::Constant(1, 1, x);
  const auto plain = step_law(DDPM{}, label.data(), state, t, end);
  const Law truth = tilted(plain.mean(0, 0), plain.variance(0, 0), [&](double z) { return gamma * k * z; });
  const MeanShift sampler{DDPM{}, constant, gamma};
  const auto law = sampler.law(label.data(), state, t, end);
  CHECK(std::abs(law.mean(0, 0) - truth.mean) < 1e-12);
  CHECK(std::abs(law.variance(0, 0) - truth.variance) < 1e-12);
  check(LawClaim{"CG-5", "a step shifted by a log-linear label",
                 [&](double z) {
                   return Normal{truth.mean, truth.variance}.cdf(z);
                 }},
        400'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          return sample(label.data(), sampler, MatrixXd::Constant(1, n, x), {t, end}, noise);
        });
}

TEST_CASE("CG-6: a classifier of clean data at the estimate has too large a gradient", "[ledger][CG-6]") {
  for (const double time : {0.05, 0.3, 0.8}) {
    const Level t = VariancePreserving{}(time);
    const Gaussian<> data = gaussian(0, label.s2);
    const double x = 0.37;
    const auto at = [](double z) { return MatrixXd::Constant(1, 1, z); };
    // log p_o(y | E[x₀ | x]) against log p_t(y | x) = log ∫ p_o(y | x₀) p(x₀ | x) dx₀.
    const auto plugged = [&](double z) {
      return -std::pow(label.y - data(MatrixXd(at(z)), t)(0, 0), 2) / (2 * label.noise);
    };
    const double c = data.variance(MatrixXd(at(x)), t)(0, 0);
    const auto exact = [&](double z) {
      const double mean = data(MatrixXd(at(z)), t)(0, 0);
      return std::log(tests::expectation(
          [&](double u) { return std::exp(-std::pow(label.y - mean - std::sqrt(c) * u, 2) / (2 * label.noise)); }));
    };
    CHECK(relative_difference(slope(plugged, x) / slope(exact, x), (label.noise + c) / label.noise) < 1e-9);
  }
  // What the flow makes of it at y = 0: κ = 1/(s² + τ) + (s²/(s² + τ))²/r², whose integral is elementary; not s² r²/(s²
  // + r²).
  const double ratio = label.s2 / label.noise, wrong = label.s2 * std::exp(-ratio);
  const auto score_at = [&](double tau) -> LinearScore {
    const double m = label.s2 / (label.s2 + tau);
    return {1 / (label.s2 + tau) + m * m / label.noise, 0};
  };
  CHECK(relative_difference(integrated(score_at, 0).variance, wrong) < 1e-9);
  CHECK(label.given().variance > 8 * wrong);
  const auto plugged = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    return -label.slope(t) * label.slope(t) / label.noise * x;
  };
  check(Claim{"CG-6", "variance by the flow with the clean classifier at the estimate", numbers({wrong}), 0.05}, 80'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          return samples_of(classifier(label.data(), plugged), 0, noise, n).cwiseAbs2();
        });
}

TEST_CASE("CG-7, CG-8: guidance by a linear Gaussian label, integrated", "[ledger][CG-7][CG-8]") {
  const Normal given = label.given();
  const GuidedGaussian pair{given.mean, 0, given.variance, label.s2};
  for (const double gamma : {0.5, 1.0, 3.0}) {
    INFO("gamma " << gamma);
    const auto score_at = [&](double tau) -> LinearScore {  // by the label, no conditional law in it
      const double m = label.s2 / (label.s2 + tau), c = label.s2 * tau / (label.s2 + tau);
      return {1 / (label.s2 + tau) + gamma * m * m / (label.noise + c), gamma * m * label.y / (label.noise + c)};
    };
    for (const double r : noises) {
      const Law law = integrated(score_at, r);
      CHECK(relative_difference(guided_variance(pair, gamma, r), law.variance) < 1e-9);
      CHECK(relative_difference(guided_mean(pair, gamma, r), law.mean) < 1e-9);
    }
    const double variance = std::pow(given.variance, gamma) * std::pow(label.s2, 1 - gamma);
    CHECK(relative_difference(guided_variance(pair, gamma, 0), variance) < 1e-12);
    // ½∫₁^ρ (w − 1)^(−½) w^((γ−1)/2) dw with w = 1 + u².
    const double rho = label.s2 / given.variance;
    const double mean = gamma * given.mean * std::pow(given.variance, gamma / 2) * std::pow(label.s2, (1 - gamma) / 2) /
                        std::sqrt(label.s2 - given.variance) *
                        integral(0, std::sqrt(rho - 1), [&](double u) { return std::pow(1 + u * u, (gamma - 1) / 2); });
    CHECK(relative_difference(guided_mean(pair, gamma, 0), mean) < 1e-12);
    // What it is taken for: p(x) p(y | x)^γ.
    const double precision = 1 / label.s2 + gamma / label.noise;
    CHECK(relative_difference(tilted_variance(pair, gamma), 1 / precision) < 1e-12);
    CHECK(relative_difference(tilted_mean(pair, gamma), gamma * label.y / label.noise / precision) < 1e-12);
  }
  CHECK(std::abs(guided_variance(pair, 3, 0) - 0.0140) < 5e-5);
  CHECK(std::abs(guided_mean(pair, 3, 0) - 1.0097) < 5e-5);
  CHECK(std::abs(tilted_variance(pair, 3) - 0.1224) < 5e-5);
  CHECK(std::abs(tilted_mean(pair, 3) - 0.8265) < 5e-5);
}

TEST_CASE("CG-8: the mean of guidance between two Gaussians, for every noise", "[ledger][CG-8]") {
  for (const GuidedGaussian& g :
       {GuidedGaussian{1.2, -0.5, 1, 2}, GuidedGaussian{-0.7, 0.4, 0.5, 3}, GuidedGaussian{0.9, 0.2, 2, 0.8}})
    for (const double gamma : {-0.5, 1.0, 2.0})
      for (const double r : {0.0, 0.3, 1.0}) {
        INFO("gamma " << gamma << ", r " << r << ", variance " << g.conditional_variance);
        const Law law = integrated(guided_score(g, gamma), r);
        CHECK(std::abs(guided_mean(g, gamma, r) - law.mean) < 1e-9 * (1 + std::abs(law.mean)));
        if (gamma == 1) CHECK(std::abs(law.mean - g.conditional_mean) < 1e-9);
      }
}

TEST_CASE("CG-7, CG-8: guidance by a linear Gaussian label, simulated", "[ledger][CG-7][CG-8]") {
  // s² = 1.5, r² = 0.4, y = 0.9, γ = 3. The flow: 0.0140 about 1.0097, where the tilted law has 0.1224 about 0.8265.
  const auto guided = classifier(label.data(), label, 3);
  const Normal given = label.given();
  const double rho = label.s2 / given.variance;
  const double variance = std::pow(given.variance, 3) / (label.s2 * label.s2);
  const double mean = 3 * given.mean * std::pow(given.variance, 1.5) / label.s2 / std::sqrt(label.s2 - given.variance) *
                      (std::sqrt(rho - 1) + std::pow(rho - 1, 1.5) / 3);  // ∫(1 + u²)
  for (const char* id : {"CG-7", "CG-8"})
    check(Claim{id, "mean and variance by the flow, gamma = 3", numbers({mean, variance}), 0.05}, 80'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            const ArrayXXd x = samples_of(guided, 0, noise, n);
            return stacked({x, (x - mean).square()});
          });
}

TEST_CASE("CG-9: the tempered classifier has a normaliser that depends on the state", "[ledger][CG-9]") {
  const Level t = VariancePreserving{}(0.2);
  const auto log_z = [](double x, double gamma, const Level& level) {
    double z = 0;
    for (int k = 0; k < 3; ++k) z += std::pow(probability(k, x, level), gamma);
    return std::log(z);
  };
  for (const double gamma : {0.5, 1.0, 2.0}) {
    for (double x = -2; x <= 2.5; x += 0.25) {
      INFO("gamma " << gamma << ", x " << x);
      // ∇ log Z = γ Σ_k q_k ∇ log p(k | x), q = p^γ/Z.
      const MatrixXd state = MatrixXd::Constant(1, 1, x);
      double sum = 0;
      for (int k = 0; k < 3; ++k)
        sum += gamma * std::exp(gamma * three_modes().log_probability({k}, state, t)[0] - log_z(x, gamma, t)) *
               three_modes().log_probability_gradient({k}, state, t)(0, 0);
      CHECK(std::abs(slope([&](double z) { return log_z(z, gamma, t); }, x) - sum) < 1e-9);
      // So the gradient of the tempered classifier is not γ times the gradient.
      const auto tempered = [&](double z) { return gamma * std::log(probability(1, z, t)) - log_z(z, gamma, t); };
      CHECK(std::abs(slope(tempered, x) - (gamma * three_modes().log_probability_gradient({1}, state, t)(0, 0) - sum)) <
            1e-8);
    }
  }
  // 1 where one label is certain, 2^(1−γ) where two are as likely as one another.
  const Level early = VariancePreserving{}(0.02);
  double low = -2, high = 0.5;
  while (high - low > 1e-13) {
    const double middle = (low + high) / 2;
    (probability(0, middle, early) > probability(1, middle, early) ? low : high) = middle;
  }
  const auto z = [&](double x, double gamma) { return std::exp(log_z(x, gamma, early)); };
  for (const double gamma : {0.5, 1.0, 2.0, 4.0}) {
    CHECK(std::abs(z(low, gamma) - std::pow(2, 1 - gamma)) < 1e-6);
    CHECK(std::abs(z(12, gamma) - 1) < 1e-6);
  }
}

TEST_CASE("SIM-1: a step shifted along the gradient of a similarity, to second order", "[ledger][SIM-1]") {
  const auto gradient = [](const MatrixXd& x, const Level&) -> MatrixXd {
    return (1.3 * (1.3 * x).array().cos()).matrix();
  };
  const double gamma = 2, x = 0.4, alpha_s = 0.8;
  const Level s{.time = 0, .alpha = alpha_s, .sigma = 0.6};
  for (const ShiftAt at : {ShiftAt::state, ShiftAt::mean}) {
    std::vector<Law> errors;
    for (const double beta2 : {2e-3, 1e-3}) {
      const double a = alpha_s * std::sqrt(1 - beta2);
      const Level t{.time = 1, .alpha = a, .sigma = std::sqrt(1 - a * a)};
      const MatrixXd state = MatrixXd::Constant(1, 1, x);
      const Normal data{0.3, 0.7};
      const auto plain = step_law(DDPM{}, data, state, t, s),
                 law = MeanShift{DDPM{}, gradient, gamma, at}.law(data, state, t, s);
      const Law truth =
          tilted(plain.mean(0, 0), plain.variance(0, 0), [&](double z) { return gamma * std::sin(1.3 * z); });
      errors.push_back({law.mean(0, 0) - truth.mean, law.variance(0, 0) - truth.variance});
      CHECK(std::abs(errors.back().mean) < 0.02 * std::abs(truth.mean - plain.mean(0, 0)));
    }
    CHECK(std::abs(errors[0].mean / errors[1].mean - 4) < 0.1);
    CHECK(std::abs(errors[0].variance / errors[1].variance - 4) < 0.1);
  }
}

TEST_CASE("SIM-2: the kernel tilted by a squared distance is known exactly", "[ledger][SIM-2]") {
  const Level t = VariancePreserving{}(0.3), s = VariancePreserving{}(0.25);
  const Normal data{0.3, 0.7};
  const double gamma = 2.5, y = 1.4, x = 0.35;
  const MatrixXd state = MatrixXd::Constant(1, 1, x);
  const auto plain = step_law(DDPM{}, data, state, t, s);
  const double mu = plain.mean(0, 0), z2 = plain.variance(0, 0);
  const Law exact{(mu + z2 * gamma * y) / (1 + z2 * gamma), z2 / (1 + z2 * gamma)};
  const Law truth = tilted(mu, z2, [&](double u) { return -gamma * (u - y) * (u - y) / 2; });
  CHECK(std::abs(truth.mean - exact.mean) < 1e-12);
  CHECK(std::abs(truth.variance - exact.variance) < 1e-12);

  // What the shift misses of it.
  const auto gradient = distance_gradient(MatrixXd(MatrixXd::Constant(1, 1, y)));
  const auto at_state = MeanShift{DDPM{}, gradient, gamma}.law(data, state, t, s),
             at_mean = MeanShift{DDPM{}, gradient, gamma, ShiftAt::mean}.law(data, state, t, s);
  const double second = z2 * z2 * gamma * gamma * (y - mu) / (1 + z2 * gamma);
  CHECK(std::abs(at_state.mean(0, 0) - exact.mean - (z2 * gamma * (mu - x) + second)) < 1e-13);
  CHECK(std::abs(at_mean.mean(0, 0) - exact.mean - second) < 1e-13);

  // Draws of the kernel, weighted by e^(γ sim).
  check(Claim{"SIM-2", "moments of the kernel weighted by the similarity", numbers({0, 0}), 0.01}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const ArrayXXd u = sample(data, DDPM{}, MatrixXd::Constant(1, n, x), {t, s}, noise);
          const ArrayXXd w = (-gamma * (u - y).square() / 2).exp();
          return stacked({w * (u - exact.mean), w * ((u - exact.mean).square() - exact.variance)});
        });
}

TEST_CASE("SIM-3: the gradient of the cosine, by itself and through an embedding", "[ledger][SIM-3]") {
  Noise noise(7);
  const MatrixXd e = noise(7, 3), target = noise(7, 1), weights = noise(7, 5), x = noise(5, 3);
  const auto cosine = [&](const VectorXd& v) { return v.dot(target.col(0)) / (v.norm() * target.norm()); };
  const Level t = VariancePreserving{}(0.3);
  const MatrixXd g = cosine_gradient(target)(e, t);
  const auto embed = [&](const MatrixXd& z, const Level&) -> MatrixXd { return (weights * z).array().tanh(); };
  const auto pull = [&](const MatrixXd& z, const Level&, const MatrixXd& u) -> MatrixXd {
    return weights.transpose() * (u.array() * (1 - (weights * z).array().tanh().square())).matrix();
  };
  const MatrixXd pulled = cosine_gradient(target, embed, pull)(x, t);
  for (Eigen::Index i = 0; i < 3; ++i) {
    CHECK(std::abs(g.col(i).dot(e.col(i))) < 1e-14);
    const VectorXd own = e.col(i), state = x.col(i);
    const VectorXd written = target / (own.norm() * target.norm()) - cosine(own) * own / own.squaredNorm();
    CHECK(difference(g.col(i), written) < 1e-14);
    for (Eigen::Index k = 0; k < 7; ++k)
      CHECK(std::abs(g(k, i) - slope([&](double h) -> double { return cosine(own + h * VectorXd::Unit(7, k)); }, 0)) <
            1e-9);
    for (Eigen::Index k = 0; k < 5; ++k)
      CHECK(std::abs(pulled(k, i) -
                     slope([&](double h) -> double { return cosine(embed(state + h * VectorXd::Unit(5, k), t)); }, 0)) <
            1e-9);
  }
}

TEST_CASE("CFG-1: one combination in two conventions, of whatever is predicted", "[ledger][CFG-1]") {
  const Normal c{1.2, 0.5}, u{-0.5, 2};
  const MatrixXd x = Eigen::RowVector3d(-1, 0.2, 2);
  for (const auto& [from, to] : level_pairs()) {
    const Level& t = from;
    for (const double w : {-1.0, 0.0, 1.5}) {
      INFO("w " << w << ", alpha " << t.alpha);
      const MatrixXd x_c = c(x, t), x_u = u(x, t);
      const MatrixXd guided = classifier_free(c, u, w)(x, t), by_scale = classifier_free_scale(c, u, 1 + w)(x, t);
      const double size = 1 + x_c.cwiseAbs().maxCoeff() + x_u.cwiseAbs().maxCoeff();
      CHECK(difference(guided, (1 + w) * x_c - w * x_u) < 1e-14 * size);
      CHECK(difference(by_scale, x_u + (1 + w) * (x_c - x_u)) < 1e-14 * size);
      const auto eps = [&](const MatrixXd& x0) -> MatrixXd { return (x - t.alpha * x0) / t.sigma; };
      const auto v = [&](const MatrixXd& x0) -> MatrixXd { return t.alpha * eps(x0) - t.sigma * x0; };
      const double noise_size = size * (1 + t.alpha / t.sigma) * (1 + t.sigma);
      CHECK(difference(eps(guided), (1 + w) * eps(x_c) - w * eps(x_u)) < 1e-13 * noise_size);
      CHECK(difference(v(guided), (1 + w) * v(x_c) - w * v(x_u)) < 1e-12 * noise_size);
    }
  }
}

TEST_CASE("CFG-2: the guided score, which is of no law that was noised", "[ledger][CFG-2]") {
  const Normal c{0, 1}, u{0, 2};
  const double gamma = 2;
  const MatrixXd x = Eigen::RowVector3d(-1, 0.2, 2);
  // If it were of N(0, V) noised, V would be the same at every level: −x/score − σ², α = 1.
  const auto implied = [&](double sigma) {
    const Level t = EDM{}(sigma);
    const MatrixXd guided = score(classifier_free_scale(c, u, gamma), x, t);
    const double tau = sigma * sigma;
    CHECK(difference(guided, -(gamma / (1 + tau) + (1 - gamma) / (2 + tau)) * x) < 1e-12 * (1 + 1 / tau));
    return -x(0, 2) / guided(0, 2) - tau;
  };
  CHECK(std::abs(implied(1e-2) - 2.0 / 3) < 1e-3);                      // the tilted law
  CHECK(std::abs(implied(1) - (1 / (2.0 / 2 - 1.0 / 3) - 1)) < 1e-10);  // 1/2
  CHECK(std::abs(implied(100)) < 1e-3);                                 // γ s_c² + (1 − γ) s_u²
}

TEST_CASE("CFG-3, CFG-4, CFG-7: the variance of guidance between two Gaussians, by three routes",
          "[ledger][CFG-3][CFG-4][CFG-7]") {
  for (const auto& [c, u] : {std::pair(1.0, 2.0), {0.5, 3.0}, {2.0, 0.7}})
    for (const double gamma : {0.5, 1.0, 2.0, 4.0})
      for (const double r : {0.0, 0.25, 0.5, 1.0, 2.0}) {
        if (c > u && gamma > 2) continue;
        INFO("gamma " << gamma << ", r " << r << ", " << c << ", " << u);
        const GuidedGaussian g{0, 0, c, u};
        const double found = guided_variance(g, gamma, r);
        CHECK(relative_difference(found, integrated(guided_score(g, gamma), r).variance) < 1e-9);
        if (gamma == 1) CHECK(relative_difference(found, c) < 1e-12);
        const double rho = u / c, delta = u - c;
        if (r == 0) CHECK(relative_difference(found, std::pow(c, gamma) * std::pow(u, 1 - gamma)) < 1e-12);
        if (r == 1) {
          const double ratio = gamma == 0.5 ? std::log(rho) : (std::pow(rho, 2 * gamma - 1) - 1) / (2 * gamma - 1);
          CHECK(relative_difference(found, std::pow(c, 2 * gamma) * std::pow(u, 2 - 2 * gamma) * ratio / delta) <
                1e-11);
        }
        if (r == 0 || rho < 1) continue;
        // r∫₁^ρ (w − 1)^(r−1) w^p dw; for r < 1 with w = 1 + x^(1/r), smooth for these r.
        const double p = (1 + r) * (gamma - 1);
        const double law =
            r < 1 ? integral(0, std::pow(rho - 1, r), [&](double x) { return std::pow(1 + std::pow(x, 1 / r), p); })
                  : r * integral(1, rho, [&](double w) { return std::pow(w - 1, r - 1) * std::pow(w, p); });
        const double front = std::pow(c, (1 + r) * gamma) * std::pow(u, (1 + r) * (1 - gamma)) * std::pow(delta, -r);
        CHECK(relative_difference(found, front * law) < 1e-10);
      }
  // (1, 2): 2^(1−γ), (2 − 2^(2−2γ))/(2γ − 1) and 2/(1 + γ); at γ = 2 they are 0.500, 0.583 and 0.667.
  const GuidedGaussian g{0, 0, 1, 2};
  for (const double gamma : {1.0, 2.0, 4.0}) {
    CHECK(relative_difference(guided_variance(g, gamma, 0), std::pow(2, 1 - gamma)) < 1e-12);
    CHECK(relative_difference(guided_variance(g, gamma, 1), (2 - std::pow(2, 2 - 2 * gamma)) / (2 * gamma - 1)) <
          1e-12);
    CHECK(relative_difference(tilted_variance(g, gamma), 2 / (1 + gamma)) < 1e-12);
  }
}

TEST_CASE("CFG-3, CFG-4, CFG-7: steps of the samplers tend to it, by their own recursion",
          "[ledger][CFG-3][CFG-4][CFG-7]") {
  const auto guided = classifier_free_scale(Normal{0, 1}, Normal{0, 2}, 2);
  const auto limit = [&](const auto& sampler) {  // of order 1: extrapolated twice
    std::vector<double> v;
    for (const int n : {2000, 4000, 8000})
      v.push_back(variance_by_rows(sampler, guided, uniform_lambda(EDM{}, n, -std::log(1e4), -std::log(1e-4))));
    const double a = 2 * v[1] - v[0], b = 2 * v[2] - v[1];
    CHECK(std::abs((v[0] - v[1]) / (v[1] - v[2]) - 2) < 0.05);
    return (4 * b - a) / 3;
  };
  CHECK(std::abs(limit(DDIM{}) - 0.5) < 1e-6);
  CHECK(std::abs(limit(DDIM{1}) - 7.0 / 12) < 1e-6);
  CHECK(std::abs(limit(DDPM{}) - 7.0 / 12) < 1e-6);
  // r = ½ by the substitution w = 1 + x²: s_u^(−3) ∫₀¹ (1 + x²)^(3/2) dx.
  const double half = std::pow(2, -1.5) * integral(0, 1, [](double x) { return std::pow(1 + x * x, 1.5); });
  CHECK(std::abs(limit(ExponentialEuler{std::sqrt(0.5)}) - half) < 1e-6);
}

TEST_CASE("CFG-3, CFG-4, CFG-7: the variance of guidance between two Gaussians, simulated",
          "[ledger][CFG-3][CFG-4][CFG-7]") {
  const auto guided = classifier_free_scale(Normal{0, 1}, Normal{0, 2}, 2);
  const double half = std::pow(2, -1.5) * integral(0, 1, [](double x) { return std::pow(1 + x * x, 1.5); });
  const auto claim = [&](const char* id, double r, double variance) {
    check(Claim{id, sentence("variance at gamma = 2, r = ", r), numbers({variance}), 0.05}, 80'000,
          [&](Noise& noise, Eigen::Index n) -> MatrixXd {
            return samples_of(guided, std::sqrt(r), noise, n).cwiseAbs2();
          });
  };
  claim("CFG-3", 0, 0.5);
  claim("CFG-4", 1, 7.0 / 12);
  claim("CFG-7", 0.5, half);
}

TEST_CASE("CFG-5: equal variances, and guidance is the denoiser of one Gaussian", "[ledger][CFG-5]") {
  const double s2 = 0.7, gamma = 3;
  const Normal c{1.2, s2}, u{-0.5, s2}, moved{-0.5 + 3 * 1.7, s2};
  const auto guided = classifier_free_scale(c, u, gamma);
  const MatrixXd x = Eigen::RowVector3d(-1, 0.2, 2);
  for (const auto& [t, s] : level_pairs()) CHECK(difference(guided(x, t), moved(x, t)) < 1e-12);
  for (const double r : {0.0, 0.7, 1.0}) {
    CHECK(std::abs(guided_variance({1.2, -0.5, s2, s2}, gamma, r) - s2) < 1e-12);
    CHECK(std::abs(guided_mean({1.2, -0.5, s2, s2}, gamma, r) - moved.mean) < 1e-12);
  }
  for (const double r : noises)
    check(LawClaim{"CFG-5", sentence("law at equal variances, r = ", r), [&](double z) { return moved.cdf(z); }, 0.03},
          32'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd { return samples_of(guided, std::sqrt(r), noise, n); });
}

TEST_CASE("CFG-6: the guided reverse equation is the conditional flow and Langevin steps on a tilted law",
          "[ledger][CFG-6]") {
  const VariancePreserving vp{};
  const auto conditional = three_modes().subset({0, 1});
  const MatrixXd x = Eigen::RowVectorXd::LinSpaced(7, -3, 3);
  for (const double gamma : {0.5, 1.0, 3.0}) {
    const auto guided = classifier_free_scale(conditional, three_modes(), gamma);
    const auto score_at = [&](const MatrixXd& z, double t) { return score(guided, z, vp(t)); };
    const auto conditional_score = [&](const MatrixXd& z, double t) { return conditional.score(z, vp(t)); };
    for (const double t : {0.2, 0.5}) {
      const MatrixXd whole = reverse_sde(LinearSde{vp}, score_at).drift(x, t),
                     flow = reverse_sde(LinearSde{vp}, conditional_score, 0).drift(x, t);
      for (Eigen::Index i = 0; i < x.cols(); ++i) {
        const double langevin = slope(
            [&](double z) {  // log p_c^(2γ−1) p_u^(2−2γ)
              const MatrixXd state = MatrixXd::Constant(1, 1, z);
              return (2 * gamma - 1) * conditional.log_density(state, vp(t))[0] +
                     (2 - 2 * gamma) * three_modes().log_density(state, vp(t))[0];
            },
            x(0, i));
        const double g2 = diffusion_rate(vp(t));
        INFO("gamma " << gamma << ", time " << t << ", x " << x(0, i));
        CHECK(std::abs(whole(0, i) - (flow(0, i) - g2 / 2 * langevin)) < 1e-8 * (1 + std::abs(whole(0, i))));
      }
    }
  }
}

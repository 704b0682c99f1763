// The rows SDE-10 … SDE-14 of the ledger: what the score is, and how it is learned. Each closed form by identities, by
// quadrature, and by simulation.

#include "mixtures.hpp"

using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::check;
using tests::Claim;
using tests::difference;
using tests::Noise;
using tests::numbers;
using tests::Quadrature;
using tests::quadrature;
using tests::stacked;
using tests::three_modes;
using tests::two_clouds;
using namespace tweedie;

namespace {

const Level at{.time = 0.5, .alpha = 0.6, .sigma = 0.8};

/// Any function will do as a model's score: this one is far from right. Its Jacobian is diagonal.
MatrixXd some_score(const MatrixXd& x, const Level&) {
  return x.array().tanh() - 0.5 * x.array();
}
double some_divergence(const MatrixXd& x) {
  return (1 / x.array().cosh().square() - 0.5).sum();
}

const auto true_score = [](const auto& mixture) {
  return [&mixture](const MatrixXd& x, const Level& t) { return mixture.score(x, t); };
};

/// J = E‖s_θ − s‖² and I = E‖s‖², by quadrature.
struct Means {
  double J, I;
};
Means means(const GaussianMixture<>& mixture, const Level& t) {
  const Quadrature q = quadrature(mixture, t);
  const auto nothing = [](const MatrixXd& x, const Level&) -> MatrixXd { return MatrixXd::Zero(x.rows(), x.cols()); };
  return {q(explicit_score_loss(some_score, true_score(mixture), q.x, t).transpose())[0],
          q(explicit_score_loss(nothing, true_score(mixture), q.x, t).transpose())[0]};
}

const VectorXd point = Eigen::Vector2d(1.2, -0.9);

}  // namespace

TEST_CASE("SDE-10: the score is the gradient of the log-density, and the mean of the conditional scores",
          "[ledger][SDE-10]") {
  const MatrixXd x = Eigen::RowVectorXd::LinSpaced(41, -4, 4);
  for (const Level& t : {at, VariancePreserving{}(1e-3), VarianceExploding{}(0.7), RectifiedFlow{}(0.9)}) {
    const MatrixXd s = score(three_modes(), x, t);
    const double h = 1e-5 * std::max(t.sigma, 0.1);
    const VectorXd slope =
        (three_modes().log_density(x.array() + h, t) - three_modes().log_density(x.array() - h, t)) / (2 * h);
    // A denoiser tells the score as a difference over σ².
    const double rounding = 1e-14 * 5 / (t.sigma * t.sigma);
    CHECK(difference(s.transpose(), slope) < 1e-6 * (1 + s.cwiseAbs().maxCoeff()));
    CHECK(difference(s, three_modes().score(x, t)) < 1e-12 + rounding);
  }
  const VectorXd s = two_clouds().score(point, at);
  check(Claim{"SDE-10", "mean of the score of x_t given x_0, at a fixed x_t", s}, 1'000'000,
        [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = tests::posterior_draws(two_clouds(), point, at, noise, n);
          return ((at.alpha * x0).colwise() - point) / (at.sigma * at.sigma);
        });
}

TEST_CASE("SDE-11: Tweedie's formula of first order", "[ledger][SDE-11]") {
  for (const Level& t : {at, VariancePreserving{}(0.9), VarianceExploding{}(0.7), RectifiedFlow{}(0.3)}) {
    const MatrixXd x = MatrixXd::Random(2, 20);
    const auto by_score = network(Prediction::score, true_score(two_clouds()));
    CHECK(difference(by_score(x, t), two_clouds()(x, t)) < 1e-11 / t.alpha);
    CHECK(difference(by_score(x, t), (x + t.sigma * t.sigma * two_clouds().score(x, t)) / t.alpha) < 1e-12 / t.alpha);
    // And back: the score of a denoiser that was made of the score.
    CHECK(difference(score(by_score, x, t), two_clouds().score(x, t)) < 1e-11 / (t.sigma * t.sigma));
  }
  check(Claim{"SDE-11", "mean of x_0 at a fixed x_t", two_clouds()(point, at)}, 1'500'000,
        [&](Noise& noise, Eigen::Index n) { return tests::posterior_draws(two_clouds(), point, at, noise, n); });
}

TEST_CASE("SDE-12: Tweedie's formula of second order", "[ledger][SDE-12]") {
  for (const Level& t : {at, VariancePreserving{}(0.05), VarianceExploding{}(0.5), RectifiedFlow{}(0.3)}) {
    const double ratio = t.sigma * t.sigma / (t.alpha * t.alpha);
    const MatrixXd truth = two_clouds().covariance(point, t);
    CHECK(difference(tweedie_covariance(covariance_product(two_clouds()), point, t), truth) < 1e-14);
    CHECK(difference(tweedie_covariance(difference_product(two_clouds()), point, t), truth) < 1e-8 * ratio);
    // By the Hessian of log p_t.
    MatrixXd H(2, 2);
    const double h = 1e-4 * t.sigma;
    for (int j = 0; j < 2; ++j) {
      VectorXd up = point, down = point;
      up[j] += h, down[j] -= h;
      H.col(j) = (two_clouds().score(up, t) - two_clouds().score(down, t)) / (2 * h);
    }
    CHECK(difference(ratio * (MatrixXd::Identity(2, 2) + t.sigma * t.sigma * H), truth) < 1e-6 * ratio);
    CHECK(difference(jacobian(difference_product(two_clouds()), point, t), t.alpha / (t.sigma * t.sigma) * truth) <
          1e-7 * (1 + 1 / t.sigma));
  }
  const MatrixXd covariance = tweedie_covariance(covariance_product(two_clouds()), point, at);
  const VectorXd mean = two_clouds()(point, at);
  check(Claim{"SDE-12", "Cov[x_0 | x_t] and Var[eps | x_t]",
              numbers({covariance(0, 0), covariance(1, 1), covariance(0, 1),
                       covariance(0, 0) * std::pow(at.alpha / at.sigma, 2)}),
              0.02},
        2'000'000, [&](Noise& noise, Eigen::Index n) -> MatrixXd {
          const MatrixXd x0 = tests::posterior_draws(two_clouds(), point, at, noise, n);
          const Eigen::ArrayXXd centred = x0.colwise() - mean;
          const Eigen::ArrayXXd eps = (point[0] - at.alpha * x0.row(0).array()) / at.sigma;
          const double mean_eps = (point[0] - at.alpha * mean[0]) / at.sigma;
          return stacked({centred.row(0).square(), centred.row(1).square(), centred.row(0) * centred.row(1),
                          (eps - mean_eps).square()});
        });
}

TEST_CASE("SDE-13: implicit score matching, by quadrature", "[ledger][SDE-13]") {
  for (const GaussianMixture<>* mixture : {&three_modes(), &two_clouds()}) {
    const Quadrature q = quadrature(*mixture, at);
    const auto [J, I] = means(*mixture, at);
    const VectorXd loss = implicit_score_loss(some_score, difference_product(some_score), q.x, at);
    CHECK(std::abs(q(loss.transpose())[0] - (J - I) / 2) < 1e-8);
    CHECK(std::abs(loss[7] - (some_score(q.x.col(7), at).squaredNorm() / 2 + some_divergence(q.x.col(7)))) < 1e-8);
  }
}

TEST_CASE("SDE-13: implicit and sliced score matching, simulated", "[ledger][SDE-13]") {
  const auto [J, I] = means(two_clouds(), at);
  const auto product = difference_product(some_score);
  const auto draws = [&](Noise& noise, Eigen::Index n) {
    return tests::noised_by(two_clouds().draw(n, noise.engine), at, noise);
  };
  check(Claim{"SDE-13", "implicit loss", numbers({(J - I) / 2})}, 1'200'000, [&](Noise& noise, Eigen::Index n) {
    return MatrixXd(implicit_score_loss(some_score, product, draws(noise, n), at).transpose());
  });
  for (const Probe probe : {Probe::rademacher, Probe::gaussian})
    check(Claim{"SDE-13", probe == Probe::gaussian ? "sliced loss, normal probes" : "sliced loss, signs",
                numbers({(J - I) / 2}), probe == Probe::gaussian ? 0.02 : 0.01},
          1'200'000, [&](Noise& noise, Eigen::Index n) {
            return MatrixXd(sliced_score_loss(some_score, product, draws(noise, n), at, noise, probe).transpose());
          });
}

TEST_CASE("SDE-14: denoising score matching has the constant d/sigma^2 - E|s|^2", "[ledger][SDE-14]") {
  for (const GaussianMixture<>* mixture : {&three_modes(), &two_clouds()}) {
    const auto [J, I] = means(*mixture, at);
    const Eigen::Index d = mixture->dimension();
    check(Claim{"SDE-14", sentence("denoising loss, d = ", d), numbers({J + denoising_constant(at, d) - I})}, 1'700'000,
          [&](Noise& noise, Eigen::Index n) {
            return MatrixXd(denoising_score_loss(some_score, mixture->draw(n, noise.engine), at, noise).transpose());
          });
    // At the true score the loss is its constant, which is d times E Var[ε | x]/σ²: never negative, so that E‖s‖² ≤
    // d/σ².
    const Quadrature q = quadrature(*mixture, at);
    const double unexplained =
        std::pow(at.alpha / (at.sigma * at.sigma), 2) * q(mixture->variance(q.x, at).colwise().sum())[0];
    CHECK(std::abs(denoising_constant(at, d) - I - unexplained) < 1e-9);
    // And for components no narrower than s, E‖s‖²/d ≤ 1/(α²s² + σ²).
    const double narrowest = d == 1 ? 0.09 : 0.024;  // below the least eigenvalue of the two clouds, 0.0292 and 0.0447
    CHECK(I / double(d) <= 1 / (at.alpha * at.alpha * narrowest + at.sigma * at.sigma));
    CHECK(I / double(d) <= 1 / (at.sigma * at.sigma));
  }
}

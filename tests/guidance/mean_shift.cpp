#include "guidance/predictions.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::guidance::matrix;

namespace {
const auto half = [](const MatrixXd& x, const Level&) -> MatrixXd { return x / 2; };
const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8}, s{.time = 0.3, .alpha = 0.8, .sigma = 0.6};
const MatrixXd x = matrix({{1, -2}, {3, 4}}), zeta = matrix({{0.1, 0.2}, {-0.3, 0.4}});
const auto drawn = [](MatrixXd& z) { z = zeta; };
/// DDPM's step: forward a = α_t/α_s = 3/4 and b² = 0.64 − 0.36·9/16, backward κ = a σ_s²/σ_t², c = α_s b²/σ_t², z² = b²
/// σ_s²/σ_t².
const double a = 0.75, b2 = 0.64 - 0.36 * 0.5625, kappa = a * 0.36 / 0.64, c = 0.8 * b2 / 0.64, z2 = b2 * 0.36 / 0.64;
const MatrixXd mean = kappa * x + c * x / 2;
const auto gradient = [](const MatrixXd& y, const Level& at) -> MatrixXd {
  return (y.array().square() * at.time).matrix();
};
}  // namespace

TEST_CASE("MeanShift: the mean moves by the variance times the gradient at x_t") {
  const MatrixXd expected = mean + z2 * 2 * 0.5 * x.cwiseAbs2() + std::sqrt(z2) * zeta;
  CHECK(largest_difference(sample(half, MeanShift{DDPM{}, gradient, 2}, x, {t, s}, drawn), expected) < 1e-14);
  const auto by_level = [](const Level& at) { return 4 * at.time; };
  CHECK(largest_difference(sample(half, MeanShift{DDPM{}, gradient, by_level}, x, {t, s}, drawn), expected) < 1e-14);
}

TEST_CASE("MeanShift: or the gradient at the mean, at the level that the step goes to") {
  const MatrixXd expected = mean + z2 * 2 * 0.3 * mean.cwiseAbs2() + std::sqrt(z2) * zeta;
  CHECK(largest_difference(sample(half, MeanShift{DDPM{}, gradient, 2, ShiftAt::mean}, x, {t, s}, drawn), expected) <
        1e-14);
}

TEST_CASE("MeanShift: with a variance for each number, and with a learned one") {
  const auto v = [](const MatrixXd& y, const Level&) -> MatrixXd { return (0.1 * y.array().square()).matrix(); };
  const Eigen::ArrayXXd spread = z2 + c * c * 0.1 * x.array().square();  // τ² is z² of DDPM
  const MatrixXd expected = mean.array() + spread * 2 * 0.5 * x.array().square() + spread.sqrt() * zeta.array();
  CHECK(largest_difference(sample(half, MeanShift{ElementwiseVariance{DDPM{}, v}, gradient, 2}, x, {t, s}, drawn),
                           expected) < 1e-14);
  const auto learned = [](const MatrixXd& y, const Level&, const Level&) -> MatrixXd {
    return (0.2 + y.array().abs()).matrix();
  };
  const Eigen::ArrayXXd whole = 0.2 + x.array().abs();
  const MatrixXd other = mean.array() + whole * 2 * 0.5 * x.array().square() + whole.sqrt() * zeta.array();
  CHECK(largest_difference(sample(half, MeanShift{LearnedVariance{DDPM{}, learned}, gradient, 2}, x, {t, s}, drawn),
                           other) < 1e-14);
}

TEST_CASE("MeanShift: without noise nothing moves, and no gradient is asked for") {
  int calls = 0;
  const auto counting = [&](const MatrixXd& y, const Level&) -> MatrixXd { return ++calls, y; };
  CHECK(largest_difference(sample(half, MeanShift{DDIM{}, counting, 5}, x, {t, s}), sample(half, DDIM{}, x, {t, s})) <
        1e-15);
  CHECK(largest_difference(sample(half, MeanShift{DDPM{}, counting, 5}, x, {t, clean}), MatrixXd(x / 2)) < 1e-15);
  CHECK(largest_difference(sample(half, MeanShift{DDPM{}, counting, limited(5, 3, 4)}, x, {t, s}, drawn),
                           sample(half, DDPM{}, x, {t, s}, drawn)) < 1e-15);
  CHECK(calls == 0);
}

TEST_CASE("MeanShift: of the kernel tilted by a distance the shift is right to first order of its variance") {
  // N(μ, z²) e^(−γ|x − m|²/2) has the mean (μ + γ z² m)/(1 + γ z²), and the shift at μ gives μ + γ z² (m − μ): apart by
  // (γz²)²(m − μ)/(1 + γz²).
  const MatrixXd target = matrix({{2}, {-1}});
  const double gamma = 0.3;
  double before = 0;
  for (const double step : {0.01, 0.005}) {
    const VariancePreserving vp{};
    const Level from = vp(0.5), to = vp(0.5 - step);
    const StepLaw<MatrixXd> plain = step_law(DDPM{}, half, x, from, to);
    const StepLaw<MatrixXd> shifted =
        MeanShift{DDPM{}, distance_gradient(target), gamma, ShiftAt::mean}.law(half, x, from, to);
    CHECK(largest_difference(shifted.variance, plain.variance) == 0);
    const double w = gamma * plain.variance(0, 0);
    const MatrixXd wanted = target.replicate(1, 2);
    const MatrixXd exact = (plain.mean + w * wanted) / (1 + w);
    CHECK(largest_difference(shifted.mean - exact, MatrixXd(w * w / (1 + w) * (wanted - plain.mean))) < 1e-14);
    const double apart = largest_difference(shifted.mean, exact);
    if (before > 0) CHECK(before / apart > 3);
    before = apart;
  }
}

TEST_CASE("MeanShift: refusals") {
  const auto asked = [](const auto& g) { sample(half, MeanShift{DDPM{}, g}, x, {t, s}, drawn); };
  const auto wide = [](const MatrixXd&, const Level&) { return MatrixXd(MatrixXd::Ones(2, 3)); };
  CHECK(contains(refusal([&] { asked(wide); }), "mean shift", "time 0.5", "shape 2x3", "state of 2x2"));
  const auto broken = [](const MatrixXd& y, const Level&) { return MatrixXd(y * std::nan("")); };
  CHECK(contains(refusal<std::domain_error>([&] { asked(broken); }), "mean shift", "time 0.5", "not finite"));
  const MeanShift at_mean{DDPM{}, broken, 1, ShiftAt::mean};
  CHECK(contains(refusal<std::domain_error>([&] { sample(half, at_mean, x, {t, s}, drawn); }), "time 0.3"));
  CHECK(contains(refusal([&] { return MeanShift{DDPM{}, gradient, std::nan("")}; }), "scale is nan"));
  CHECK(contains(refusal([&] { sample(half, MeanShift{DDPM{}, gradient}, x, {t, s}); }), "draws noise"));
  const auto negative = [](const MatrixXd& y, const Level&) { return MatrixXd(-y.cwiseAbs2()); };
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(half, MeanShift{ElementwiseVariance{DDPM{}, negative}, gradient}, x, {t, s}, drawn);
                 }),
                 "not be negative"));
}

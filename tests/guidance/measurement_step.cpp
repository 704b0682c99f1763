#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const auto half = [](const MatrixXd& z, const Level&) -> MatrixXd { return z / 2; };
const auto halved = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd { return u / 2; };
const Level t{.time = 0.5, .alpha = 0.6, .sigma = 0.8}, s{.time = 0.3, .alpha = 0.8, .sigma = 0.6};
const MatrixXd A = (MatrixXd(2, 3) << 1, -2, 0.5, 0, 1, 1).finished();
const VectorXd y = Eigen::Vector2d(0.7, -1);
const LinearMeasurement measurement(A, y, 0.3);
const MatrixXd x = (MatrixXd(3, 2) << 1, -1, 0, 0.5, -0.2, 0.4).finished();

/// The step of DDPM for the denoiser x/2 with the noise of Normals{5}: κ = (α_t/α_s) σ_s²/σ_t², c = α_s (1 − e^(−2h)),
/// variance σ_s² (1 − e^(−2h)).
MatrixXd ancestral() {
  MatrixXd z = x;
  Normals{5}(z, 0);
  const double shrink = std::pow(0.6 * 0.6 / (0.8 * 0.8), 2);  // e^(−2h)
  return 0.6 * 0.36 / (0.8 * 0.64) * x + 0.8 * (1 - shrink) * x / 2 + 0.6 * std::sqrt(1 - shrink) * z;
}
template <class S>
MatrixXd step(const S& sampler, const MatrixXd& from = x) {
  return sample(half, sampler, from, {t, s}, Normals{5});
}

}  // namespace

TEST_CASE("DPS: one step by hand") {
  MatrixXd expected = ancestral();
  for (Eigen::Index i = 0; i < 2; ++i) {
    const VectorXd r = y - A * x.col(i) / 2;
    expected.col(i) += 0.7 * 0.5 * A.transpose() * r / r.norm();
  }
  CHECK(largest_difference(step(DPS{DDPM{}, measurement, halved, 0.7}), expected) < 1e-14);
  CHECK(largest_difference(step(DPS{DDPM{}, measurement, halved, 0}), ancestral()) < 1e-14);
  CHECK(largest_difference(step(DPS{DDPM{}, measurement, halved}), step(DPS{DDPM{}, measurement, halved, 1})) == 0);
}

TEST_CASE("DPS: the gradient is that of the distance to the measurement") {
  const auto cubic = [](const MatrixXd& z, const Level&) -> MatrixXd { return z.array().cube() / 3; };
  const auto product = [](const MatrixXd& z, const Level&, const MatrixXd& u) -> MatrixXd {
    return z.array().square() * u.array();
  };
  const auto distance = [&](const VectorXd& z) { return (y - A * VectorXd(z.array().cube() / 3)).norm(); };
  const MatrixXd shift = (sample(cubic, DPS{DDPM{}, measurement, product, 1}, x, {t, s}, Normals{5}) -
                          sample(cubic, DDPM{}, x, {t, s}, Normals{5}));
  for (Eigen::Index i = 0; i < 2; ++i)
    for (Eigen::Index k = 0; k < 3; ++k) {
      const VectorXd h = 1e-5 * VectorXd::Unit(3, k), at = x.col(i);
      CHECK(std::abs(shift(k, i) + (distance(at + h) - distance(at - h)) / 2e-5) < 1e-8);
    }
}

TEST_CASE("DPS: the norm is each sample's own, or one for the batch") {
  const DPS own{DDPM{}, measurement, halved, 0.7};
  CHECK(largest_difference(step(own, x.col(0)), MatrixXd(step(own).col(0))) < 1e-15);
  const MatrixXd r = y.replicate(1, 2) - A * x / 2;
  const MatrixXd expected = ancestral() + 0.7 * 0.5 * A.transpose() * r / r.norm();
  CHECK(largest_difference(step(DPS{DDPM{}, measurement, halved, 0.7, Coupling::batch}), expected) < 1e-14);
}

TEST_CASE("DPS: a residual of 0 pulls nowhere") {
  const LinearMeasurement met(A, A * x / 2, 0.3);
  CHECK(largest_difference(step(DPS{DDPM{}, met, halved}), ancestral()) < 1e-14);
  CHECK(largest_difference(step(DPS{DDPM{}, met, halved, 1, Coupling::batch}), ancestral()) < 1e-14);
}

TEST_CASE("PseudoinverseGuidance: one step by hand") {
  const double v = 0.64 / (0.36 + 0.64);
  const MatrixXd K = v * A * A.transpose() + 0.09 * MatrixXd::Identity(2, 2), r = y.replicate(1, 2) - A * x / 2;
  const MatrixXd expected = ancestral() + 0.8 * 0.6 * v * 0.5 * A.transpose() * K.inverse() * r;
  CHECK(largest_difference(step(PseudoinverseGuidance{DDIM{1}, measurement, halved}), expected) < 1e-12);
  CHECK(largest_difference(step(PseudoinverseGuidance{DDPM{}, measurement, halved}), expected) < 1e-12);
}

TEST_CASE("measurement steps: around a sampler with a variance of its own") {
  const auto variance = [](const MatrixXd& z, const Level&) -> MatrixXd { return z.cwiseAbs2(); };
  const ElementwiseVariance varied{DDPM{}, variance};
  const MatrixXd shift = step(DPS{DDPM{}, measurement, halved, 0.7}) - ancestral();
  CHECK(largest_difference(step(DPS{varied, measurement, halved, 0.7}), MatrixXd(step(varied) + shift)) < 1e-14);
}

TEST_CASE("measurement steps: float, a whole walk, and no noise where none is drawn") {
  const Grid grid = levels(VariancePreserving{}, uniform(6));
  const auto run = [&](const auto& from, const auto& sampler) {
    return sample([](const auto& z, const Level&, auto& out) { flat(out) = flat(z) / 2; }, sampler, from, grid,
                  Normals{5});
  };
  const auto product = [](const auto&, const Level&, auto u) { return flat(u) /= 2, u; };
  const DPS dps{DDPM{}, measurement, product, 0.1};
  const PseudoinverseGuidance pigdm{DDIM{1}, measurement, product};
  const Eigen::ArrayXXf in_float = x.cast<float>();
  CHECK(largest_difference(run(in_float, dps), run(x, dps)) < 1e-4);
  CHECK(largest_difference(run(in_float, pigdm), run(x, pigdm)) < 1e-4);
  sample(half, DPS{DDIM{}, measurement, halved}, x, grid);  // DDIM draws none
}

TEST_CASE("measurement steps: refusals") {
  CHECK(contains(refusal([&] { step(DPS{DDPM{}, measurement, halved, -0.5}); }), "DPS", "zeta = -0.5", "not negative"));
  CHECK(contains(refusal([&] { step(DPS{DDPM{}, measurement, halved, std::nan("")}); }), "zeta = nan"));
  CHECK(contains(refusal([&] { sample(half, DPS{DDPM{}, measurement, halved}, x, {t, s}); }), "draws noise"));
  const LinearMeasurement three(A, MatrixXd::Ones(2, 3), 0.3);
  CHECK(contains(refusal([&] { step(DPS{DDPM{}, three, halved}); }), "3 columns", "2 samples"));
  CHECK(contains(refusal([&] { step(PseudoinverseGuidance{DDPM{}, three, halved}); }), "3 columns", "2 samples"));
  int calls = 0;
  const auto counting = [&](const MatrixXd& z, const Level&) -> MatrixXd { return ++calls, z; };
  const auto first = [&](const auto& sampler) { sample(counting, sampler, x, {t, s}, Normals{5}); };
  CHECK(contains(refusal([&] { first(DPS{DDPM{}, three, halved}); }), "3 columns"));
  CHECK(contains(refusal([&] { first(PseudoinverseGuidance{DDPM{}, three, halved}); }), "3 columns"));
  // What the sampler refuses of the second row is refused before the first.
  struct Late {
    Row row(const Level& from, const Level& to) const {
      require(to.time != 0.1, "Late: refused");
      return DDPM{}.row(from, to);
    }
  };
  const Level last{.time = 0.1, .alpha = 0.99, .sigma = 0.1};
  const auto late = [&](const auto& sampler) { sample(counting, sampler, x, {t, s, last}, Normals{5}); };
  CHECK(contains(refusal([&] { late(DPS{Late{}, measurement, halved}); }), "Late: refused"));
  CHECK(contains(refusal([&] { late(PseudoinverseGuidance{Late{}, measurement, halved}); }), "Late: refused"));
  CHECK(calls == 0);
}

TEST_CASE("measurement steps: the units of the measurement do not matter, and dependent rows are least squares") {
  for (const double unit : {1e-150, 1e-6, 1e150}) {
    const LinearMeasurement other(unit * A, unit * y, unit * 0.3);
    CHECK(largest_difference(step(PseudoinverseGuidance{DDPM{}, other, halved}),
                             step(PseudoinverseGuidance{DDPM{}, measurement, halved})) < 1e-12);
  }
  for (const double unit : {1e-100, 1e100}) {  // in units of its own DPS takes Aᵀr/|r|, which is in those of A
    const LinearMeasurement other(unit * A, unit * y, unit * 0.3);
    CHECK(largest_difference(step(DPS{DDPM{}, other, halved, 0.7 / unit}),
                             step(DPS{DDPM{}, measurement, halved, 0.7})) < 1e-12);
  }
  const LinearMeasurement twice(A.row(0).replicate(2, 1), Eigen::Vector2d(0.6, 0.61), 0),
      once(A.row(0), MatrixXd::Constant(1, 1, 0.605), 0);
  CHECK(largest_difference(step(PseudoinverseGuidance{DDPM{}, twice, halved}),
                           step(PseudoinverseGuidance{DDPM{}, once, halved})) < 1e-13);
}

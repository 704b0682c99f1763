#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::Vector2d;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Gaussian<> bell(Vector2d(0.5, -0.3), Covariance<>(Eigen::Matrix2d{{0.3, 0.1}, {0.1, 0.2}}));
const Gaussian<> wide(Vector2d(0, 0), Covariance<>::isotropic(2, 0.8));
const GaussianMixture<>& mixture() {
  static const GaussianMixture<> two(Vector2d(0.4, 0.6), Eigen::Matrix2d{{-0.7, 0.5}, {0.2, -0.3}},
                                     std::vector<Eigen::Matrix2d>{Eigen::Matrix2d{{0.10, 0.06}, {0.06, 0.08}},
                                                                  Eigen::Matrix2d{{0.05, -0.02}, {-0.02, 0.12}}});
  return two;
}
/// log p up to a constant.
const auto of_bell = [](const MatrixXd& x0) -> VectorXd { return bell.log_density(x0).array() + 7; };
const auto of_mixture = [](const MatrixXd& x0) -> VectorXd { return mixture().log_density(x0).array() - 3; };
const MatrixXd x = (MatrixXd(2, 3) << 1, -0.4, 0.2, 0.5, 0, -0.8).finished();
const Level t = VariancePreserving{}(0.3);

void check_estimate(const DensityEstimate& found, const MatrixXd& exact, Eigen::Index candidates) {
  CHECK(((found.mean - exact).array() / found.standard_error.array()).abs().maxCoeff() < 5);
  CHECK(found.standard_error.minCoeff() > 0);
  CHECK(found.standard_error.maxCoeff() < 0.2);
  CHECK(found.effective.minCoeff() >= 1);
  CHECK(found.effective.maxCoeff() <= double(candidates) * (1 + 1e-12));
}

}  // namespace

TEST_CASE("FromDensity: the mean agrees with the exact one within its own standard error") {
  for (const double time : {0.05, 0.3, 0.6}) {
    const Level at = VariancePreserving{}(time);
    INFO("time " << time);
    check_estimate(FromDensity{of_bell, 4000}.estimate(x, at), bell(x, at), 4000);
    check_estimate(FromDensity{of_mixture, 4000}.estimate(x, at), mixture()(x, at), 4000);
  }
  for (const double time : {0.05, 0.6, 1.0}) {
    const Level at = VariancePreserving{}(time);
    INFO("with a reference, time " << time);
    check_estimate(FromDensity{of_bell, 4000, wide}.estimate(x, at), bell(x, at), 4000);
    check_estimate(FromDensity{of_mixture, 4000, wide}.estimate(x, at), mixture()(x, at), 4000);
  }
}

TEST_CASE("FromDensity: with the density itself as the reference all weights are equal") {
  const DensityEstimate found = FromDensity{of_bell, 500, bell}.estimate(x, t);
  CHECK((found.effective.array() - 500).abs().maxCoeff() < 1e-6);
  // Then the standard error is that of a plain mean: Var/M.
  const MatrixXd posterior =
      (bell.covariance().matrix().inverse() + t.alpha * t.alpha / (t.sigma * t.sigma) * MatrixXd::Identity(2, 2))
          .inverse();
  for (Eigen::Index k = 0; k < 2; ++k)
    CHECK(std::abs(found.standard_error(k, 0) / std::sqrt(posterior(k, k) / 500) - 1) < 0.2);
}

TEST_CASE("FromDensity: the standard error is the spread over seeds") {
  const int seeds = 400;
  const auto check = [&](const auto& log_density, std::optional<Gaussian<>> reference) {
    MatrixXd means(2, seeds), errors(2, seeds);
    for (int k = 0; k < seeds; ++k) {
      const FromDensity<std::remove_cvref_t<decltype(log_density)>> denoise{log_density, 400, reference,
                                                                            std::uint64_t(k)};
      const DensityEstimate found = denoise.estimate(x.col(0), t);
      means.col(k) = found.mean;
      errors.col(k) = found.standard_error;
    }
    const VectorXd centre = means.rowwise().mean();
    const VectorXd spread = ((means.colwise() - centre).rowwise().squaredNorm() / (seeds - 1)).cwiseSqrt();
    const VectorXd stated = errors.rowwise().squaredNorm().cwiseSqrt() / std::sqrt(double(seeds));
    CHECK((stated.cwiseQuotient(spread).array() - 1).abs().maxCoeff() < 0.2);
  };
  check(of_bell, {});
  check(of_mixture, {});
  check(of_mixture, wide);
}

TEST_CASE("FromDensity: a call can be made again, and a sample does not know of the batch") {
  const FromDensity denoise{of_mixture, 200};
  const MatrixXd once = denoise(x, t);
  CHECK(denoise(x, t) == once);
  for (Eigen::Index i = 0; i < x.cols(); ++i) CHECK(denoise(MatrixXd(x.col(i)), t) == MatrixXd(once.col(i)));
  MatrixXd filled = x;
  denoise(x, t, filled);
  CHECK(filled == once);
  const FromDensity<decltype(of_mixture)> other{of_mixture, 200, {}, 1};
  CHECK(largest_difference(other(x, t), once) > 1e-4);
  MatrixXd moved = x;
  moved(0, 0) = std::nextafter(moved(0, 0), 2);
  CHECK(largest_difference(denoise(MatrixXd(moved.col(0)), t), MatrixXd(once.col(0))) > 1e-4);  // fresh candidates
  const Eigen::ArrayXXf in_float = x.cast<float>();
  CHECK(largest_difference(denoise(in_float, t), denoise(MatrixXd(in_float.cast<double>().matrix()), t)) < 1e-6);
}

TEST_CASE("FromDensity: where alpha = 0 the reference says where to look") {
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  check_estimate(FromDensity{of_bell, 4000, wide}.estimate(x, blind), bell.mean().replicate(1, 3), 4000);
  CHECK(contains(refusal([&] {
                   FromDensity{of_bell, 100}(x, blind);
                 }),
                 "FromDensity", "time 1", "alpha = 0", "reference"));
  CHECK(contains(refusal([&] { sample(FromDensity{of_bell, 100}, DDIM{}, x, {blind, t}); }), "alpha = 0"));
}

TEST_CASE("FromDensity: at sigma = 0 the state is the answer") {
  CHECK(largest_difference(FromDensity{of_bell, 10}(x, clean), x) < 1e-14);
  CHECK(largest_difference(FromDensity{of_bell, 10, wide}(x, clean), x) < 1e-14);
}

TEST_CASE("FromDensity: a density with an edge") {
  // Uniform on x₁ > 0 within the reach of the proposal: x₀ is a truncated normal.
  const auto right = [](const MatrixXd& x0) -> VectorXd {
    return (x0.row(0).transpose().array() > 0)
        .select(VectorXd::Zero(x0.cols()), -std::numeric_limits<double>::infinity());
  };
  const Level at{.time = 0.5, .alpha = 1, .sigma = 0.5};
  const DensityEstimate found = FromDensity{right, 20000}.estimate(MatrixXd(Vector2d(-0.2, 0.3)), at);
  const double z = 0.2 / 0.5, hazard = std::exp(-z * z / 2) / std::sqrt(2 * std::numbers::pi) / normal_tail(z);
  check_estimate(found, Vector2d(-0.2 + 0.5 * hazard, 0.3), 20000);
  // The share of the candidates that count.
  CHECK(std::abs(found.effective[0] / 20000 - normal_tail(z)) < 5 * std::sqrt(0.25 / 20000));
}

TEST_CASE("FromDensity: two candidates are enough, and states that differ in one bit have noise of their own") {
  const auto flat = [](const MatrixXd& x0) -> VectorXd { return VectorXd::Zero(x0.cols()); };
  const FromDensity two{flat, 2};
  const auto noise_of = [&](const MatrixXd& y) { return MatrixXd(two(y, t) - y / t.alpha); };
  MatrixXd y(2, 3);  // the sign alone, and the last bit alone
  y << 1, -1, std::nextafter(1.0, 2.0), 0.5, 0.5, 0.5;
  const MatrixXd noise = noise_of(y);
  for (Eigen::Index i = 0; i < 3; ++i)
    for (Eigen::Index k = 0; k < i; ++k) CHECK((noise.col(i) - noise.col(k)).cwiseAbs().minCoeff() > 1e-3);
  CHECK(noise == noise_of(y));
}

TEST_CASE("FromDensity: one candidate with all the weight tells no error, which is infinite") {
  const auto needle = [](const MatrixXd& x0) -> VectorXd {  // the candidate furthest to the right alone
    VectorXd logs = VectorXd::Constant(x0.cols(), -std::numeric_limits<double>::infinity());
    Eigen::Index at = 0;
    x0.row(0).maxCoeff(&at);
    logs[at] = 0;
    return logs;
  };
  const DensityEstimate found = FromDensity{needle, 50}.estimate(x, t);
  CHECK((found.standard_error.array() == std::numeric_limits<double>::infinity()).all());
  CHECK((found.effective.array() == 1).all());
  CHECK(found.mean.allFinite());
}

TEST_CASE("FromDensity: the units of state and level do not matter") {
  const Level quarter{.time = 0.3, .alpha = 0.5, .sigma = 0.25};
  for (const double unit : {0x1p-500, 0x1p-40, 0x1p40, 0x1p500}) {  // powers of two: the candidates are the same
    INFO("unit " << unit);
    const auto of_unit = [&](const MatrixXd& x0) -> VectorXd { return of_mixture(x0 / unit); };
    const Level scaled{.time = 0.3, .alpha = quarter.alpha, .sigma = quarter.sigma * unit};
    const DensityEstimate found = FromDensity{of_unit, 20000}.estimate(MatrixXd(unit * x), scaled);
    check_estimate({found.mean / unit, found.standard_error / unit, found.effective}, mixture()(x, quarter), 20000);
  }
  const Level loud{.time = 0.3, .alpha = 1, .sigma = 1e200};  // σ² is beyond a double, and tells nothing
  check_estimate(FromDensity{of_bell, 4000, wide}.estimate(x, loud), bell.mean().replicate(1, 3), 4000);
  const Level quiet{.time = 0.3, .alpha = 1, .sigma = 1e-200};
  const DensityEstimate found = FromDensity{of_bell, 10, wide}.estimate(x, quiet);
  CHECK(largest_difference(found.mean, x) < 1e-14);
  CHECK(found.standard_error.allFinite());
}

TEST_CASE("FromDensity: refusals") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto constant = [](double value) {
    return [value](const MatrixXd& x0) -> VectorXd { return VectorXd::Constant(x0.cols(), value); };
  };
  CHECK(contains(refusal<std::domain_error>([&] {
                   FromDensity{constant(-infinity), 100}(x, t);
                 }),
                 "time 0.3", "every candidate of sample 0", "weight 0", "more candidates"));
  CHECK(contains(refusal<std::domain_error>([&] {
                   FromDensity{constant(std::nan("")), 100}(x, t);
                 }),
                 "time 0.3", "candidate 0 is nan", "finite or -infinity"));
  CHECK(contains(refusal<std::domain_error>([&] {
                   FromDensity{constant(infinity), 100}(x, t);
                 }),
                 "candidate 0 is inf"));
  const auto third = [&](const MatrixXd& x0) -> VectorXd {
    VectorXd logs = VectorXd::Zero(x0.cols());
    logs[2] = std::nan("");
    return logs;
  };
  CHECK(contains(refusal<std::domain_error>([&] { FromDensity{third, 100, wide}(x, t); }), "candidate 2 is nan"));
  const auto few = [](const MatrixXd&) -> VectorXd { return VectorXd::Zero(3); };
  CHECK(contains(refusal([&] { FromDensity{few, 100}(x, t); }), "returned 3 numbers", "100 candidates"));
  CHECK(contains(refusal([&] { FromDensity{of_bell, 1}(x, t); }), "candidates = 1", "at least 2"));
  const Gaussian<> of_three(Eigen::Vector3d::Zero(), Covariance<>::isotropic(3, 1));
  CHECK(contains(refusal([&] { FromDensity{of_bell, 100, of_three}(x, t); }), "reference has dimension 3"));
}

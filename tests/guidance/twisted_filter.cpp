#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

// Isotropic Gaussian data, on which ElementwiseVariance is exact in law at any number of steps, and one measured
// number.
constexpr double variance = 0.7, noise = 0.5, y = 1.3;
const Gaussian<> data(Eigen::Vector2d(0.4, -0.2), Covariance<>::isotropic(2, variance));
const MatrixXd A = Eigen::RowVector2d(0.8, -0.6);  // of length 1
const LinearMeasurement measurement(A, MatrixXd::Constant(1, 1, y), noise);
const ElementwiseVariance exact{DDPM{}, data, LastRow::noise};
Grid grid(int steps = 5) {
  return levels(VariancePreserving{}, uniform(steps));
}
auto twist() {
  return measurement_twist(data, measurement, covariance_product(data));
}

/// x at the first level of its exact law.
MatrixXd start(Eigen::Index n, std::uint64_t seed) {
  const Level t = grid().front();
  MatrixXd z(2, n);
  Normals{seed}(z, -1);
  return (std::sqrt(t.alpha * t.alpha * variance + t.sigma * t.sigma) * z).colwise() + t.alpha * data.mean();
}

/// By hand: A x₀ ~ N(0.44, 0.7); with the likelihood N(y; A x₀, r²) the mean goes along Aᵀ.
const double predicted = 0.8 * 0.4 + 0.6 * 0.2;
Eigen::Vector2d posterior_mean(double r2) {
  return data.mean() + A.transpose() * (variance / (variance + r2) * (y - predicted));
}
double normal_log_density(double distance, double v) {
  return -0.5 * (distance * distance / v + std::log(2 * std::numbers::pi * v));
}

Particles<MatrixXd> filtered(Eigen::Index n, std::uint64_t seed, const FilterOptions& options = {}) {
  return twisted_filter(data, exact, twist(), start(n, seed), grid(), Normals{seed}, options);
}

}  // namespace

TEST_CASE("measurement_twist: the likelihood of the estimate, and its gradient") {
  const auto [log_potential, gradient] = twist();
  const MatrixXd x = (MatrixXd(2, 2) << 1, -0.5, 0.3, 2).finished();
  for (const double time : {0.1, 0.5, 1.0}) {
    const Level t = VariancePreserving{}(time);
    const VectorXd logs = log_potential(x, t);
    const MatrixXd g = gradient(x, t);
    for (Eigen::Index i = 0; i < 2; ++i) {
      const double v = t.sigma * t.sigma / (t.alpha * t.alpha + t.sigma * t.sigma);
      const double gain = t.alpha * variance / (t.alpha * t.alpha * variance + t.sigma * t.sigma);
      const Eigen::Vector2d x0 = data.mean() + gain * (x.col(i) - t.alpha * data.mean());
      const double distance = y - (A * x0)[0];
      CHECK(std::abs(logs[i] - normal_log_density(distance, v + noise * noise)) < 1e-12);
      CHECK(largest_difference(MatrixXd(g.col(i)), MatrixXd(gain * A.transpose() * (distance / (v + noise * noise)))) <
            1e-12);
    }
  }
  CHECK(std::abs(log_potential(MatrixXd(x.col(0)), clean)[0] - normal_log_density(y - 0.8 + 0.18, noise * noise)) <
        1e-12);
  const LinearMeasurement sharp(A, MatrixXd::Constant(1, 1, y), 0);
  CHECK(contains(refusal([&] { measurement_twist(data, sharp, covariance_product(data)); }), "measurement_twist",
                 "without noise"));
}

TEST_CASE("measurement_twist: at sigma = 0 it is the likelihood itself, whatever the variance") {
  const auto [log_potential, gradient] =
      measurement_twist(data, measurement, covariance_product(data), [](const Level&) { return 5.0; });
  const MatrixXd x = (MatrixXd(2, 1) << 1, 0.3).finished();
  CHECK(std::abs(log_potential(x, clean)[0] - normal_log_density(y - (A * x)(0), noise * noise)) < 1e-12);
  const Level loud{.time = 1, .alpha = 0.5, .sigma = 1};
  const double distance = y - (A * data(x, loud))(0);
  CHECK(std::abs(log_potential(x, loud)[0] - normal_log_density(distance, 5 + noise * noise)) < 1e-12);
}

TEST_CASE("twisted_filter: mean, variance and evidence of Gaussian data") {
  const int seeds = 40;
  MatrixXd found(4, seeds);  // the mean, the variance along A, the evidence relative to the exact one
  const double log_evidence = normal_log_density(y - predicted, variance + noise * noise);
  const Eigen::Vector2d mean = posterior_mean(noise * noise);
  for (int k = 0; k < seeds; ++k) {
    const auto [x, weights, effective, evidence, resampled] = filtered(400, std::uint64_t(k));
    CHECK(std::abs(weights.sum() - 1) < 1e-12);
    found.col(k).head(2) = x * weights;
    found(2, k) = ((A * (x.colwise() - mean)).array().square().matrix() * weights)[0];
    found(3, k) = std::exp(evidence - log_evidence);
  }
  const VectorXd expected = (VectorXd(4) << mean, 1 / (1 / variance + 1 / (noise * noise)), 1).finished();
  const VectorXd average = found.rowwise().mean();
  const VectorXd spread = ((found.colwise() - average).rowwise().squaredNorm() / (seeds - 1)).cwiseSqrt();
  CHECK(((average - expected).array() / spread.array()).abs().maxCoeff() < 4.5 / std::sqrt(double(seeds)));
  CHECK(spread.maxCoeff() < 0.1);  // else the test would see nothing
}

TEST_CASE("twisted_filter: a twist that is wrong on the way costs particles, not truth") {
  // No guidance at all until the last level, and a twist that pulls the wrong way.
  const auto last = [](const MatrixXd& x) -> VectorXd {
    return (-(y - (A * x).array()).square() / (2 * noise * noise) - std::log(noise * std::sqrt(2 * std::numbers::pi)))
        .transpose();
  };
  const double evidence = normal_log_density(y - predicted, variance + noise * noise);
  for (const double pull : {0.0, -0.3}) {
    INFO("pull " << pull);
    const Twist wrong{
        [&](const MatrixXd& x, const Level& t) -> VectorXd {
          if (t.sigma == 0) return last(x);
          return pull * (A * x).transpose();
        },
        [&](const MatrixXd& x, const Level&) -> MatrixXd { return pull * A.transpose().replicate(1, x.cols()); }};
    const int seeds = 40;
    MatrixXd found(3, seeds);
    for (int k = 0; k < seeds; ++k) {
      const auto particles =
          twisted_filter(data, exact, wrong, start(1000, std::uint64_t(k)), grid(), Normals{std::uint64_t(k)});
      found.col(k) << particles.x * particles.weights, std::exp(particles.log_evidence - evidence);
    }
    const VectorXd expected = (VectorXd(3) << posterior_mean(noise * noise), 1).finished();
    const VectorXd average = found.rowwise().mean();
    const VectorXd spread = ((found.colwise() - average).rowwise().squaredNorm() / (seeds - 1)).cwiseSqrt();
    CHECK(((average - expected).array() / spread.array()).abs().maxCoeff() < 4.5 / std::sqrt(double(seeds)));
    CHECK(spread.maxCoeff() < 0.15);
  }
}

TEST_CASE("twisted_filter: a scale of 2 counts the measurement twice") {
  // N(y; Ax, r²)² = N(y; Ax, r²/2)/√(4πr²)
  const int seeds = 40;
  MatrixXd found(3, seeds);
  const double r2 = noise * noise, evidence = normal_log_density(y - predicted, variance + r2 / 2) -
                                              0.5 * std::log(4 * std::numbers::pi * r2);
  for (int k = 0; k < seeds; ++k) {
    const auto particles = filtered(400, std::uint64_t(k), {.scale = 2});
    found.col(k) << particles.x * particles.weights, std::exp(particles.log_evidence - evidence);
  }
  const VectorXd expected = (VectorXd(3) << posterior_mean(r2 / 2), 1).finished();
  const VectorXd average = found.rowwise().mean();
  const VectorXd spread = ((found.colwise() - average).rowwise().squaredNorm() / (seeds - 1)).cwiseSqrt();
  CHECK(((average - expected).array() / spread.array()).abs().maxCoeff() < 4.5 / std::sqrt(double(seeds)));
  CHECK(spread.maxCoeff() < 0.2);
}

TEST_CASE("twisted_filter: a scale of 0 is the sampler alone") {
  const auto particles = filtered(50, 3, {.scale = 0});
  CHECK(largest_difference(particles.x, sample(data, exact, start(50, 3), grid(), Normals{3})) < 1e-14);
  CHECK((particles.weights.array() * 50 - 1).abs().maxCoeff() < 1e-14);
  CHECK(std::abs(particles.log_evidence) < 1e-14);
  CHECK(particles.resampled == 0);
}

TEST_CASE("twisted_filter: the error falls as one over the square root of the number of particles") {
  const int seeds = 150;
  const auto error = [&](Eigen::Index n) {
    double squares = 0;
    for (int k = 0; k < seeds; ++k) {
      const auto particles = filtered(n, std::uint64_t(1000 + k));
      squares += (particles.x * particles.weights - posterior_mean(noise * noise)).squaredNorm();
    }
    return std::sqrt(squares / seeds);
  };
  // A root mean square of 2 × 150 numbers is known to 1/√600, a ratio of two to 6 %.
  const double ratio = error(400) / error(100);
  CHECK(std::abs(ratio - 0.5) < 4.5 * 0.06 * 0.5);
}

TEST_CASE("twisted_filter: with the exact twist the weights stay equal, up to the steps") {
  const GaussianMixture<> mixture(Eigen::Vector2d(0.4, 0.6), Eigen::Matrix2d{{-1, 0.8}, {0.5, -0.4}},
                                  std::vector{Covariance<>::isotropic(2, 0.1), Covariance<>::isotropic(2, 0.2)});
  const Twist chosen{[&](const MatrixXd& x, const Level& t) { return mixture.log_probability({1}, x, t); },
                     [&](const MatrixXd& x, const Level& t) { return mixture.log_probability_gradient({1}, x, t); }};
  const auto lost = [&](int steps) {
    const auto particles =
        twisted_filter(mixture, DDPM{}, chosen, start(1000, 5), grid(steps), Normals{5}, {.resample_below = 0});
    CHECK(particles.resampled == 0);
    CHECK(std::abs(std::exp(particles.log_evidence) - 0.6) < 0.05);
    return 1 - particles.effective.back() / 1000;
  };
  // Of steps that are made of x̂₀ alone the law is not quite the mixture's: what is lost falls with the steps.
  const double few = lost(25), many = lost(100);
  CHECK(few < 0.2);
  CHECK(many < 0.07);
  CHECK(many < few / 2);
}

TEST_CASE("twisted_filter: resampling") {
  const auto never = filtered(200, 7, {.resample_below = 0}), always = filtered(200, 7, {.resample_below = 1}),
             half = filtered(200, 7);
  CHECK(never.resampled == 0);
  CHECK(always.resampled == 4);  // not after the last of 5 steps
  int below = 0;
  for (std::size_t i = 0; i + 1 < half.effective.size(); ++i) below += half.effective[i] < 100;
  CHECK(half.resampled == below);
  for (const auto& one : {never, always, half}) {
    CHECK(one.effective.size() == 5);
    for (const double size : one.effective) {
      CHECK(size >= 1);
      CHECK(size <= 200 * (1 + 1e-12));
    }
    CHECK(std::abs(1 / one.weights.squaredNorm() - one.effective.back()) < 1e-9);
  }
  const auto again = filtered(200, 7);
  CHECK(again.x == half.x);
  CHECK(again.log_evidence == half.log_evidence);
}

TEST_CASE("twisted_filter: the evidence is carried through a resampling") {
  // No guidance, and potentials that are known: half of the particles die at the first step, and at the last the
  // potential is 3. What is left of ∫ p ψ is 3/2, one factor from before the resampling and one from after it.
  const double infinity = std::numeric_limits<double>::infinity();
  const Twist known{[=](const MatrixXd& x, const Level& t) -> VectorXd {
                      VectorXd logs = VectorXd::Zero(x.cols());
                      if (t.time == 0.5) logs.head(x.cols() / 2).setConstant(-infinity);
                      if (t.time == 0) logs.setConstant(std::log(3));
                      return logs;
                    },
                    [](const MatrixXd& x, const Level&) -> MatrixXd { return 0 * x; }};
  const Grid two = levels(VariancePreserving{}, {1.0, 0.5, 0.0});
  const auto run = [&](double below) {
    return twisted_filter(data, DDPM{}, known, start(10, 3), two, Normals{3}, {.resample_below = below});
  };
  CHECK(run(1).resampled == 1);
  CHECK(run(0).resampled == 0);
  CHECK(std::abs(run(1).log_evidence - std::log(1.5)) < 1e-14);
  CHECK(std::abs(run(0).log_evidence - std::log(1.5)) < 1e-14);
  CHECK((run(1).weights.array() - 0.1).abs().maxCoeff() < 1e-15);
  CHECK(run(0).weights.head(5).maxCoeff() < 1e-300);
}

TEST_CASE("twisted_filter: where it resamples after every step, mean, variance and evidence are right still") {
  const int seeds = 40;
  MatrixXd found(3, seeds);
  const double log_evidence = normal_log_density(y - predicted, variance + noise * noise);
  for (int k = 0; k < seeds; ++k) {
    const auto particles = filtered(400, std::uint64_t(k), {.resample_below = 1});
    CHECK(particles.resampled == 4);
    found.col(k) << particles.x * particles.weights, std::exp(particles.log_evidence - log_evidence);
  }
  const VectorXd expected = (VectorXd(3) << posterior_mean(noise * noise), 1).finished();
  const VectorXd average = found.rowwise().mean();
  const VectorXd spread = ((found.colwise() - average).rowwise().squaredNorm() / (seeds - 1)).cwiseSqrt();
  CHECK(((average - expected).array() / spread.array()).abs().maxCoeff() < 4.5 / std::sqrt(double(seeds)));
  CHECK(spread.maxCoeff() < 0.2);
}

TEST_CASE("measurement_twist: dependent rows, next to no noise, and any units") {
  // Two readings of A x₀: the mean of both is one of twice the gain, their difference tells nothing of x₀.
  const MatrixXd x = (MatrixXd(2, 2) << 1, -0.5, 0.3, 2).finished();
  const Level t = VariancePreserving{}(0.5);
  const double v = standard_posterior_variance(t);
  const double gain = t.alpha * variance / (t.alpha * t.alpha * variance + t.sigma * t.sigma);
  for (const double unit : {1e-100, 1.0, 1e100})
    for (const double r : {1e-12, 1e-8, 1e-3, 0.5}) {
      INFO("unit " << unit << ", noise " << r);
      const LinearMeasurement twice(unit * A.replicate(2, 1), unit * Eigen::Vector2d(y - 0.01, y + 0.01), unit * r);
      const auto [log_potential, gradient] = measurement_twist(data, twice, covariance_product(data));
      const VectorXd logs = log_potential(x, t);
      const MatrixXd g = gradient(x, t);
      Eigen::Vector2d distance;
      for (Eigen::Index i = 0; i < 2; ++i) {
        distance[i] = y - (A * (data.mean() + gain * (x.col(i) - t.alpha * data.mean())))[0];
        const MatrixXd wanted = gain * A.transpose() * (2 * distance[i] / (2 * v + r * r));
        CHECK(largest_difference(MatrixXd(g.col(i)), wanted) < 1e-11);
      }
      const double wanted = (distance[1] * distance[1] - distance[0] * distance[0]) / (2 * v + r * r);
      const double scale = 1 + 2e-4 / (r * r);  // of the logarithms themselves, of which this is a difference
      CHECK(std::abs(logs[0] - logs[1] - wanted) < 1e-11 + 4e-16 * scale);
    }
  const LinearMeasurement ten(10 * A, MatrixXd::Constant(1, 1, 10 * y), 10 * noise);
  const auto in_tens = measurement_twist(data, ten, covariance_product(data));
  CHECK(largest_difference(VectorXd(in_tens.log_potential(x, t).array() + std::log(10)),
                           VectorXd(twist().log_potential(x, t))) < 1e-12);
}

TEST_CASE("twisted_filter: what does not fit is refused before the denoiser is asked") {
  int calls = 0;
  const auto counting = [&](const MatrixXd& z, const Level&) -> MatrixXd { return ++calls, z; };
  struct Late {
    Row row(const Level& from, const Level& to) const {
      require(to.time != 0, "Late: refused");
      return DDPM{}.row(from, to);
    }
  };
  const auto halved = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd { return u / 2; };
  const auto by = measurement_twist(counting, measurement, halved);
  CHECK(contains(refusal([&] { twisted_filter(counting, Late{}, by, start(10, 3), grid(), Normals{3}); }),
                 "Late: refused"));
  const auto of_eps = network(Prediction::eps, counting);
  const Grid blind{{.time = 1, .alpha = 0, .sigma = 1}, clean};
  CHECK(contains(refusal([&] { twisted_filter(of_eps, DDPM{}, by, start(10, 3), blind, Normals{3}); }), "alpha = 0"));
  const LinearMeasurement three(A, MatrixXd::Ones(1, 3), noise),
      long_one(MatrixXd::Ones(1, 3), MatrixXd::Ones(1, 1), noise);
  const auto run = [&](const LinearMeasurement& other) {
    twisted_filter(counting, DDPM{}, measurement_twist(counting, other, halved), start(10, 3), grid(), Normals{3});
  };
  CHECK(contains(refusal([&] { run(three); }), "3 columns", "10 samples"));
  CHECK(contains(refusal([&] { run(long_one); }), "dimension is 3"));
  CHECK(calls == 0);
  const auto negative = [](const Level&) { return -1.0; };
  CHECK(contains(refusal([&] {
                   measurement_twist(counting, measurement, halved, negative).log_potential(start(1, 1), grid()[0]);
                 }),
                 "measurement_twist", "variance is -1"));
  CHECK(contains(refusal([&] { measurement_twist(counting, measurement, halved, {}); }), "empty function"));
}

TEST_CASE("twisted_filter: systematic resampling keeps each particle about n W times") {
  const VectorXd weights = (VectorXd(5) << 0, 0.5, 0.08, 0.42, 0).finished();
  VectorXd sum = VectorXd::Zero(5);
  const int times = 1000;
  for (int k = 0; k < times; ++k) {
    VectorXd count = VectorXd::Zero(5);
    for (const Eigen::Index i : detail::systematic(weights, (k + 0.5) / times)) count[i] += 1;
    CHECK(count.sum() == 5);
    CHECK((count - 5 * weights).cwiseAbs().maxCoeff() < 1);
    sum += count;
  }
  CHECK((sum / times - 5 * weights).cwiseAbs().maxCoeff() < 2e-3);
}

TEST_CASE("twisted_filter: systematic resampling at the ends") {
  using Chosen = std::vector<Eigen::Index>;
  CHECK(detail::systematic(Eigen::Vector4d(0, 0.5, 0.5, 0), 0) == Chosen{1, 1, 2, 2});
  CHECK(detail::systematic(Eigen::Vector2d(0.5, 0.5), 0) == Chosen{0, 1});
  CHECK(detail::systematic(Eigen::Vector2d(0.5, 0.4), 0.9) == Chosen{0, 1});  // a sum that rounding left short of 1
}

TEST_CASE("twisted_filter: equal weights are not drawn again, and the rows of noise are those that are told") {
  std::vector<std::int64_t> rows;
  const auto recorded = [&rows](auto& z, std::int64_t row, std::int64_t first) {
    rows.push_back(row);
    Normals{7}(z, row, first);
  };
  const auto run = [&](double scale) {
    rows.clear();
    return twisted_filter(data, exact, twist(), start(4, 7), grid(3), recorded, {.resample_below = 1, .scale = scale});
  };
  CHECK(run(0).resampled == 0);
  CHECK(rows == std::vector<std::int64_t>{0, 1, 2});
  CHECK(run(1).resampled == 2);
  const auto again = [](std::int64_t step) { return address(Purpose::resampling, step); };
  CHECK(rows == std::vector<std::int64_t>{0, again(0), 1, again(1), 2});
}

TEST_CASE("twisted_filter: deterministic rows move and weigh") {
  const auto particles = twisted_filter(data, DDIM{}, twist(), start(50, 3), grid(), NoNoise{}, {.resample_below = 0});
  CHECK(largest_difference(particles.x, sample(data, DDIM{}, start(50, 3), grid())) < 1e-14);
  const VectorXd likelihood = (-(y - (A * particles.x).array()).square() / (2 * noise * noise)).exp().transpose();
  CHECK(largest_difference(particles.weights, VectorXd(likelihood / likelihood.sum())) < 1e-12);
}

TEST_CASE("twisted_filter: states of another kind, and float") {
  const MatrixXd x = start(20, 3);
  const auto filling = [](const auto& z, const Level&, auto& out) { flat(out) = flat(z) / 2; };
  const auto product = [](const auto&, const Level&, auto u) { return flat(u) /= 2, u; };
  const auto by_half = measurement_twist(filling, measurement, product);
  const auto run = [&](const auto& from) {
    return twisted_filter(filling, DDPM{}, by_half, from, grid(), Normals{3}, {.resample_below = 0});
  };
  const auto expected = run(x);
  const Eigen::ArrayXXf array = x.cast<float>();
  CHECK(largest_difference(run(array).x, expected.x) < 1e-4);
  CHECK(largest_difference(run(array).weights, expected.weights) < 1e-4);
}

TEST_CASE("twisted_filter: refusals") {
  const double infinity = std::numeric_limits<double>::infinity();
  const auto of = [](auto potential, const FilterOptions& options = {}) {
    const Twist made{[=](const MatrixXd& x, const Level& t) -> VectorXd { return potential(x, t); },
                     [](const MatrixXd& x, const Level&) -> MatrixXd { return 0 * x; }};
    return [=] { twisted_filter(data, DDPM{}, made, start(10, 3), grid(), Normals{3}, options); };
  };
  const auto constant = [](double value) {
    return [value](const MatrixXd& x, const Level&) { return VectorXd(VectorXd::Constant(x.cols(), value)); };
  };
  const auto gone = [=](const MatrixXd& x, const Level& t) {
    return VectorXd(VectorXd::Constant(x.cols(), t.time < 0.5 ? -infinity : 0));
  };
  CHECK(contains(refusal<std::domain_error>(of(gone)), "time 0.4", "weights of all 10 particles vanish"));
  CHECK(
      contains(refusal<std::domain_error>(of(constant(std::nan("")))), "time 1", "log-potential of particle 0 is nan"));
  CHECK(contains(refusal<std::domain_error>(of(constant(infinity))), "particle 0 is inf"));
  const auto few = [](const MatrixXd&, const Level&) { return VectorXd(VectorXd::Zero(3)); };
  CHECK(contains(refusal(of(few)), "potential has 3 numbers", "10 particles"));
  CHECK(contains(refusal(of(constant(0), {.resample_below = 1.5})), "resample_below = 1.5", "outside [0, 1]"));
  CHECK(contains(refusal(of(constant(0), {.scale = infinity})), "scale = inf", "finite"));
  // What is impossible, and comes back: such a particle stays without weight.
  const auto passing = [=](const MatrixXd& x, const Level& t) {
    VectorXd logs = VectorXd::Zero(x.cols());
    if (t.time > 0.3 && t.time < 0.7) logs[4] = -infinity;
    return logs;
  };
  const Twist dead{passing, [](const MatrixXd& x, const Level&) -> MatrixXd { return 0 * x; }};
  const auto particles = twisted_filter(data, DDPM{}, dead, start(10, 3), grid(), Normals{3});
  CHECK(particles.weights[4] < 1e-300);
  CHECK(std::abs(particles.weights[5] - 1.0 / 9) < 1e-14);
  CHECK(std::abs(particles.log_evidence - std::log(0.9)) < 1e-14);
  // A power of the weight 0 that has no value.
  const auto some = [=](const MatrixXd& x, const Level&) {
    VectorXd logs = VectorXd::Zero(x.cols());
    logs[4] = -infinity;
    return logs;
  };
  CHECK(contains(refusal<std::domain_error>(of(some, {.scale = -1})), "particle 4", "inf"));
}

#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;
using tests::two_clouds;

namespace {

const VariancePreserving vp{};
const Level noisy = vp(1), fine = vp(1e-3);

AdaptiveFlow flow(double tolerance, Coupling coupling = Coupling::sample) {
  return {.at = at_lambda(vp), .relative_tolerance = tolerance, .absolute_tolerance = tolerance, .coupling = coupling};
}
/// A denoiser that counts its calls.
auto counted(int& calls) {
  return [&calls](const MatrixXd& x, const Level& t) {
    ++calls;
    return two_clouds()(x, t);
  };
}

}  // namespace

TEST_CASE("AdaptiveFlow: estimates that stand still are followed exactly, in few steps, either way") {
  const MatrixXd point = MatrixXd::Constant(2, 1, 0.7);
  int calls = 0;
  const auto standing = [&](const MatrixXd& x, const Level&) -> MatrixXd {
    ++calls;
    return point.replicate(1, x.cols());
  };
  const MatrixXd x = MatrixXd::Random(2, 1);
  const MatrixXd expected = fine.alpha * point + fine.sigma / noisy.sigma * (x - noisy.alpha * point);
  CHECK(largest_difference(sample(standing, flow(1e-10), x, {noisy, fine}), expected) < 1e-13);
  CHECK(calls < 60);
  calls = 0;
  const auto standing_noise = [&](const MatrixXd& y, const Level& t) -> MatrixXd {
    ++calls;
    return (y - t.sigma * point.replicate(1, y.cols())) / t.alpha;
  };
  const MatrixXd up = noisy.alpha / fine.alpha * (x - fine.sigma * point) + noisy.sigma * point;
  CHECK(largest_difference(sample(standing_noise, flow(1e-10), x, {fine, noisy}), up) < 1e-10);
  CHECK(calls < 60);
}

TEST_CASE("AdaptiveFlow: onto alpha = 0 as well as from it") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  AdaptiveFlow on_cosine{.at = at_lambda(Cosine{}), .relative_tolerance = 1e-10, .absolute_tolerance = 1e-10};
  const Level end = Cosine{}(1), start = Cosine{}(0.01), middle = Cosine{}(0.99999);
  REQUIRE(end.alpha == 0);
  const MatrixXd latent = sample(two_clouds(), on_cosine, x, {start, end});
  CHECK(largest_difference(latent, sample(two_clouds(), on_cosine, x, {start, middle})) < 1e-4);
  CHECK(largest_difference(sample(two_clouds(), on_cosine, latent, {end, start}), x) < 1e-7);
}

TEST_CASE("AdaptiveFlow: the error follows the tolerance, and the evaluations its fifth root") {
  const MatrixXd x = MatrixXd::Constant(2, 1, 0.8);
  const MatrixXd truth = sample(two_clouds(), flow(1e-13), x, {noisy, fine});
  const auto run = [&](double tolerance) {
    int calls = 0;
    const MatrixXd end = sample(counted(calls), flow(tolerance), x, {noisy, fine});
    return std::pair(double(calls), (end - truth).norm());
  };
  for (const double tolerance : {1e-4, 1e-6, 1e-8, 1e-10}) {
    const auto [calls, error] = run(tolerance);
    INFO("tolerance " << tolerance << ", " << calls << " evaluations");
    CHECK(error < 5 * tolerance);
    CHECK(error > 0.1 * tolerance);
  }
  const auto [few, large] = run(1e-7);
  const auto [many, small] = run(1e-12);
  CHECK(std::log(large / small) / std::log(many / few) > 4.7);
}

TEST_CASE("AdaptiveFlow: thin data are encoded to the tolerance") {
  // N(−0.3, v): the flow is a scaling about the mean, from a deviation near √v to one near 1.
  for (const double v : {1e-4, 1e-6, 1e-8})
    for (const double tolerance : {1e-3, 1e-5}) {
      const Gaussian<> thin(Eigen::VectorXd::Constant(1, -0.3), Covariance<>::isotropic(1, v));
      const Level from = vp(1e-5);
      const auto deviation = [&](const Level& t) { return std::sqrt(v * t.alpha * t.alpha + t.sigma * t.sigma); };
      const MatrixXd x = MatrixXd::Constant(1, 1, -0.3 * from.alpha + deviation(from));
      const double latent = sample(thin, flow(tolerance), x, {from, noisy})(0, 0);
      INFO("variance " << v << ", tolerance " << tolerance);
      CHECK(std::abs(latent - (-0.3 * noisy.alpha + deviation(noisy))) < tolerance);
    }
}

TEST_CASE("AdaptiveFlow: levels of one lambda differ by a factor, and so do their states") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  const AdaptiveFlow any{.at = [](double lambda) { return Level{.alpha = 1, .sigma = std::exp(-lambda)}; }};
  CHECK(largest_difference(sample(two_clouds(), any, x, {{.alpha = 0, .sigma = 1}, {.alpha = 0, .sigma = 3}}), 3 * x) <
        1e-15);
}

TEST_CASE("AdaptiveFlow: an observer is given the estimate of the whole state or none") {
  const MatrixXd x = MatrixXd::Random(2, 5);
  Eigen::Index size = -1;
  const auto look = [&](const Step&, const MatrixXd&, const MatrixXd& x0) { size = x0.size(); };
  sample(two_clouds(), flow(1e-4), x, {noisy, fine}, NoNoise{}, look);
  CHECK(size == 0);
  sample(two_clouds(), flow(1e-4, Coupling::batch), x, {noisy, fine}, NoNoise{}, look);
  CHECK(size == 10);
}

TEST_CASE("AdaptiveFlow: batch mates change nothing, unless they are to") {
  const MatrixXd x = MatrixXd::Random(2, 5);
  const MatrixXd each = sample(two_clouds(), flow(1e-4), x, {noisy, fine}),
                 together = sample(two_clouds(), flow(1e-4, Coupling::batch), x, {noisy, fine});
  for (Eigen::Index i = 0; i < 5; ++i)
    CHECK(largest_difference(sample(two_clouds(), flow(1e-4), x.col(i), {noisy, fine}), each.col(i)) == 0);
  CHECK(largest_difference(each, together) > 0);
  CHECK(largest_difference(each, together) < 1e-3);
  int calls = 0, shared = 0;
  sample(counted(calls), flow(1e-4), x, {noisy, fine});
  sample(counted(shared), flow(1e-4, Coupling::batch), x, {noisy, fine});
  CHECK(shared < calls);  // five samples a call
}

TEST_CASE("AdaptiveFlow: there and back again") {
  const MatrixXd x = 0.5 * MatrixXd::Random(2, 3);
  const MatrixXd latent = sample(two_clouds(), flow(1e-11), x, {fine, noisy});
  CHECK(largest_difference(sample(two_clouds(), flow(1e-11), latent, {noisy, fine}), x) < 1e-9);
}

TEST_CASE("AdaptiveFlow: floats, and levels on the way for an observer") {
  const Gaussian<float> pixels(Eigen::VectorXf::Constant(6, 0.5f), Covariance<float>::isotropic(6, 0.04f));
  const Eigen::MatrixXf x = Eigen::MatrixXf::Constant(6, 2, 0.3f);
  std::vector<double> seen;
  const auto end = sample(pixels, flow(1e-5), x, {noisy, vp(0.5), vp(0.1)}, NoNoise{},
                          [&](const Step& step, const auto&, const auto&) { seen.push_back(step.to.time); });
  CHECK(seen == std::vector<double>{0.5, 0.1});
  // The flow of a Gaussian is a straight scaling about the mean.
  const auto deviation = [](const Level& t) { return std::sqrt(0.04 * t.alpha * t.alpha + t.sigma * t.sigma); };
  const double expected = 0.5 * vp(0.1).alpha + deviation(vp(0.1)) / deviation(noisy) * (0.3 - 0.5 * noisy.alpha);
  CHECK(std::abs(double(end(4, 1)) - expected) < 1e-4);
}

TEST_CASE("AdaptiveFlow: a step of length zero, and a chain of discrete levels") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  CHECK(largest_difference(sample(two_clouds(), flow(1e-6), x, {fine, fine}), x) == 0);
  const auto chain = Discrete::linear();
  AdaptiveFlow on_chain{.at = at_lambda(chain)};
  const MatrixXd end = sample(two_clouds(), on_chain, x, {chain(1000), chain(1)});
  const AdaptiveFlow continuous{.at = [](double lambda) {
    const double rho = std::exp(lambda);
    return Level{.alpha = rho / std::hypot(1, rho), .sigma = 1 / std::hypot(1, rho)};
  }};
  CHECK(largest_difference(end, sample(two_clouds(), continuous, x, {chain(1000), chain(1)})) < 1e-4);
}

TEST_CASE("AdaptiveFlow: refusals tell the numbers") {
  const MatrixXd x = MatrixXd::Random(2, 2);
  const auto refused = [&](const AdaptiveFlow& how, const Grid& grid) {
    return refusal([&] { sample(two_clouds(), how, x, grid); });
  };
  CHECK(contains(refused({}, {noisy, fine}), ".at = at_lambda(schedule)"));
  CHECK(contains(refused(flow(1e-5), {noisy, vp(0)}), "time 0", "sigma = 0", "DDIM"));
  CHECK(contains(refused(flow(1e-17), {noisy, fine}), "1e-17", "cannot be met"));
  CHECK(contains(refused({.at = at_lambda(vp), .absolute_tolerance = -1}, {noisy, fine}), "-1", "negative"));
  CHECK(contains(refused(flow(1e-5), {EDM{}(30), EDM{}(0.1)}), "another schedule", "alpha = 1"));
  CHECK(contains(refused({.at = at_lambda(vp), .relative_tolerance = std::nan("")}, {noisy, fine}), "nan"));
  CHECK(contains(refused({.at = at_lambda(vp), .relative_tolerance = 1 / 0.0}, {noisy, fine}), "inf", "finite"));
  CHECK(contains(refused({.at = [](double t) { return vp(t); }}, {noisy, fine}), "is it at_lambda(schedule)?"));
  CHECK(contains(refusal([&] {
                   sample(two_clouds(), flow(1e-5), Eigen::Matrix2d(x), {noisy, fine});
                 }),
                 "Coupling::batch"));
  CHECK(sample(two_clouds(), flow(1e-5, Coupling::batch), Eigen::Matrix2d(x), {noisy, fine}).allFinite());
  const auto huge = [](const MatrixXd& y, const Level&) -> MatrixXd {
    return MatrixXd::Constant(y.rows(), y.cols(), 1.7e308);
  };
  const AdaptiveFlow doubled{.at = [](double lambda) { return Level{.alpha = 2, .sigma = 2 * std::exp(-lambda)}; }};
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(huge, doubled, x, {{.alpha = 2, .sigma = 2}, {.alpha = 2, .sigma = 0.01}});
                 }),
                 "the state at time", "not finite"));
  // A denoiser that jumps at each look, and a flow cut short: the tolerance is not met.
  int calls = 0;
  const auto rough = [&](const MatrixXd& y, const Level&) -> MatrixXd {
    return MatrixXd::Constant(y.rows(), y.cols(), ++calls % 2);
  };
  AdaptiveFlow limited = flow(1e-8);
  limited.evaluations = 2000;
  const std::string message = refusal<std::runtime_error>([&] { sample(rough, limited, x, {noisy, fine}); });
  CHECK(contains(message, "from time 1 to 0.001", "evaluations", "1e-08", "not met"));
  limited.evaluations = 30;
  CHECK(contains(refusal<std::runtime_error>([&] {
                   sample(two_clouds(), limited, x, {noisy, fine});
                 }),
                 "after 2", "not met"));
  const auto broken = [](const MatrixXd& y, const Level& t) -> MatrixXd {
    return t.time < 0.5 ? MatrixXd::Constant(y.rows(), y.cols(), std::nan("")) : MatrixXd(y / 2);
  };
  CHECK(contains(refusal<std::domain_error>([&] {
                   sample(broken, flow(1e-5), x, {noisy, fine});
                 }),
                 "row 0 at time 0.", "not finite"));
}

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const VariancePreserving vp{};
const AdaptiveFlow flow{.at = at_lambda(vp), .relative_tolerance = 1e-9, .absolute_tolerance = 1e-9};
const Gaussian<> model(Eigen::Vector2d(0.5, -0.3), Covariance<>(Eigen::Matrix2d{{0.3, 0.1}, {0.1, 0.2}}));

/// The divergence for data of variance `variance` in two dimensions.
struct Mine {
  double variance;
  Eigen::Index count() const { return 1; }
  template <State X>
  void operator()(const X& x, const Level& t, Eigen::ArrayXXd& out) const {
    out = Eigen::ArrayXXd::Constant(1, samples(x),
                                    2 * t.alpha * variance / (t.alpha * t.alpha * variance + t.sigma * t.sigma));
  }
};

}  // namespace

TEST_CASE("log_likelihood: what it returns") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  const auto found = log_likelihood(model, PosteriorTrace{model}, x, vp(0.01), vp(1), flow);
  const Eigen::VectorXd truth = model.log_density(x, vp(0.01));
  // The default prior, N(0, σ²I), differs from the law there by what is left of the data.
  CHECK(largest_difference(found.log_density, truth) < 0.02);
  CHECK(largest_difference(found.log_density, truth) > 1e-6);
  CHECK(largest_difference(found.latent, sample(model, flow, x, {vp(0.01), vp(1)})) < 1e-7);
  CHECK(found.evaluations > 50);
  CHECK(found.dimension() == 2);
  CHECK(found.standard_error.isZero(0));
  const double nats = -found.log_density.mean();
  CHECK(std::abs(found.bits_per_dimension(Density{}) - nats / 2 / std::log(2.0)) < 1e-12);
  CHECK(std::abs(found.bits_per_dimension(Dequantised{.lo = -1, .hi = 1, .bins = 256}) -
                 (nats / 2 / std::log(2.0) + 7)) < 1e-12);
}

TEST_CASE("log_likelihood: probes, their standard error, and independence of the batch") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  const Hutchinson divergence{covariance_product(model), 6, Probe::gaussian, Normals{2}};
  const auto found = log_likelihood(model, divergence, x, vp(0.01), vp(1), flow);
  REQUIRE(found.estimates.rows() == 6);
  for (Eigen::Index i = 0; i < 3; ++i) {
    const Eigen::ArrayXd of_sample = found.estimates.col(i);
    CHECK(std::abs(found.log_density[i] - of_sample.mean()) < 1e-12);
    CHECK(std::abs(found.standard_error[i] - std::sqrt((of_sample - of_sample.mean()).square().sum() / 30)) < 1e-12);
    const auto alone = log_likelihood(model, Hutchinson{covariance_product(model), 6, Probe::gaussian, Normals{2}, i},
                                      MatrixXd(x.col(i)), vp(0.01), vp(1), flow);
    CHECK(alone.log_density[0] == found.log_density[i]);
  }
  CHECK(std::abs(found.bits_standard_error() - found.standard_error.norm() / 3 / 2 / std::log(2.0)) < 1e-12);
  const Hutchinson single{covariance_product(model)};
  const auto unknown = log_likelihood(model, single, x, vp(0.01), vp(1), flow);
  CHECK((unknown.standard_error.array() == std::numeric_limits<double>::infinity()).all());
  CHECK(unknown.bits_standard_error() == std::numeric_limits<double>::infinity());
}

TEST_CASE("log_likelihood: a batch in one call, and the user's own divergence") {
  const Gaussian<> round(Eigen::Vector2d(0.5, -0.3), Covariance<>::isotropic(2, 0.2));
  const MatrixXd x = MatrixXd::Constant(2, 3, 0.4);
  AdaptiveFlow together = flow;
  together.coupling = Coupling::batch;
  const auto prior = [&](const auto& y, const Level& T) { return round.log_density(y, T); };
  const auto found = log_likelihood(round, Mine{0.2}, x, vp(0.01), vp(1), together, prior);
  const Eigen::VectorXd truth = round.log_density(x, vp(0.01));
  CHECK(largest_difference(found.log_density, truth) < 1e-7);
}

TEST_CASE(
    "log_likelihood: several rows of any divergence are independent estimates, and must be as many as it counts") {
  struct Rows {
    Eigen::Index counted, given;
    Eigen::Index count() const { return counted; }
    void operator()(const MatrixXd& x, const Level& t, Eigen::ArrayXXd& out) const {
      out = (1.0 + Eigen::ArrayXd::LinSpaced(given, 0, 1)).replicate(1, x.cols()) * t.alpha /
            (t.alpha * t.alpha + t.sigma * t.sigma);
    }
  };
  const MatrixXd x = MatrixXd::Random(2, 3);
  const auto found = log_likelihood(model, Rows{4, 4}, x, vp(0.01), vp(1), flow);
  CHECK(found.standard_error.minCoeff() > 0.1);
  CHECK(log_likelihood(model, Rows{1, 1}, x, vp(0.01), vp(1), flow).standard_error.isZero(0));
  CHECK(contains(refusal([&] { log_likelihood(model, Rows{4, 1}, x, vp(0.01), vp(1), flow); }), "1x", "count() is 4"));
}

TEST_CASE("NormalPrior: the density that prior draws, or one of another deviation") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  const Gaussian<> two(Eigen::Vector2d::Zero(), Covariance<>::isotropic(2, 4));
  CHECK(largest_difference(NormalPrior{2}(x, vp(1)), two.log_density(x)) < 1e-14);
  CHECK(largest_difference(NormalPrior{}(x, EDM{}(2)), two.log_density(x)) < 1e-14);
  CHECK(contains(refusal([&] { NormalPrior{}(x, clean); }), "deviation is 0"));
  CHECK(contains(refusal([&] { NormalPrior{-2}(x, clean); }), "deviation is -2"));
}

TEST_CASE("log_likelihood: refusals") {
  const MatrixXd x = MatrixXd::Random(2, 3);
  const auto refused = [&](const Level& from, const Level& to) {
    return refusal([&] { log_likelihood(model, PosteriorTrace{model}, x, from, to, flow); });
  };
  CHECK(contains(refused(vp(0), vp(1)), "time 0", "sigma = 0"));
  CHECK(contains(refused(vp(1), vp(0.1)), "towards noise"));
  CHECK(contains(refused(vp(0.01), vp(0.05)), "more signal than noise"));
  CHECK(contains(refusal([&] {
                   log_likelihood(model, PosteriorTrace{model}, MatrixXd::Constant(2, 1, std::nan("")), vp(0.01), vp(1),
                                  flow);
                 }),
                 "not finite"));
  const auto no_prior = [](const MatrixXd&, const Level&) -> Eigen::VectorXd { return Eigen::VectorXd::Zero(1); };
  CHECK(contains(refusal([&] { log_likelihood(model, PosteriorTrace{model}, x, vp(0.01), vp(1), flow, no_prior); }),
                 "1 numbers for 3"));
  const auto undefined = [](const auto& y, const Level&, const auto&) {
    auto out = y;
    flat(out).setConstant(std::nan(""));
    return out;
  };
  CHECK(contains(
      refusal<std::domain_error>([&] { log_likelihood(model, SummedDivergence{undefined}, x, vp(0.01), vp(1), flow); }),
      "time 0.01", "divergence is not finite"));
}

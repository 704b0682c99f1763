#include "support/test.hpp"

using namespace tweedie;
using Eigen::ArrayXXd;
using Eigen::MatrixXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Level t = SubVariancePreserving{}(0.3);  // α² + σ² is not 1
const Gaussian<> model(Eigen::Vector3d(0.5, -0.3, 0),
                       Covariance<>(Eigen::Matrix3d{{0.3, 0.1, 0}, {0.1, 0.2, -0.05}, {0, -0.05, 0.4}}));
double trace() {
  return t.alpha / (t.sigma * t.sigma) * model.covariance(MatrixXd::Zero(3, 1), t).trace();
}

}  // namespace

TEST_CASE("divergences: the exact ones agree") {
  const MatrixXd x = MatrixXd::Random(3, 4);
  ArrayXXd out;
  PosteriorTrace{model}(x, t, out);
  CHECK(largest_difference(out, ArrayXXd::Constant(1, 4, trace())) < 1e-13);
  PosteriorTrace{std::cref(model)}(x, t, out);
  CHECK(largest_difference(out, ArrayXXd::Constant(1, 4, trace())) < 1e-13);
  SummedDivergence{covariance_product(model)}(x, t, out);
  CHECK(largest_difference(out, ArrayXXd::Constant(1, 4, trace())) < 1e-13);
  SummedDivergence{difference_product(model)}(x, t, out);
  CHECK(largest_difference(out, ArrayXXd::Constant(1, 4, trace())) < 1e-8);
}

TEST_CASE("Hutchinson: a sample's probes depend on its index alone, and estimate the trace") {
  const MatrixXd x = MatrixXd::Random(3, 4);
  for (const Probe probe : {Probe::rademacher, Probe::gaussian}) {
    const Hutchinson divergence{covariance_product(model), 5, probe, Normals{9}};
    ArrayXXd all, one;
    divergence(x, t, all);
    REQUIRE(all.rows() == 5);
    for (Eigen::Index i = 0; i < 4; ++i) {
      divergence(MatrixXd(x.col(i)), t, one, i);
      CHECK(largest_difference(one, all.col(i)) < 1e-14);
    }
    CHECK((all.row(0) - all.row(1)).abs().maxCoeff() > 1e-3);
    const MatrixXd z = divergence.direction(x, 2);
    const double known = t.alpha / (t.alpha * t.alpha + t.sigma * t.sigma);
    const MatrixXd J = t.alpha / (t.sigma * t.sigma) * model.covariance(MatrixXd::Zero(3, 1), t);
    for (Eigen::Index i = 0; i < 4; ++i) {
      const double quadratic = z.col(i).dot(J * z.col(i));
      CHECK(std::abs(all(2, i) - (quadratic - known * (z.col(i).squaredNorm() - 3))) < 1e-12);
    }
    if (probe == Probe::rademacher) CHECK((z.array().abs() == 1).all());
  }
}

TEST_CASE("Hutchinson: which noise it asks for, and what signs it makes of it") {
  const MatrixXd x = MatrixXd::Random(3, 2);
  std::vector<std::pair<std::int64_t, std::int64_t>> asked;
  const auto noise = [&asked](MatrixXd& z, std::int64_t row, std::int64_t column) {
    asked.emplace_back(row, column);
    z << 0.3, -0.1, -2, 0, 1, -5;
  };
  const Hutchinson divergence{covariance_product(model), 2, Probe::rademacher, noise, 10};
  const MatrixXd signs = (MatrixXd(3, 2) << 1, -1, -1, 1, 1, -1).finished();
  CHECK(largest_difference(divergence.direction(x, 1, 4), signs) == 0);
  ArrayXXd out;
  divergence(x, t, out);
  const std::int64_t first = address(Purpose::probe, 0), second = address(Purpose::probe, 1);
  CHECK(asked == std::vector<std::pair<std::int64_t, std::int64_t>>{{second, 14}, {first, 10}, {second, 10}});
  CHECK(divergence.count() == 2);
  CHECK(Hutchinson{covariance_product(model)}.count() == 1);
  CHECK(PosteriorTrace{model}.count() == 1);
  CHECK(SummedDivergence{covariance_product(model)}.count() == 1);
}

TEST_CASE("Hutchinson: data N(0, I) are told exactly by every probe") {
  const Gaussian<> standard(Eigen::VectorXd::Zero(3), Covariance<>::isotropic(3, 1));
  ArrayXXd out;
  Hutchinson{covariance_product(standard), 20, Probe::gaussian}(MatrixXd::Random(3, 1).eval(), t, out);
  CHECK((out - 3 * t.alpha / (t.alpha * t.alpha + t.sigma * t.sigma)).abs().maxCoeff() < 1e-12);
}

TEST_CASE("divergences: refusals") {
  ArrayXXd out;
  const MatrixXd x = MatrixXd::Random(3, 1);
  CHECK(contains(refusal([&] { PosteriorTrace{model}(x, clean, out); }), "sigma = 0"));
  CHECK(contains(refusal([&] { Hutchinson{covariance_product(model), 0}(x, t, out); }), "probes = 0"));
}

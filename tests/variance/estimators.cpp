#include <unsupported/Eigen/CXX11/Tensor>

#include "ledger/mixtures.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using tests::contains;
using tests::refusal;

namespace {

const GaussianMixture<double>& clouds() {
  return tests::two_clouds();
}
MatrixXd data(Eigen::Index n) {
  return clouds().draw(n, Philox(11));
}
const Grid& grid() {
  static const Grid levels = tweedie::levels(VariancePreserving{}, {0.6, 0.3, 0.1});
  return levels;
}
constexpr VarianceEstimate kinds[] = {VarianceEstimate::residual, VarianceEstimate::x0, VarianceEstimate::eps};
constexpr VarianceForm forms[] = {VarianceForm::scalar, VarianceForm::diagonal, VarianceForm::full};

}  // namespace

TEST_CASE("VarianceEstimator: every estimate is the mean that it says it is") {
  // By hand on few samples, the noise known.
  const MatrixXd x0 = data(5);
  for (const Level& t : {grid()[1], VariancePreserving{}(0.9)}) {
    MatrixXd z = x0;
    Normals{3}(z, address(Purpose::variance, 0));
    const MatrixXd x = t.alpha * x0 + t.sigma * z, x0_hat = clouds()(x, t), eps_hat = (x - t.alpha * x0_hat) / t.sigma;
    const Eigen::Vector2d m(0.2, -0.1);
    const auto products = [](const MatrixXd& p) { return MatrixXd(p * p.transpose() / double(p.cols())); };
    const MatrixXd by_hand[] = {
        products(x0 - x0_hat), products(x0.colwise() - m) - products(x0_hat.colwise() - m),
        t.sigma * t.sigma / (t.alpha * t.alpha) * (MatrixXd::Identity(2, 2) - products(eps_hat))};
    for (std::size_t k = 0; k < 3; ++k) {
      const auto measured = [&](VarianceForm form) {
        return measured_variance(clouds(), x0, {t}, Normals{3}, {.estimate = kinds[k], .form = form, .centre = m})
            .at(t);
      };
      CHECK(tests::largest_difference(measured(VarianceForm::full), by_hand[k]) <
            1e-13 * (1 + by_hand[k].cwiseAbs().maxCoeff()));
      CHECK(tests::largest_difference(measured(VarianceForm::diagonal), MatrixXd(by_hand[k].diagonal())) <
            1e-13 * (1 + by_hand[k].cwiseAbs().maxCoeff()));
      CHECK(std::abs(measured(VarianceForm::scalar)(0, 0) - by_hand[k].trace() / 2) <
            1e-13 * (1 + by_hand[k].cwiseAbs().maxCoeff()));
    }
  }
}

TEST_CASE("VarianceEstimator: the standard errors are those of the estimates") {
  // The spread of 200 estimates from 100 samples each, against the mean of the errors that they report; each has 5 %
  // itself.
  for (const VarianceEstimate kind : kinds)
    for (const VarianceForm form : forms) {
      Estimate values(SecondMoments::diagonal), errors(SecondMoments::diagonal);
      const MatrixXd all = data(20000);
      for (int i = 0; i < 200; ++i) {
        const MatrixXd part = all.middleCols(100 * i, 100);
        const auto entry =
            measured_variance(clouds(), part, {grid()[0]}, Normals{std::uint64_t(i)}, {.estimate = kind, .form = form})
                .entries()
                .front();
        values.add(MatrixXd(entry.variance.reshaped()));
        errors.add(MatrixXd(entry.error.reshaped()));
      }
      const Eigen::ArrayXd ratio = values.variance().array().sqrt() / errors.mean().array();
      CHECK(ratio.minCoeff() > 0.75);
      CHECK(ratio.maxCoeff() < 1.25);
    }
}

TEST_CASE("VarianceEstimator: batches do not matter, and a tensor is measured as the matrix of its columns") {
  const MatrixXd x0 = data(40000);  // more than a block of measured_variance
  const VarianceTable whole = measured_variance(clouds(), x0, grid(), Normals{3}, {.form = VarianceForm::full});
  VarianceEstimator estimator(grid(), {.form = VarianceForm::full});
  for (Eigen::Index first = 0; first < x0.cols(); first += 7000)
    estimator.add(clouds(), x0.middleCols(first, std::min<Eigen::Index>(7000, x0.cols() - first)), Normals{3});
  CHECK(estimator.count() == 40000);
  for (const Level& t : grid()) CHECK(tests::largest_difference(whole.at(t), estimator.table().at(t)) < 1e-13);

  Eigen::Tensor<double, 3> tensor(2, 1, 40000);
  columns(tensor) = x0;
  const auto denoise = [&](const Eigen::Tensor<double, 3>& x, const Level& t) -> Eigen::Tensor<double, 3> {
    return clouds()(x, t);
  };
  const VarianceTable of_tensor = measured_variance(denoise, tensor, grid(), Normals{3}, {.form = VarianceForm::full});
  for (const Level& t : grid()) CHECK(tests::largest_difference(whole.at(t), of_tensor.at(t)) < 1e-13);

  const VarianceTable floats =
      measured_variance(clouds(), x0.cast<float>(), grid(), Normals{3}, {.form = VarianceForm::full});
  for (const Level& t : grid()) CHECK(tests::largest_difference(whole.at(t), floats.at(t)) < 1e-5);
}

TEST_CASE("VarianceEstimator: ends of the schedule") {
  const MatrixXd x0 = data(2000);
  const Grid ends{{.time = 1, .alpha = 0, .sigma = 1}, {.time = 0.5, .alpha = 0.8, .sigma = 0.6}, clean};
  const VarianceTable table = measured_variance(clouds(), x0, ends, Normals{1}, {.form = VarianceForm::diagonal});
  CHECK(table.at(clean).isZero());
  // Without signal x̂₀ is the mean of the data, and the residual their spread.
  const Eigen::VectorXd mean = clouds().moments().mean();
  const MatrixXd spread = (x0.colwise() - mean).cwiseAbs2().rowwise().mean();
  CHECK(tests::largest_difference(table.at(ends[0]), spread) < 1e-12);
  const auto fails_on_data = [](const MatrixXd& x, const Level& t) -> MatrixXd {
    require(t.sigma > 0, "asked at sigma = 0");
    return clouds()(x, t);
  };
  CHECK_NOTHROW(measured_variance(fails_on_data, x0, ends, Normals{1}));
}

TEST_CASE("VarianceEstimator: refusals") {
  const MatrixXd x0 = data(10);
  CHECK(contains(refusal([&] { measured_variance(clouds(), MatrixXd(2, 0), grid(), Normals{}); }), "data are empty"));
  CHECK(contains(refusal([&] { measured_variance(clouds(), x0, Grid{}, Normals{}); }), "no levels"));
  CHECK(contains(refusal([] { VarianceEstimator(grid()).table(); }), "no samples"));
  CHECK(contains(refusal([&] {
                   measured_variance(clouds(), x0, {{.time = 1, .alpha = 0, .sigma = 1}}, Normals{},
                                     {.estimate = VarianceEstimate::eps});
                 }),
                 "time 1", "alpha = 0", "residual"));
  CHECK(contains(refusal([&] {
                   measured_variance(clouds(), x0, grid(), Normals{}, {.data = Range{0, 1}});
                 }),
                 "data reach from", "stated range from 0 to 1"));
  CHECK_NOTHROW(measured_variance(clouds(), x0, grid(), Normals{}, {.data = Range{-9, 9}}));
  CHECK(contains(
      refusal([&] { measured_variance(clouds(), x0, grid(), Normals{}, {.centre = Eigen::VectorXd::Zero(3)}); }),
      "centre has dimension 3", "the data 2"));
  CHECK(contains(refusal([&] { measured_variance(clouds(), MatrixXd(x0 / 0.0), grid(), Normals{}); }), "not finite"));
  VarianceEstimator estimator(grid());
  estimator.add(clouds(), x0, Normals{});
  CHECK(contains(refusal([&] { estimator.add(clouds(), MatrixXd(MatrixXd::Zero(3, 4)), Normals{}); }), "dimension 3",
                 "dimension 2"));
  const auto broken = [](const MatrixXd& x, const Level&) -> MatrixXd { return x * Level::unknown; };
  CHECK(contains(refusal<std::domain_error>([&] { measured_variance(broken, x0, grid(), Normals{}); }), "time 0.6",
                 "not finite"));
}

#include <unsupported/Eigen/CXX11/Tensor>

#include "support/test.hpp"

using namespace tweedie;
using Eigen::MatrixXd;
using Eigen::VectorXd;
using tests::contains;
using tests::largest_difference;
using tests::refusal;

namespace {

const Eigen::Matrix3d S{{0.5, 0.2, -0.1}, {0.2, 0.4, 0.1}, {-0.1, 0.1, 0.3}};
const Gaussian<> data(Eigen::Vector3d(0.3, -0.2, 0.5), Covariance<>(S));
const Gaussian<> standard(Eigen::Vector3d(0, 0, 0), Covariance<>::isotropic(3, 1));
const MatrixXd A = (MatrixXd(2, 3) << 1, -2, 0.5, 0, 1, 1).finished();
const LinearMeasurement measurement(A, Eigen::Vector2d(0.7, -1), 0.3);
const MatrixXd x = (MatrixXd(3, 4) << 1, -1, 0.3, 2, 0, 0.5, -0.8, 1, -0.2, 0.4, 0.6, -1.5).finished();

std::vector<Level> several() {
  std::vector<Level> all;
  for (const double time : {0.02, 0.2, 0.5, 0.8, 1.0}) all.push_back(VariancePreserving{}(time));
  all.push_back({.time = 3, .alpha = 1, .sigma = 5});
  return all;
}
/// (σ²/α) J of Gaussian data, by its precisions.
MatrixXd covariance_given(const Level& t) {
  return (S.inverse() + t.alpha * t.alpha / (t.sigma * t.sigma) * MatrixXd::Identity(3, 3)).inverse();
}

const auto half = [](const auto& z, const Level&, auto& out) { flat(out) = flat(z) / 2; };
const auto halved = [](const auto&, const Level&, auto u) { return flat(u) /= 2, u; };
const Level middle{.time = 0.5, .alpha = 0.8, .sigma = 0.6};

/// make(denoise, measurement, product) of each method, with its name.
template <class Check>
void for_each_method(const Check& check) {
  check("mmps", [](const auto& denoise, const auto& y, const auto& product) { return mmps(denoise, y, product, 2); });
  check("tmpd", [](const auto& denoise, const auto& y, const auto& product) { return tmpd(denoise, y, product); });
  check("pigdm", [](const auto& denoise, const auto& y, const auto& product) { return pigdm(denoise, y, product); });
  check("diffpir", [](const auto& denoise, const auto& y, const auto&) { return diffpir(denoise, y, 2); });
}

}  // namespace

TEST_CASE("mmps: on Gaussian data it is the denoiser of the posterior") {
  const Gaussian<> exact = posterior(data, measurement);
  for (const Level& t : several()) {
    const MatrixXd expected = exact(x, t);
    CHECK(largest_difference(mmps(data, measurement, covariance_product(data), 2)(x, t), expected) < 1e-9);
    CHECK(largest_difference(mmps(data, measurement, covariance_product(data), 50)(x, t), expected) < 1e-9);
    CHECK(largest_difference(mmps(data, measurement, covariance_product(data), 2, Solver::gmres)(x, t), expected) <
          1e-9);
    CHECK(largest_difference(mmps(data, measurement, difference_product(data), 2)(x, t), expected) < 1e-6);
  }
}

TEST_CASE("mmps: one iteration is one step along the residual") {
  const Level t = VariancePreserving{}(0.3);
  const MatrixXd V = covariance_given(t), K = A * V * A.transpose() + 0.09 * MatrixXd::Identity(2, 2);
  const MatrixXd x0 = data(x, t);
  MatrixXd expected = x0;
  for (Eigen::Index i = 0; i < x.cols(); ++i) {
    const VectorXd r = Eigen::Vector2d(0.7, -1) - A * x0.col(i);
    expected.col(i) += V * A.transpose() * r * (r.dot(r) / r.dot(K * r));
  }
  CHECK(largest_difference(mmps(data, measurement, covariance_product(data))(x, t), expected) < 1e-12);
}

TEST_CASE("mmps: without noise the estimate agrees with what was measured") {
  const LinearMeasurement sharp(A, Eigen::Vector2d(0.7, -1), 0);
  const MatrixXd x0 = mmps(data, sharp, covariance_product(data), 4)(x, VariancePreserving{}(0.5));
  CHECK(sharp.residual(x0).cwiseAbs().maxCoeff() < 1e-9);
}

TEST_CASE("pigdm: on data N(0, I) it is the denoiser of the posterior, and with another variance is not") {
  const Gaussian<> exact = posterior(standard, measurement);
  for (const Level& t : several())
    CHECK(largest_difference(pigdm(standard, measurement, covariance_product(standard))(x, t), exact(x, t)) < 1e-9);
  const Level t = VariancePreserving{}(0.4);
  const MatrixXd V = covariance_given(t), x0 = data(x, t),
                 K = 0.5 * A * A.transpose() + 0.09 * MatrixXd::Identity(2, 2);
  const MatrixXd expected = x0 + V * A.transpose() * K.inverse() * measurement.residual(x0);
  const auto fixed = pigdm(data, measurement, covariance_product(data), [](const Level&) { return 0.5; });
  CHECK(largest_difference(fixed(x, t), expected) < 1e-11);
}

TEST_CASE("posterior guided: dependent rows and next to no noise end at least squares") {
  // The right value is x̂₀ + V Aᵀ (A V Aᵀ)⁺ r, which for rows that are one row a is V a (ȳ − a x̂₀)/(a V a).
  const Level t = VariancePreserving{}(0.4);
  const Gaussian<> one(Eigen::VectorXd::Zero(1), Covariance<>::isotropic(1, 1));
  const LinearMeasurement thermometers(MatrixXd::Ones(2, 1), Eigen::Vector2d(0.6, 0.61), 0);
  const MatrixXd start{{0.3, -2, 0.605 / t.alpha}};
  for (const double reading : {0.6, 0.61 - 1e-12}) {
    const LinearMeasurement y(MatrixXd::Ones(2, 1), Eigen::Vector2d(reading, 0.61), 0);
    const MatrixXd mean = MatrixXd::Constant(1, 3, (reading + 0.61) / 2);
    CHECK(largest_difference(pigdm(one, y, covariance_product(one))(start, t), mean) < 1e-13);
    CHECK(largest_difference(diffpir(one, y)(start, t), mean) < 1e-13);
    for (const int k : {1, 2, 9}) {
      CHECK(largest_difference(mmps(one, y, covariance_product(one), k, Solver::gmres)(start, t), mean) <
            (k == 1 ? 1e-4 : 1e-12));
      CHECK(largest_difference(mmps(one, y, covariance_product(one), k)(start, t), mean) < (k == 1 ? 1e-2 : 1e-12));
    }
    CHECK(largest_difference(mmps(one, y, difference_product(one), 2)(start, t), mean) < 1e-9);
  }
  const Eigen::RowVector3d a(1, 2, -0.5);
  const MatrixXd x0 = data(x, t), V = covariance_given(t);
  for (const double noise : {0.0, 1e-12, 1e-9, 1e-8, 1e-7}) {
    INFO("noise " << noise);
    const LinearMeasurement y(a.replicate(2, 1), Eigen::Vector2d(1, 1.1), noise);
    const MatrixXd wanted = x0 + V * a.transpose() * (1.05 - (a * x0).array()).matrix() / (a * V * a.transpose())(0);
    for (const Solver solver : {Solver::conjugate_gradients, Solver::gmres})
      for (const int k : {2, 3, 20}) {
        CHECK(largest_difference(mmps(data, y, covariance_product(data), k, solver)(x, t), wanted) < 1e-11);
        CHECK(largest_difference(mmps(data, y, difference_product(data), k, solver)(x, t), wanted) < 1e-7);
      }
    const double v = standard_posterior_variance(t);
    const MatrixXd nearest = x0 + V * a.transpose() * (1.05 - (a * x0).array()).matrix() / (v * a.squaredNorm());
    CHECK(largest_difference(pigdm(data, y, covariance_product(data))(x, t), nearest) < 1e-11);
    const MatrixXd projected = x0 + a.transpose() * (1.05 - (a * x0).array()).matrix() / a.squaredNorm();
    CHECK(largest_difference(diffpir(data, y)(x, t), projected) < 1e-11);
  }
}

TEST_CASE("posterior guided: the units of the measurement do not matter, nor those of one row") {
  const Level t = VariancePreserving{}(0.4);
  for_each_method([&](const char* name, const auto& make) {
    INFO(name);
    const LinearMeasurement positive(A.cwiseAbs(), Eigen::Vector2d(0.7, -1), 0.3);
    const MatrixXd exact = make(data, positive, covariance_product(data))(x, t),
                   by_difference = make(data, positive, difference_product(data))(x, t);
    CHECK(largest_difference(by_difference, exact) < 1e-8);
    for (const double unit : {1e-150, 1e-8, 1e4, 1e8, 1e150}) {
      INFO("unit " << unit);
      const LinearMeasurement other(unit * A.cwiseAbs(), unit * Eigen::Vector2d(0.7, -1), unit * 0.3);
      CHECK(largest_difference(make(data, other, covariance_product(data))(x, t), exact) < 1e-11);
      CHECK(largest_difference(make(data, other, difference_product(data))(x, t), exact) < 1e-8);
    }
  });
  // Without noise a row may be in units of its own.
  const MatrixXd rows = Eigen::Vector2d(1, 1e6).asDiagonal() * A;
  const LinearMeasurement even(A, Eigen::Vector2d(0.7, -1), 0), uneven(rows, Eigen::Vector2d(0.7, -1e6), 0);
  CHECK(largest_difference(pigdm(data, uneven, covariance_product(data))(x, t),
                           pigdm(data, even, covariance_product(data))(x, t)) < 1e-8);
  CHECK(largest_difference(diffpir(data, uneven)(x, t), diffpir(data, even)(x, t)) < 1e-8);
}

TEST_CASE("posterior guided: a measurement that does not fit is refused before the denoiser is asked") {
  int calls = 0;
  const auto counting = [&](const MatrixXd& z, const Level&) -> MatrixXd { return ++calls, z; };
  const LinearMeasurement three(A, MatrixXd::Ones(2, 3), 0.3);
  for_each_method([&](const char* name, const auto& make) {
    INFO(name);
    CHECK(contains(refusal([&] { make(counting, three, halved)(x, middle); }), "3 columns", "4 samples"));
    CHECK(contains(refusal([&] { make(counting, measurement, halved)(MatrixXd(x.topRows(2)), middle); }),
                   "dimension is 3"));
  });
  CHECK(calls == 0);
  const auto none = [](const Level&) { return 0.0; };
  CHECK(contains(refusal([&] { pigdm(half, measurement, halved, none)(x, middle); }), "pigdm", "variance is 0",
                 "positive"));
  CHECK(contains(refusal([&] { pigdm(half, measurement, halved, {}); }), "pigdm", "empty function"));
}

TEST_CASE("tmpd: exact for one measured number, and by the sums of the rows for two") {
  const LinearMeasurement one(A.row(0), MatrixXd::Constant(1, 1, 0.7), 0.3);
  const Gaussian<> exact = posterior(data, one);
  for (const Level& t : several()) {
    CHECK(largest_difference(tmpd(data, one, covariance_product(data))(x, t), exact(x, t)) < 1e-9);
    const LinearMeasurement positive(A.cwiseAbs(), Eigen::Vector2d(0.7, -1), 0.3);
    const MatrixXd V = covariance_given(t), absolute = A.cwiseAbs();
    const VectorXd sums = (absolute * V * absolute.transpose()).rowwise().sum().array() + 0.09;
    const MatrixXd x0 = data(x, t);
    const MatrixXd expected = x0 + V * absolute.transpose() * sums.cwiseInverse().asDiagonal() * positive.residual(x0);
    CHECK(largest_difference(tmpd(data, positive, covariance_product(data))(x, t), expected) < 1e-10);
  }
}

TEST_CASE("diffpir: the minimum of the two distances") {
  for (const Level& t : several())
    for (const double lambda : {1.0, 8.0}) {
      const double weight = lambda * t.alpha * t.alpha / (t.sigma * t.sigma);
      const MatrixXd normal = A.transpose() * A / 0.09 + weight * MatrixXd::Identity(3, 3), x0 = data(x, t);
      const MatrixXd right = (A.transpose() * Eigen::Vector2d(0.7, -1) / 0.09).replicate(1, x.cols()) + weight * x0;
      CHECK(largest_difference(diffpir(data, measurement, lambda)(x, t), MatrixXd(normal.llt().solve(right))) < 1e-9);
    }
  CHECK(largest_difference(diffpir(data, measurement)(x, middle), diffpir(data, measurement, 8)(x, middle)) == 0);
}

TEST_CASE("posterior guided: a y for each sample, and samples that do not know of one another") {
  const MatrixXd ys = (MatrixXd(2, 4) << 0.7, 1, -2, 0, -1, 0.5, 0.1, 3).finished();
  const LinearMeasurement each(A, ys, 0.3);
  for_each_method([&](const char* name, const auto& make) {
    INFO(name);
    const LinearMeasurement positive(A.cwiseAbs(), ys, 0.3);
    const MatrixXd together = make(data, positive, covariance_product(data))(x, middle);
    for (Eigen::Index i = 0; i < x.cols(); ++i) {
      const LinearMeasurement own(A.cwiseAbs(), ys.col(i), 0.3);
      const MatrixXd alone = make(data, own, covariance_product(data))(MatrixXd(x.col(i)), middle);
      CHECK(largest_difference(MatrixXd(together.col(i)), alone) < 1e-12);
    }
  });
}

TEST_CASE("posterior guided: states of every kind agree") {
  for_each_method([](const char* name, const auto& make) {
    INFO(name);
    const LinearMeasurement positive(A.cwiseAbs(), Eigen::Vector2d(0.7, -1), 0.3);
    const auto guided = make(half, positive, halved);
    const MatrixXd expected = guided(x, middle);
    const Eigen::ArrayXXd array = x;
    CHECK(largest_difference(guided(array, middle), expected) < 1e-14);
    const Eigen::MatrixXf in_float = x.cast<float>();
    CHECK(largest_difference(guided(in_float, middle), expected) < 1e-5);
    Eigen::Tensor<float, 3> tensor(1, 3, x.cols());
    columns(tensor) = in_float;
    const Eigen::Tensor<float, 3> of_tensor = guided(tensor, middle);
    CHECK((columns(of_tensor).cast<double>() - expected).cwiseAbs().maxCoeff() < 1e-5);
  });
}

TEST_CASE("posterior guided: at sigma = 0 the state is the answer") {
  for_each_method([](const char* name, const auto& make) {
    INFO(name);
    const auto never = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd {
      FAIL("asked");
      return u;
    };
    CHECK(largest_difference(make(half, measurement, never)(x, clean), MatrixXd(x / 2)) == 0);
  });
}

TEST_CASE("posterior guided: refusals") {
  const Level blind{.time = 1, .alpha = 0, .sigma = 1};
  for_each_method([&](const char* name, const auto& make) {
    INFO(name);
    CHECK(contains(refusal([&] { make(half, measurement, halved)(x, blind); }), name, "time 1", "alpha = 0"));
    int calls = 0;
    const auto counting = [&](const MatrixXd& z, const Level&) -> MatrixXd { return ++calls, z; };
    CHECK(contains(refusal([&] {
                     sample(make(counting, measurement, halved), DDIM{}, x, {blind, middle});
                   }),
                   name, "time 1", "alpha = 0"));
    CHECK(calls == 0);
    CHECK(contains(refusal([&] { make(half, measurement, halved)(MatrixXd(x.topRows(2)), middle); }), "dimension is 3",
                   "a sample has 2"));
    const LinearMeasurement three(A, MatrixXd::Ones(2, 3), 0.3);
    CHECK(contains(refusal([&] { make(half, three, halved)(x, middle); }), "3 columns", "4 samples"));
  });
  CHECK(contains(refusal([&] { mmps(half, measurement, halved, 0); }), "mmps", "iterations = 0"));
  CHECK(contains(refusal([&] { diffpir(half, measurement, 0); }), "lambda = 0", "positive"));
  CHECK(contains(refusal([&] { diffpir(half, measurement, std::nan("")); }), "lambda = nan"));
  const auto negative = [](const MatrixXd&, const Level&, const MatrixXd& u) -> MatrixXd { return -u; };
  CHECK(contains(refusal<std::domain_error>([&] { tmpd(half, measurement, negative)(x, middle); }), "tmpd", "time 0.5",
                 "sums to -", "positive"));
  const Level even{.time = 0.5, .alpha = 1, .sigma = 1};
  const LinearMeasurement whole(MatrixXd::Identity(3, 3), MatrixXd::Ones(3, 1), 1);  // A V Aᵀ + 1 = 0
  CHECK(contains(refusal<std::domain_error>([&] { tmpd(half, whole, negative)(x, even); }), "sums to 0", "positive"));
  const auto narrow = [](const MatrixXd&, const Level&, const MatrixXd& u) { return MatrixXd(u.col(0)); };
  CHECK(contains(refusal([&] { mmps(half, measurement, narrow)(x, middle); }), "mmps", "shape 3x1", "state of 3x4"));
}

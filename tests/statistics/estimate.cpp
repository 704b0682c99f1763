#include "support/test.hpp"

using Eigen::MatrixXd;
using Eigen::VectorXd;
using tweedie::Estimate;
using tweedie::SecondMoments;

namespace {

MatrixXd some_samples(Eigen::Index d, Eigen::Index n) {
  MatrixXd x(d, n);
  tweedie::Normals{5}(x, 0);
  return (x.array() + 0.3 * x.array().square()).matrix();  // skew, so that third moments count
}

}  // namespace

TEST_CASE("Estimate: mean and covariance are those of the textbook, whatever the batches", "[statistics]") {
  const MatrixXd x = some_samples(3, 40000);
  const VectorXd mean = x.rowwise().mean();
  const MatrixXd centred = x.colwise() - mean, covariance = centred * centred.transpose() / double(x.cols() - 1);
  const Eigen::ArrayXd fourth = centred.array().square().square().rowwise().mean();
  const double n = double(x.cols());
  const VectorXd variance_error = ((fourth - covariance.diagonal().array().square() * (n - 3) / (n - 1)) / n).sqrt();

  for (const Eigen::Index batch : {1, 7, 10000, 40000}) {
    INFO("batches of " << batch);
    Estimate whole, diagonal(SecondMoments::diagonal);
    for (Eigen::Index i = 0; i < x.cols(); i += batch) {
      whole.add(x.middleCols(i, std::min(batch, x.cols() - i)));
      diagonal.add(x.middleCols(i, std::min(batch, x.cols() - i)));
    }
    CHECK(whole.count() == x.cols());
    CHECK((whole.mean() - mean).norm() < 1e-13);
    CHECK((whole.covariance() - covariance).norm() < 1e-12);
    CHECK((whole.variance() - covariance.diagonal()).norm() < 1e-12);
    CHECK((whole.standard_error() - (covariance.diagonal() / n).cwiseSqrt()).norm() < 1e-14);
    CHECK((whole.variance_standard_error() - variance_error).norm() < 1e-14);
    CHECK((diagonal.variance() - whole.variance()).norm() < 1e-12);
    CHECK((diagonal.variance_standard_error() - variance_error).norm() < 1e-14);
  }
}

TEST_CASE("Estimate: merging is adding the samples of both", "[statistics]") {
  const MatrixXd x = some_samples(2, 1000);
  Estimate whole, left, right, empty;
  whole.add(x);
  left.add(x.leftCols(137));
  right.add(x.rightCols(863));
  left.merge(right);
  left.merge(empty);
  empty.merge(left);
  for (const Estimate& merged : {left, empty}) {
    CHECK(merged.count() == 1000);
    CHECK((merged.mean() - whole.mean()).norm() < 1e-14);
    CHECK((merged.covariance() - whole.covariance()).norm() < 1e-13);
    CHECK((merged.variance_standard_error() - whole.variance_standard_error()).norm() < 1e-14);
  }
}

TEST_CASE("Estimate: a variance of 1 survives a mean of 1e9", "[statistics]") {
  Estimate estimate;
  for (int i = 0; i < 1000; ++i) estimate.add(Eigen::RowVector2d(1e9 - 1, 1e9 + 1));
  CHECK(std::abs(estimate.mean()[0] - 1e9) < 1e-6);
  CHECK(std::abs(estimate.variance()[0] - 2000.0 / 1999) < 1e-9);
}

TEST_CASE("Estimate: takes states of any kind, and sums floats in double", "[statistics]") {
  const Eigen::ArrayXXf x = some_samples(4, 100).cast<float>();
  const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor> row_major = x;
  Estimate from_array, from_rows, from_expression;
  from_array.add(x);
  from_rows.add(row_major);
  from_expression.add(2 * x.cast<double>() - x.cast<double>());
  CHECK((from_array.covariance() - from_rows.covariance()).norm() < 1e-14);
  CHECK((from_array.covariance() - from_expression.covariance()).norm() < 1e-14);

  const Eigen::RowVectorXf tenths = Eigen::RowVectorXf::Constant(1 << 20, 0.1f);
  Estimate sum;
  sum.add(tenths);
  CHECK(std::abs(sum.mean()[0] - double(0.1f)) < 1e-15);
}

TEST_CASE("Estimate: the errors of a coin that shows heads once in four, exactly", "[statistics]") {
  // n tosses, a quarter of them 1: variance 3/16 · n/(n − 1), fourth central moment 3/4 · (1/4)⁴ + 1/4 · (3/4)⁴ =
  // 21/256.
  Estimate coin;
  for (int i = 0; i < 2500; ++i) coin.add(Eigen::RowVector4d(0, 1, 0, 0));
  const double n = 10000, variance = 3.0 / 16 * n / (n - 1);
  CHECK(std::abs(coin.standard_error()[0] - std::sqrt(variance / n)) < 1e-15);
  CHECK(std::abs(coin.variance_standard_error()[0] -
                 std::sqrt((21.0 / 256 - variance * variance * (n - 3) / (n - 1)) / n)) < 1e-15);
}

TEST_CASE("Estimate: a million samples notice an error of the mean of 0.0092 standard deviations", "[statistics]") {
  Estimate estimate;
  for (int i = 0; i < 64; ++i)
    estimate.add(
        Eigen::RowVectorXd::LinSpaced(15625, 0, 15624).unaryExpr([](double k) { return std::fmod(k, 2) * 2 - 1; }));
  // 6.109410 standard errors for a false alarm of 1e-9, and 3.090232 for a false pass of 1e-3
  CHECK(std::abs(estimate.detectable_effect(1e-9, 1e-3)[0] / (9.199642e-3) - 1) < 1e-4);
}

TEST_CASE("Estimate: one sample tells no error of its mean, which is infinite then", "[statistics]") {
  Estimate estimate;
  estimate.add(Eigen::Vector2d(1, 2));
  CHECK((estimate.standard_error().array() == std::numeric_limits<double>::infinity()).all());
  CHECK(estimate.standard_error().size() == 2);
  CHECK(estimate.detectable_effect(1e-9, 1e-3)[1] == std::numeric_limits<double>::infinity());
}

TEST_CASE("Estimate: refuses what has no answer", "[statistics]") {
  Estimate estimate, diagonal(SecondMoments::diagonal);
  CHECK(tests::contains(tests::refusal([&] { estimate.mean(); }), "the mean needs 1 sample", "there are 0"));
  CHECK(tests::contains(tests::refusal([&] { estimate.standard_error(); }), "a standard error needs 1 sample"));
  estimate.add(Eigen::Vector2d(1, 2));
  diagonal.add(Eigen::MatrixXd::Identity(2, 2));
  CHECK(tests::contains(tests::refusal([&] { estimate.covariance(); }), "a covariance needs 2 samples", "there is 1"));
  CHECK(tests::contains(tests::refusal([&] { estimate.variance(); }), "a variance needs 2 samples"));
  CHECK(tests::contains(tests::refusal([&] { estimate.add(Eigen::Vector3d(1, 2, 3)); }), "dimension 3", "dimension 2"));
  CHECK(tests::contains(tests::refusal([&] { estimate.merge(diagonal); }), "only their diagonal"));
  CHECK(tests::contains(tests::refusal([&] { diagonal.covariance(); }), "only the diagonal"));
}

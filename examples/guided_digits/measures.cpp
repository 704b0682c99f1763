#include "measures.hpp"

#include <algorithm>

namespace guided_digits {

using digits::Samples;
using examples::DigitSet;

namespace {

/// The number of samples that the classifier of the clean digits takes for digits of their class.
long right(const examples::FittedMixture& fit, const digits::Mixture& model, const Samples& samples) {
  const Eigen::MatrixXf shares = model.responsibilities(samples.pixels);
  Eigen::MatrixXf classes = Eigen::MatrixXf::Zero(DigitSet::classes, shares.cols());
  for (Eigen::Index k = 0; k < shares.rows(); ++k) classes.row(fit.labels[std::size_t(k)]) += shares.row(k);
  long count = 0;
  for (Eigen::Index i = 0; i < classes.cols(); ++i) {
    Eigen::Index likeliest;
    classes.col(i).maxCoeff(&likeliest);
    count += likeliest == samples.labels[std::size_t(i)] ? 1 : 0;
  }
  return count;
}

}  // namespace

Yardstick::Yardstick(const examples::FittedMixture& fit, const digits::Mixture& model) : fit_(fit), model_(model) {
  const auto exact = fit.model<double>();
  for (int label = 0; label < DigitSet::classes; ++label) {
    const auto moments = exact.subset(fit.components(label)).moments();
    const auto itself = [](double v) { return v; };
    laws_.push_back({moments.mean(), moments.covariance().map([](double v) { return std::sqrt(v); }).matrix(),
                     moments.covariance().trace(itself)});
  }
}

Measures Yardstick::operator()(const Samples& samples) const {
  Measures sum{0, 0, 0};
  for (int label = 0; label < DigitSet::classes; ++label) {
    const auto begin = std::ranges::lower_bound(samples.labels, label),
               end = std::ranges::upper_bound(samples.labels, label);
    const auto n = Eigen::Index(end - begin);
    tweedie::require(n >= 2, "there are ", n, " samples of class ", label, ", but must be at least 2");
    const Eigen::MatrixXd x = samples.pixels.middleCols(begin - samples.labels.begin(), n).cast<double>();
    const Eigen::VectorXd mean = x.rowwise().mean();
    // The covariance of the samples is FFᵀ, of rank n − 1 at most, and tr (S^½ FFᵀ S^½)^½ the sum of the singular
    // values of S^½F.
    const Eigen::MatrixXd F = (x.colwise() - mean) / std::sqrt(double(n));
    const Law& law = laws_[std::size_t(label)];
    const Eigen::MatrixXd product = law.root * F;
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> squares(product.transpose() * product, Eigen::EigenvaluesOnly);
    sum.frechet += (mean - law.mean).squaredNorm() + law.trace + F.squaredNorm() -
                   2 * squares.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
    sum.diversity += F.squaredNorm() * double(n) / double(n - 1) / law.trace;
  }
  sum.accuracy = double(right(fit_, model_, samples)) / double(samples.labels.size());
  sum.frechet /= DigitSet::classes;
  sum.diversity /= DigitSet::classes;
  return sum;
}

}  // namespace guided_digits

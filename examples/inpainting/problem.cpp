#include "problem.hpp"

namespace inpainting {

using Eigen::MatrixXd;
using Eigen::VectorXd;
using examples::DigitSet;

namespace {

constexpr Eigen::Index half = DigitSet::dimension / 2;  // the upper half of the rows is seen

/// The components that a measurement leaves possible: those of no share need no posterior. What they are is told by the
/// law of y alone, of which the covariances are of low rank.
std::vector<int> possible(const examples::FittedMixture& fit, const VectorXd& y, double noise) {
  constexpr double none = 1e-8;
  std::vector<tweedie::Covariance<double>> covariances;
  for (const MatrixXd& factor : fit.factors)
    covariances.push_back(tweedie::Covariance<double>::low_rank(factor.topRows(half), fit.rest + noise * noise));
  const Mixture law(fit.weights, fit.means.topRows(half), covariances);
  const VectorXd shares = law.responsibilities(y);
  std::vector<int> all;
  for (Eigen::Index k = 0; k < shares.size(); ++k)
    if (shares[k] > none) all.push_back(int(k));
  return all;
}

Problem problem(const VectorXd& original, const examples::FittedMixture& fit, const Mixture& model, double noise,
                std::uint64_t seed) {
  VectorXd mask = VectorXd::Zero(original.size()), n(half), seen = mask;
  mask.head(half).setOnes();
  tweedie::Normals{seed}(n, address(tweedie::Purpose::noised));
  seen.head(half) = original.head(half) + noise * n;
  const auto measurement = tweedie::masked(mask, seen, noise);
  const Mixture posterior = tweedie::posterior(model.subset(possible(fit, seen.head(half), noise)), measurement);
  const auto moments = posterior.moments();
  const auto itself = [](double v) { return v; };
  return {original, mask, seen, measurement, posterior, moments.mean(), moments.covariance().diagonal_of(itself)};
}

}  // namespace

std::vector<Problem> problems(const DigitSet& real, const examples::FittedMixture& fit, const Mixture& model, int count,
                              double noise, int seed) {
  constexpr int classes[] = {4, 3, 8, 5, 9, 2, 6, 7, 0, 1};  // those first whose upper halves leave the most open
  std::vector<Problem> all;
  for (int i = 0; i < count; ++i) {
    const auto number = std::uint64_t(seed) * DigitSet::classes + std::uint64_t(i);
    const auto index = Eigen::Index(number * 37 % DigitSet::of_each);
    all.push_back(problem(real.of_class(classes[i]).col(index), fit, model, noise, number));
  }
  return all;
}

MatrixXd hidden(const MatrixXd& x) {
  return x.bottomRows(DigitSet::dimension - half);
}
MatrixXd known(const MatrixXd& x) {
  return x.topRows(half);
}

}  // namespace inpainting

#pragma once
// The energy distance between two laws in any dimension, 0 only if they are equal:
//   E(P, Q) = 2 E‖X − Y‖ − E‖X − X'‖ − E‖Y − Y'‖,   X, X' ~ P,   Y, Y' ~ Q,   all independent
// Székely and Rizzo, Energy statistics: a class of statistics based on distances, J. Statist. Plann. Inference 143
// (2013), eq. 5. In one dimension it is 2 ∫ (F − G)². All pairs are summed: O((n + m)² d) work, O(n + m) memory.

#include "../state/state.hpp"

namespace tweedie {

namespace detail {
/// For each column of x the mean of its distances to the columns of y; `excluded` of them (itself, at distance 0) do
/// not count.
template <class Matrix>
Eigen::VectorXd mean_distances(const Matrix& x, const Matrix& y, Eigen::Index excluded = 0) {
  Eigen::VectorXd means(x.cols());
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    means[i] = (y.colwise() - x.col(i)).colwise().norm().sum() / double(y.cols() - excluded);
  return means;
}

/// The samples of both as columns of doubles, checked.
template <class X, class Y>
std::pair<Eigen::MatrixXd, Eigen::MatrixXd> sample_pair(const char* what, Eigen::Index at_least, const X& x,
                                                        const Y& y) {
  check_measured<X>(), check_measured<Y>();
  const Plain<X>& a = x;
  const Plain<Y>& b = y;
  std::pair<Eigen::MatrixXd, Eigen::MatrixXd> both{columns(a).template cast<double>(),
                                                   columns(b).template cast<double>()};
  require(both.first.cols() >= at_least && both.second.cols() >= at_least, what, ": the numbers of samples are ",
          both.first.cols(), " and ", both.second.cols(), ", but each must be at least ", at_least);
  require(both.first.rows() == both.second.rows(), what, ": the dimensions ", both.first.rows(), " and ",
          both.second.rows(), " differ");
  require(both.first.allFinite() && both.second.allFinite(), what, ": a sample is not finite");
  return both;
}
}  // namespace detail

/// The energy distance between the two sets of samples as they are (columns, d × n and d × m, n and m ≥ 1): not
/// negative, 0 only for equal sets, but for rounding: of equal and nearly equal sets it may come out below 0 by some 1e−16
/// of their distances. As an estimate of that between their laws it is too large by E‖X − X'‖/n + E‖Y −
/// Y'‖/m.
template <class X, class Y>
double energy_distance(const X& x, const Y& y) {
  const auto [a, b] = detail::sample_pair("energy_distance", 1, x, y);
  return 2 * detail::mean_distances(a, b).mean() - detail::mean_distances(a, a).mean() -
         detail::mean_distances(b, b).mean();
}

struct EnergyDistance {
  double value;           ///< Unbiased; below 0 about as often as above where the laws are equal.
  double standard_error;  ///< To first order in 1/n and 1/m.
};

/// The unbiased estimate of the energy distance between the laws of the samples (n and m ≥ 2), with its standard error
/// from the influence of each sample. Where the laws are equal the influences vanish with 1/n and the error is of the
/// order of the value itself: a test of equality needs permutations, not this error.
template <class X, class Y>
EnergyDistance energy_distance_estimate(const X& x, const Y& y) {
  const auto [a, b] = detail::sample_pair("energy_distance_estimate", 2, x, y);
  const Eigen::VectorXd across_a = detail::mean_distances(a, b), across_b = detail::mean_distances(b, a),
                        within_a = detail::mean_distances(a, a, 1), within_b = detail::mean_distances(b, b, 1);
  const auto variance_of_mean = [](const Eigen::VectorXd& influence) {
    const double n = double(influence.size());
    return (influence.array() - influence.mean()).square().sum() / (n * (n - 1));
  };
  return {2 * across_a.mean() - within_a.mean() - within_b.mean(),
          2 * std::sqrt(variance_of_mean(across_a - within_a) + variance_of_mean(across_b - within_b))};
}

}  // namespace tweedie

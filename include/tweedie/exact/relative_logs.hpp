#pragma once
// log p(k) + log N(x; m_k, C_k) = constant_k − distance_k²/2 for each k, of which weights proportional to the densities
// are made. The squares may be infinite, or so large that their difference is rounding; the distances are not:
//   (near² − far²)/2 = (near − far)(near + far)/2

#include <Eigen/Core>
#include <limits>
#include <utility>

#include "../schedule/require.hpp"

namespace tweedie::detail {

/// The logarithms above that of the nearest k in each column.
template <class Real>
class RelativeLogs {
 public:
  using Array = Eigen::ArrayXX<Real>;
  using Row = Eigen::Array<Real, 1, Eigen::Dynamic>;

  /// distances: K × n, in units of sigma; constants: K, −∞ for a k that is not there. At sigma = 0 the nearest are left.
  RelativeLogs(Array distances, Eigen::ArrayX<Real> constants, Real sigma = 1)
      : distances_(std::move(distances)),
        constants_(std::move(constants)),
        sigma_(sigma),
        logs_(distances_.rows(), distances_.cols()),
        nearest_(distances_.cols()) {
    const auto excess = [&](Real near, Real far) {
      return near == far ? Real(0) : (near - far) / sigma_ * ((near + far) / sigma_) / 2;
    };
    for (Eigen::Index i = 0; i < logs_.cols(); ++i) {
      Eigen::Index first = -1;
      for (Eigen::Index k = 0; k < logs_.rows(); ++k)
        if (constants_[k] > none && (first < 0 || distances_(k, i) < distances_(first, i))) first = k;
      for (Eigen::Index k = 0; k < logs_.rows(); ++k)
        logs_(k, i) = constants_[k] > none
                          ? constants_[k] - constants_[first] + excess(distances_(first, i), distances_(k, i))
                          : none;
      const Real near = first < 0 ? Real(0) : distances_(first, i) / sigma_;
      nearest_[i] = first < 0 ? none : constants_[first] - near * near / 2;
    }
  }

  /// Shares of a sum of 1 in each column.
  Array shares() const { return (logs_.rowwise() - log_sums(logs_)).exp(); }
  /// log Σₖ p(k) N(x; m_k, C_k).
  Row log_total() const { return nearest_ + log_sums(logs_); }
  /// The logarithm of the share of a set.
  template <class Set>
  Row log_share(const Set& set) const {
    return log_sums(logs_(set, Eigen::all)) - log_sums(logs_);
  }
  /// The same of a set alone.
  template <class Set>
  RelativeLogs within(const Set& set) const {
    return {distances_(set, Eigen::all), constants_(set), sigma_};
  }

 private:
  static constexpr Real none = -std::numeric_limits<Real>::infinity();

  /// log Σ exp down each column, by its largest entry.
  static Row log_sums(const Array& logs) {
    Row largest = logs.colwise().maxCoeff();
    largest = (largest == none).select(Row::Zero(logs.cols()), largest);
    return (logs.rowwise() - largest).exp().colwise().sum().log() + largest;
  }

  Array distances_;
  Eigen::ArrayX<Real> constants_;
  Real sigma_;
  Array logs_;
  Row nearest_;  // the logarithm of the nearest k
};

}  // namespace tweedie::detail

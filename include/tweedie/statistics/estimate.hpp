#pragma once
// Mean and covariance of samples that come batch by batch, and the errors of both. Batches, and estimates of other
// threads or ranks, are merged by the difference δ = m_b − m_a of their means, without the cancellation of Σx² −
// (Σx)²/n:
//   m = m_a + δ n_b/n      M₂ = M₂ᵃ + M₂ᵇ + δδᵀ n_a n_b/n      M_k = Σ (x − m)ᵏ,   n = n_a + n_b
// Chan, Golub and LeVeque, Algorithms for computing the sample variance: analysis and recommendations, The American
// Statistician 37 (1983), eq. 2.1; for M₃ and M₄: Pébay, Formulas for robust, one-pass parallel computation of
// covariances and arbitrary-order statistical moments, Sandia report SAND2008-6212.

#include <cstdint>

#include "../state/state.hpp"
#include "normal_tail.hpp"

namespace tweedie {

/// What an Estimate keeps of the second moments: all d², or the diagonal in O(d) memory and work for a sample.
enum class SecondMoments {
  full,
  diagonal
};

/// Sums are kept in Real, whatever the scalar of the samples.
template <class Real>
class BasicEstimate {
 public:
  using Vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

  explicit BasicEstimate(SecondMoments kept = SecondMoments::full) : kept_(kept) {}

  /// Adds samples, the columns of any state or expression, d × n. Throws where d differs from that of earlier samples.
  template <class X>
  void add(const X& x) {
    detail::check_measured<X>();
    const Plain<X>& state = x;
    const auto samples = columns(state);
    const Eigen::Index block = std::max<Eigen::Index>(64, 16384 / std::max<Eigen::Index>(1, samples.rows()));
    for (Eigen::Index first = 0; first < samples.cols(); first += block)
      merge(of_block(samples.middleCols(first, std::min(block, samples.cols() - first)).template cast<Real>()));
  }
  /// Makes this the estimate from the samples of both. Throws for another dimension, or other moments kept.
  void merge(const BasicEstimate& other) {
    require(kept_ == other.kept_,
            "Estimate: one of the two to be merged keeps full second moments, one only their "
            "diagonal");
    if (other.count_ == 0) return;
    if (count_ == 0) {
      *this = other;
      return;
    }
    require(dimension() == other.dimension(), "Estimate: samples of dimension ", other.dimension(),
            " cannot be added to samples of dimension ", dimension());
    const Real a = Real(count_), b = Real(other.count_), n = a + b;
    const Array delta = other.mean_ - mean_, delta2 = delta * delta;
    fourth_ += other.fourth_ + delta2 * delta2 * (a * b * (a * a - a * b + b * b) / (n * n * n)) +
               6 * delta2 * (other.second_ * (a * a) + second_ * (b * b)) / (n * n) +
               4 * delta * (other.third_ * a - third_ * b) / n;
    third_ +=
        other.third_ + delta * delta2 * (a * b * (a - b) / (n * n)) + 3 * delta * (other.second_ * a - second_ * b) / n;
    second_ += other.second_ + delta2 * (a * b / n);
    for (Eigen::Index j = 0; j < products_.cols(); ++j)
      products_.col(j).array() += other.products_.col(j).array() + delta * (delta[j] * a * b / n);
    mean_ += delta * (b / n);
    count_ += other.count_;
  }

  /// n, the number of samples.
  std::int64_t count() const { return count_; }
  /// d; 0 before the first sample.
  Eigen::Index dimension() const { return mean_.size(); }

  /// The mean of the samples, d. Throws before the first.
  Vector mean() const {
    check_count(1, "the mean");
    return mean_;
  }
  /// The unbiased variance of each coordinate, d. Throws before the second sample.
  Vector variance() const {
    check_count(2, "a variance");
    return second_ / Real(count_ - 1);
  }
  /// The unbiased covariance, d × d. Throws before the second sample, and where only the diagonal is kept.
  Matrix covariance() const {
    check_count(2, "a covariance");
    require(kept_ == SecondMoments::full, "Estimate: only the diagonal of the second moments was kept");
    return products_ / Real(count_ - 1);
  }

  /// The standard error of each coordinate of the mean, √(variance/n); infinite for one sample, which tells no error.
  Vector standard_error() const {
    check_count(1, "a standard error");
    if (count_ == 1) return Vector::Constant(dimension(), std::numeric_limits<Real>::infinity());
    return (variance().array() / Real(count_)).sqrt();
  }
  /// The standard error of each variance, √((μ₄ − σ⁴ (n − 3)/(n − 1))/n), with μ₄ from the samples: no normality is
  /// assumed.
  Vector variance_standard_error() const {
    const Real n = Real(count_);
    const Array squared = variance().array().square();
    return ((fourth_ / n - squared * ((n - 3) / (n - 1))) / n).sqrt();
  }
  /// The smallest error of each coordinate of the mean that a two-sided test on it would notice, in the units of the
  /// mean: with the test at `false_alarm`, an error of this size passes with probability `false_pass`. For n large
  /// enough that means are normal.
  Vector detectable_effect(double false_alarm, double false_pass) const {
    return Real(normal_tail_quantile(false_alarm / 2) + normal_tail_quantile(false_pass)) * standard_error();
  }

 private:
  using Array = Eigen::Array<Real, Eigen::Dynamic, 1>;

  template <class Block>
  BasicEstimate of_block(const Block& block) const {
    BasicEstimate part(kept_);
    Eigen::Array<Real, Eigen::Dynamic, Eigen::Dynamic> x = block.array();
    part.count_ = x.cols();
    part.mean_ = x.rowwise().mean();
    x.colwise() -= part.mean_;
    if (kept_ == SecondMoments::full) part.products_ = x.matrix() * x.matrix().transpose();
    part.second_ = x.square().rowwise().sum();
    part.third_ = x.cube().rowwise().sum();
    part.fourth_ = x.square().square().rowwise().sum();
    return part;
  }
  void check_count(std::int64_t needed, const char* what) const {
    require(count_ >= needed, "Estimate: ", what, " needs ", needed, needed == 1 ? " sample" : " samples",
            ", but there ", count_ == 1 ? "is " : "are ", count_);
  }

  SecondMoments kept_;
  std::int64_t count_ = 0;
  Array mean_, second_, third_, fourth_;  // sums of (x − mean)ᵏ, each coordinate
  Matrix products_;                       // Σ (x − mean)(x − mean)ᵀ where it is kept
};

using Estimate = BasicEstimate<double>;

}  // namespace tweedie

#pragma once
// The mean of p pᵀ − q qᵀ over samples, as one number, a diagonal or a matrix, with its standard error. The matrix, and
// the squares that its error needs, are products of matrices: nothing of d² is made for a sample.

#include "../statistics/estimate.hpp"
#include "variance_table.hpp"

namespace tweedie::detail {

/// The mean of s = p pᵀ − q qᵀ over samples p and q, columns (either may be empty: left out), in one of the forms, with
/// its error.
template <class Real>
class OuterMean {
 public:
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

  explicit OuterMean(VarianceForm form) : form_(form) {}

  void add(const Matrix& p, const Matrix& q) {
    if (form_ != VarianceForm::full) return reduced_.add(squares(p, q));
    // Σ s and Σ s², entry by entry, as products of matrices: (p pᵀ − q qᵀ)∘² = p² p²ᵀ − 2 (pq)(pq)ᵀ + q² q²ᵀ.
    const auto grow = [](Matrix& sum, const Matrix& a, Real sign) {
      if (a.size() == 0) return;
      if (sum.size() == 0) sum = Matrix::Zero(a.rows(), a.rows());
      sum.noalias() += sign * (a * a.transpose());
    };
    grow(sum_, p, 1);
    grow(sum_, q, -1);
    grow(sum_of_squares_, p.cwiseAbs2(), 1);
    grow(sum_of_squares_, q.cwiseAbs2(), 1);
    if (p.size() > 0 && q.size() > 0) grow(sum_of_squares_, p.cwiseProduct(q), -2);
    count_ += std::max(p.cols(), q.cols());
  }
  Matrix mean() const { return form_ == VarianceForm::full ? Matrix(sum_ / Real(count_)) : Matrix(reduced_.mean()); }
  /// Of the mean; infinite of a single sample, which tells nothing of its spread.
  Matrix error() const {
    if (form_ != VarianceForm::full) return reduced_.standard_error();
    if (count_ < 2) return Matrix::Constant(sum_.rows(), sum_.cols(), std::numeric_limits<Real>::infinity());
    const Matrix variance = (sum_of_squares_ / Real(count_) - mean().cwiseAbs2()).cwiseMax(Real(0));
    return (variance / Real(count_ - 1)).cwiseSqrt();
  }

 private:
  /// The trace over d of each sample's s, or its diagonal.
  Matrix squares(const Matrix& p, const Matrix& q) const {
    Matrix s = p.cwiseAbs2();
    if (q.size() > 0) s = s.size() == 0 ? Matrix(-q.cwiseAbs2()) : Matrix(s - q.cwiseAbs2());
    return form_ == VarianceForm::scalar ? Matrix(s.colwise().mean()) : s;
  }

  VarianceForm form_;
  BasicEstimate<Real> reduced_{SecondMoments::diagonal};
  Matrix sum_, sum_of_squares_;
  std::int64_t count_ = 0;
};

}  // namespace tweedie::detail

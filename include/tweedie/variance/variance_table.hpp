#pragma once
// Var[x₀ | x_t], averaged over x_t, as numbers at the levels of a grid: one number a level, one for each coordinate, or
// a matrix. Between levels it is interpolated in λ. With SNR = e^(2λ) and S the variance at the noisiest level,
//   v(λ) = w(λ) / (1/S + e^(2λ)),   w linear in λ
// where 1/(1/S + e^(2λ)) is the variance that Gaussian data of variance S would have [OR-1]: v itself runs over many
// powers of ten, w does not, and from the last level to the data v falls as σ²/α².

#include <algorithm>
#include <vector>

#include "../exact/columns.hpp"
#include "../schedule/schedule.hpp"
#include "bounds.hpp"

namespace tweedie {

/// Whether a variance is one number, one for each coordinate, or all of a covariance.
enum class VarianceForm {
  scalar,
  diagonal,
  full
};

/// A template on its own numbers, so that a program that has no use for one does not pay for compiling it.
template <class Real>
class BasicVarianceTable {
 public:
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

  /// The variance at one level, with its standard error: 1 × 1, d × 1 or d × d, as the form says.
  struct Entry {
    Level level;
    Matrix variance, error;
  };

  /// One entry a level, in any order; of entries at the same λ the first counts. Negative variances are kept: an
  /// estimate may be. Throws std::invalid_argument for no entries, shapes that do not fit the form or each other, and
  /// numbers that are not finite.
  BasicVarianceTable(VarianceForm form, std::vector<Entry> entries) : form_(form), entries_(std::move(entries)) {
    require(!entries_.empty(), "variance table: it has no entries");
    const Eigen::Index d = dimension();
    for (const auto& [level, variance, error] : entries_) {
      require(d > 0 && variance.rows() == d && variance.cols() == (form_ == VarianceForm::full ? d : 1) &&
                  (form_ != VarianceForm::scalar || d == 1),
              "variance table: at time ", level.time, " the variance has the shape ", variance.rows(), "x",
              variance.cols(),
              form_ == VarianceForm::scalar     ? ", but the scalar form is one number"
              : form_ == VarianceForm::diagonal ? ", but the diagonal form is a column, of one length"
                                                : ", but the full form is square, of one size");
      require(error.rows() == variance.rows() && error.cols() == variance.cols(), "variance table: at time ",
              level.time, " the error has another shape than the variance");
      require(variance.allFinite() && error.allFinite(), "variance table: at time ", level.time,
              " a number is not finite");
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const auto& a, const auto& b) { return lambda(a.level) < lambda(b.level); });
    entries_.erase(std::unique(entries_.begin(), entries_.end(),
                               [](const auto& a, const auto& b) { return lambda(a.level) == lambda(b.level); }),
                   entries_.end());
    for (const Entry& entry : entries_)
      means_.push_back(form_ == VarianceForm::full ? entry.variance.diagonal().mean() : entry.variance.mean());
    largest_ = means_.front() > 0 ? double(means_.front()) : 1;
  }

  VarianceForm form() const { return form_; }
  /// d of the diagonal and the full form; 1 of the scalar one, which serves any dimension.
  Eigen::Index dimension() const { return entries_.front().variance.rows(); }
  /// Noisiest first.
  const std::vector<Entry>& entries() const { return entries_; }
  /// The levels of the entries, noisiest first: candidates for optimal_trajectory.
  Grid grid() const {
    Grid levels;
    for (const auto& entry : entries_) levels.push_back(entry.level);
    return levels;
  }

  /// The variance per dimension at any level between the first and the last, and at σ = 0, where it is 0: for
  /// with_variance. Throws std::invalid_argument, naming λ and the range, for a level that the table does not cover; so
  /// do the functions below.
  double operator()(const Level& t) const {
    return double(interpolated(
        t, [&](std::size_t i) { return means_[i]; }, Real(0)));
  }
  void check(const Level& t) const { (*this)(t); }
  /// Of each coordinate, the same for every sample of x: d × n, for ElementwiseVariance. A scalar table gives its
  /// number to all. Throws std::invalid_argument where the dimension differs.
  template <class X>
  Matrix variance(const X& x, const Level& t) const {
    const Matrix v = at(t);
    return of_samples(x, [&](Eigen::Index d, Eigen::Index n) -> Matrix {
      if (form_ == VarianceForm::scalar) return Matrix::Constant(d, n, v(0, 0));
      return (form_ == VarianceForm::full ? Matrix(v.diagonal()) : v).replicate(1, n);
    });
  }
  /// Tells FullCovariance that covariance(x, t) is the same for every x.
  static constexpr bool covariance_of_level = true;
  /// d × d, the same for every x: for FullCovariance.
  template <class X>
  Matrix covariance(const X& x, const Level& t) const {
    const Matrix v = at(t);
    return of_samples(x, [&](Eigen::Index d, Eigen::Index) -> Matrix {
      if (form_ == VarianceForm::scalar) return Matrix::Identity(d, d) * v(0, 0);
      return form_ == VarianceForm::full ? v : Matrix(v.col(0).asDiagonal());
    });
  }
  /// The table with every variance held to [0, largest_variance(level, data)]: estimates other than the residual may
  /// leave it. Not for the full form.
  BasicVarianceTable clipped(const Range& data) const {
    require(form_ != VarianceForm::full, "variance table: numbers can be clipped, a covariance cannot");
    std::vector<Entry> held = entries_;
    for (auto& [level, variance, error] : held)
      variance = variance.cwiseMax(Real(0)).cwiseMin(Real(largest_variance(level, data)));
    return BasicVarianceTable(form_, std::move(held));
  }
  /// In the form of the table: 1 × 1, d × 1 or d × d.
  Matrix at(const Level& t) const {
    const Matrix& first = entries_.front().variance;
    return interpolated(
        t, [&](std::size_t i) -> const Matrix& { return entries_[i].variance; },
        Matrix(Matrix::Zero(first.rows(), first.cols())));
  }

 private:
  /// The value at t of what has value(i) at entry i, and is 0 at σ = 0.
  template <class Value, class F>
  Value interpolated(const Level& t, const F& value, const Value& zero) const {
    const double now = lambda(t);
    if (t.sigma == 0) return zero;
    const double first = lambda(entries_.front().level), last = lambda(entries_.back().level);
    const double rounding = std::isinf(now) ? 0 : 1e-9 * (1 + std::fabs(now));
    require(now >= first - rounding && now <= last + rounding, "variance table: it covers lambda from ", first,
            " (time ", entries_.front().level.time, ") to ", last, " (time ", entries_.back().level.time,
            "), but is asked for time ", t.time, ", lambda = ", now, "; measure on levels that reach there");
    const auto after = std::upper_bound(entries_.begin(), entries_.end(), now,
                                        [](double at, const auto& entry) { return at < lambda(entry.level); });
    const auto next = std::size_t(after - entries_.begin());
    if (next == 0) return value(0);
    const double left = lambda(entries_[next - 1].level);
    if (left == now || next == entries_.size()) return value(next - 1);
    // An infinite end has no neighbourhood: towards it w is that of the last finite level.
    const double right = lambda(entries_[next].level), share = std::isinf(right)  ? 0
                                                               : std::isinf(left) ? 1
                                                                                  : (now - left) / (right - left);
    const auto weight = [&](double part, double at) {
      return Real(part == 0 ? 0 : part * precision(at) / precision(now));
    };
    return weight(1 - share, left) * value(next - 1) + weight(share, right) * value(next);
  }
  double precision(double lambda) const { return 1 / largest_ + std::exp(2 * lambda); }
  template <class X, class F>
  Matrix of_samples(const X& x, const F& f) const {
    const Plain<X>& state = x;
    const auto samples = columns(state);
    require(form_ == VarianceForm::scalar || samples.rows() == dimension(), "variance table: its dimension is ",
            dimension(), ", but the state of ", shape(state), " has samples of dimension ", samples.rows());
    return f(samples.rows(), samples.cols());
  }

  VarianceForm form_;
  std::vector<Entry> entries_;
  std::vector<Real> means_;  // over the coordinates of each entry
  double largest_;           // S
};

using VarianceTable = BasicVarianceTable<double>;

}  // namespace tweedie

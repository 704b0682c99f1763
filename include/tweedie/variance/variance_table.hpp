#pragma once
// Var[x₀ | x_t], averaged over x_t, as numbers at the levels of a grid: one number a level, one for each coordinate, or
// a matrix. Between levels it is interpolated in λ. With SNR = e^(2λ),
//   v = 1/(p + SNR),   ln p(λ) the monotone cubic through its values at the levels
// p is the precision of the Gaussian data that would have this variance [OR-1]: a constant if the data are Gaussian, and
// else it rises, over powers of ten, from that of the whole to that of the parts, or as SNR where the data fill fewer
// dimensions. As p > 0, v keeps the bound 0 < v < σ²/α² [ADPM-4], and the largest v of its two levels. An estimate may
// break the bound by its error; between levels of which one does, v (1/S + SNR) is linear in λ, S the variance at the
// noisiest level. Fritsch and Carlson, Monotone piecewise cubic interpolation, SIAM J. Numer. Anal. 17 (1980); slopes as
// in Fritsch and Butland, SIAM J. Sci. Stat. Comput. 5 (1984).

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

  /// One entry a level, in any order; of entries at the same λ, or the same but for rounding, the first counts. Negative
  /// variances are kept: an estimate may be. An error may be infinite: that of a single sample is. Throws
  /// std::invalid_argument for no entries, shapes that do not fit the form or each other, and variances that are not
  /// finite.
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
      require(variance.allFinite() && (error.array() >= Real(0)).all(), "variance table: at time ", level.time,
              " a variance is not finite, or an error negative or no number");
    }
    std::stable_sort(entries_.begin(), entries_.end(),
                     [](const auto& a, const auto& b) { return lambda(a.level) < lambda(b.level); });
    entries_.erase(std::unique(entries_.begin(), entries_.end(),
                               [](const auto& a, const auto& b) { return same(lambda(a.level), lambda(b.level)); }),
                   entries_.end());
    const double mean = double(numbers(entries_.front().variance).mean());
    largest_ = mean > 0 ? mean : 1;
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
  double operator()(const Level& t) const { return double(numbers(at(t)).mean()); }
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
  /// In the form of the table: 1 × 1, d × 1 or d × d. Of a covariance the diagonal is interpolated as that of a diagonal
  /// table, and the rest follows it so that it stays positive semidefinite.
  Matrix at(const Level& t) const {
    const double now = lambda(t);
    const Matrix& noisiest = entries_.front().variance;
    if (t.sigma == 0) return Matrix::Zero(noisiest.rows(), noisiest.cols());
    const double first = lambda(entries_.front().level), last = lambda(entries_.back().level);
    const double rounding = std::isinf(now) ? 0 : 1e-9 * (1 + std::fabs(now));
    require(now >= first - rounding && now <= last + rounding, "variance table: it covers lambda from ", first,
            " (time ", entries_.front().level.time, ") to ", last, " (time ", entries_.back().level.time,
            "), but is asked for time ", t.time, ", lambda = ", now, "; measure on levels that reach there");
    const auto after = std::upper_bound(entries_.begin(), entries_.end(), now,
                                        [](double at, const auto& entry) { return at < lambda(entry.level); });
    const auto next = std::size_t(after - entries_.begin());
    if (next == 0) return noisiest;
    const double left = lambda(entries_[next - 1].level);
    if (left == now || next == entries_.size()) return entries_[next - 1].variance;
    return between(next, now);
  }

 private:
  /// Of two λ; an infinite one is the same as itself alone.
  static bool same(double a, double b) {
    return a == b || (std::isfinite(a) && std::fabs(a - b) <= 1e-13 * (1 + std::fabs(a)));
  }
  /// The variances of the coordinates.
  static Eigen::Matrix<Real, Eigen::Dynamic, 1> numbers(const Matrix& variance) {
    if (variance.cols() == 1) return variance.col(0);
    return variance.diagonal();
  }

  /// Between entries next − 1 and next.
  Matrix between(std::size_t next, double now) const {
    const Entry &before = entries_[next - 1], &after = entries_[next];
    const double left = lambda(before.level), right = lambda(after.level);
    // An infinite end has no neighbourhood: towards it v (1/S + SNR) is that of the last finite level.
    const double share = std::isinf(right) ? 0 : std::isinf(left) ? 1 : (now - left) / (right - left);
    const auto weight = [&](double part, double at) {
      return Real(part == 0 ? 0 : part * (1 / largest_ + std::exp(2 * at)) / (1 / largest_ + std::exp(2 * now)));
    };
    Matrix v = weight(1 - share, left) * before.variance + weight(share, right) * after.variance;
    for (Eigen::Index j = 0; j < v.rows(); ++j) {
      const double log_p = log_precision_between(next, now, j);
      if (std::isnan(log_p)) continue;
      const double wanted = 1 / (std::exp(log_p) + std::exp(2 * now));
      if (form_ != VarianceForm::full) {
        v(j, 0) = Real(wanted);
        continue;
      }
      const double blended = double(v(j, j));
      const Real scale = Real(blended > 0 ? std::sqrt(wanted / blended) : 1);
      v.row(j) *= scale;
      v.col(j) *= scale;
    }
    return v;
  }
  /// ln p of a coordinate at an entry; NaN where it has none.
  double log_precision(std::size_t i, Eigen::Index j) const {
    const Entry& entry = entries_[i];
    const double v = double(entry.variance(j, form_ == VarianceForm::full ? j : 0)),
                 p = v > 0 ? 1 / v - std::exp(2 * lambda(entry.level)) : 0;
    return p > 0 && std::isfinite(p) ? std::log(p) : Level::unknown;
  }
  /// d ln p/dλ from entry i to the next; NaN where one has no p or λ is infinite.
  double secant(std::size_t i, Eigen::Index j) const {
    if (i + 1 >= entries_.size()) return Level::unknown;
    const double left = lambda(entries_[i].level), right = lambda(entries_[i + 1].level);
    if (std::isinf(left) || std::isinf(right)) return Level::unknown;
    return (log_precision(i + 1, j) - log_precision(i, j)) / (right - left);
  }
  /// The slope of the monotone cubic at entry i: a harmonic mean of the two secants, 0 where they differ in sign.
  double slope(std::size_t i, Eigen::Index j) const {
    const double before = i > 0 ? secant(i - 1, j) : Level::unknown, after = secant(i, j);
    if (std::isnan(before)) return after;
    if (std::isnan(after)) return before;
    if (before * after <= 0) return 0;
    const double left = lambda(entries_[i].level) - lambda(entries_[i - 1].level),
                 right = lambda(entries_[i + 1].level) - lambda(entries_[i].level);
    return 3 * (left + right) / ((2 * right + left) / before + (right + 2 * left) / after);
  }
  double log_precision_between(std::size_t next, double now, Eigen::Index j) const {
    const double left = lambda(entries_[next - 1].level), right = lambda(entries_[next].level);
    const double from = log_precision(next - 1, j), to = log_precision(next, j);
    if (std::isinf(left)) {  // from no signal at all, by the share of SNR
      const double part = std::isinf(right) ? 0 : std::exp(2 * (now - right));
      return std::isinf(right) ? from : from + part * (to - from);
    }
    if (std::isinf(right)) {  // onto the data: p a constant, as far as it is one, or as SNR
      const double before = next >= 2 ? secant(next - 2, j) : 0;
      return from + (std::isnan(before) ? 0 : std::clamp(before, 0.0, 2.0)) * (now - left);
    }
    const double width = right - left, u = (now - left) / width, rest = 1 - u;
    return from * (1 + 2 * u) * rest * rest + to * (1 + 2 * rest) * u * u +
           width * u * rest * (slope(next - 1, j) * rest - slope(next, j) * u);
  }
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
  double largest_;  // S
};

using VarianceTable = BasicVarianceTable<double>;

}  // namespace tweedie

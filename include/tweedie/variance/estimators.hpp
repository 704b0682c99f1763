#pragma once
// Var[x₀ | x_t] measured on data, once for each level: draw x₀ from the data and ε, make x_t, ask for x̂₀, and average
// one of
//   residual  (x₀ − x̂₀)(x₀ − x̂₀)ᵀ = (σ²/α²)(ε − ε̂)(ε − ε̂)ᵀ                                              [ADPM-9]
//   x0        (x₀ − m)(x₀ − m)ᵀ − (x̂₀ − m)(x̂₀ − m)ᵀ,  m any constant vector                                  [ADPM-2]
//   eps       (σ²/α²)(I − ε̂ε̂ᵀ)                                                                             [ADPM-3]
// of which the trace over d is the scalar form, and the diagonal the diagonal form.                                   [EXT-6]
// If x̂₀ = E[x₀ | x_t] all three have the mean Cov[x₀ | x_t]. If it is not, the residual's is the best variance of the
// sampler that uses this x̂₀, is never negative, and at no level is its error amplified; the other two are first order
// in the fault and may be negative. So it is the default. x0 cancels where there is little noise, eps is multiplied by
// σ²/α² where there is much; where there is little noise and the estimate is perfect, eps is the most precise.
// Bao et al., Analytic-DPM, arXiv:2201.06503v3, eq. 8, 9 and 15; Estimating the optimal covariance with imperfect mean,
// arXiv:2206.07309v2, theorem 3.

#include <optional>
#include <utility>

#include "../sample/estimate.hpp"
#include "../state/address.hpp"
#include "bounds.hpp"
#include "outer_mean.hpp"

namespace tweedie {

enum class VarianceEstimate {
  residual,
  x0,
  eps
};

struct Measuring {
  VarianceEstimate estimate = VarianceEstimate::residual;
  VarianceForm form = VarianceForm::scalar;  ///< full keeps 2d² numbers a level
  Eigen::VectorXd centre{};     ///< m of the x0 estimate, d; empty: 0. Near the mean of the data the error is least.
  std::optional<Range> data{};  ///< Where the data are said to lie: a sample outside is refused.
};

/// Data come batch by batch; memory does not depend on how many.
template <class Real>
class BasicVarianceEstimator {
 public:
  using Vector = Eigen::Matrix<Real, Eigen::Dynamic, 1>;
  using Matrix = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic>;

  /// The levels at which to measure, in any order. At σ = 0 the variance is 0, and the denoiser is not asked.
  /// Throws std::invalid_argument for no levels, and for the eps estimate at α = 0, where σ²/α² is infinite.
  explicit BasicVarianceEstimator(Grid levels, Measuring how = {})
      : levels_(std::move(levels)), how_(std::move(how)), means_(levels_.size(), detail::OuterMean<Real>(how_.form)) {
    require(!levels_.empty(), "variance: there are no levels at which to measure it");
    for (const Level& t : levels_) {
      lambda(t);  // refuses what is no level
      require(how_.estimate != VarianceEstimate::eps || t.alpha > 0, "variance: the eps estimate at time ", t.time,
              " is multiplied by sigma^2/alpha^2, infinite at alpha = 0; measure by the residual");
    }
  }

  /// Adds samples of the data, the columns of a matrix (last index of a tensor), at every level: one estimate a sample
  /// and level. Noise of level k is asked for as row address(Purpose::variance, k), so that Normals give each sample of
  /// the whole the same noise whatever the batches. Throws std::invalid_argument for an empty batch, another dimension than before and
  /// data outside their range, and adds nothing then. Where the denoiser throws, the levels before it have the batch,
  /// and the estimator is to be thrown away.
  template <class D, class X0, class Noise>
  void add(const D& denoise, const X0& x0, Noise&& noise) {
    const Plain<X0>& data = x0;
    check_data(data);
    using X = Plain<X0>;
    using Scalar = typename X::Scalar;
    X x = data, z, x0_hat;
    reshape(z, shape(data));
    for (std::size_t k = 0; k < levels_.size(); ++k) {
      const Level& t = levels_[k];
      if (t.sigma == 0) continue;
      draw(noise, z, address(Purpose::variance, std::int64_t(k)), Eigen::Index(count_));
      flat(x) = flat(data) * Scalar(t.alpha) + flat(z) * Scalar(t.sigma);
      estimate(denoise, x, t, k, x0_hat, "variance: level");
      gather(columns(data), columns(std::as_const(x)), columns(std::as_const(x0_hat)), k);
    }
    count_ += samples(data);
  }

  /// Samples so far.
  std::int64_t count() const { return count_; }
  /// The variances and their standard errors, which are infinite of a single sample. Throws before the first sample.
  BasicVarianceTable<Real> table() const {
    require(count_ > 0, "variance: there are no samples");
    const Eigen::Index rows = how_.form == VarianceForm::scalar ? 1 : dimension_,
                       cols = how_.form == VarianceForm::full ? dimension_ : 1;
    std::vector<typename BasicVarianceTable<Real>::Entry> entries;
    for (std::size_t k = 0; k < levels_.size(); ++k) {
      const Level& t = levels_[k];
      Matrix v = Matrix::Zero(rows, cols), error = v;
      if (t.sigma > 0) {
        v = means_[k].mean();
        error = means_[k].error();
      }
      if (how_.estimate == VarianceEstimate::eps) {  // (σ²/α²)(I − E ε̂ε̂ᵀ)
        const Real amplification = Real(largest_variance(t));
        if (how_.form == VarianceForm::full)
          v.diagonal().array() += Real(1);
        else
          v.array() += Real(1);
        v *= amplification;
        error *= amplification;
      }
      entries.push_back({t, v, error});
    }
    return BasicVarianceTable<Real>(how_.form, std::move(entries));
  }

 private:
  template <State X>
  void check_data(const X& data) {
    detail::check_measured<X>();
    require(data.size() > 0, "variance: the data are empty");
    const auto view = columns(data);
    require(count_ == 0 || view.rows() == dimension_, "variance: samples of dimension ", view.rows(),
            " cannot be added to samples of dimension ", dimension_);
    require(all_finite(data), "variance: the data have a value that is not finite");
    require(how_.centre.size() == 0 || how_.centre.size() == view.rows(), "variance: the centre has dimension ",
            how_.centre.size(), ", the data ", view.rows());
    if (how_.data) {
      const double lo = double(view.minCoeff()), hi = double(view.maxCoeff());
      require(lo >= how_.data->lo && hi <= how_.data->hi, "variance: the data reach from ", lo, " to ", hi,
              ", outside their stated range from ", how_.data->lo, " to ", how_.data->hi);
    }
    dimension_ = view.rows();
  }

  /// Adds a level's samples, in blocks of columns.
  template <class Samples, class States>
  void gather(const Samples& data, const States& x, const Samples& x0_hat, std::size_t k) {
    const Level& t = levels_[k];
    const Eigen::Index block = std::max<Eigen::Index>(64, 65536 / data.rows());
    const Matrix none;
    for (Eigen::Index first = 0; first < data.cols(); first += block) {
      const Eigen::Index n = std::min(block, data.cols() - first);
      const auto part = [first, n](const auto& all) -> Matrix {
        return all.middleCols(first, n).template cast<Real>();
      };
      switch (how_.estimate) {
        case VarianceEstimate::residual: {
          means_[k].add(part(data) - part(x0_hat), none);
          break;
        }
        case VarianceEstimate::x0: {
          Vector m = Vector::Zero(data.rows());
          if (how_.centre.size() > 0) m = how_.centre.template cast<Real>();
          means_[k].add(part(data).colwise() - m, part(x0_hat).colwise() - m);
          break;
        }
        case VarianceEstimate::eps: {
          means_[k].add(none, (part(x) - Real(t.alpha) * part(x0_hat)) / Real(t.sigma));
          break;
        }
      }
    }
  }

  Grid levels_;
  Measuring how_;
  std::vector<detail::OuterMean<Real>> means_;  // one a level
  std::int64_t count_ = 0;
  Eigen::Index dimension_ = 0;
};

using VarianceEstimator = BasicVarianceEstimator<double>;

/// Var[x₀ | x_t] at every level of `levels` from data, one sample a column (last index), measured in blocks.
///   with_variance(tabulate(DDPM{}, grid), measured_variance(denoise, data, grid, Normals{1}))
template <class D, class X0, class Noise>
VarianceTable measured_variance(const D& denoise, const X0& x0, const Grid& levels, Noise&& noise, Measuring how = {}) {
  const Plain<X0>& data = x0;
  require(data.size() > 0, "variance: the data are empty");
  VarianceEstimator estimator(levels, std::move(how));
  const auto view = columns(data);
  const Eigen::Index block = std::max<Eigen::Index>(16, 32768 / view.rows());
  if (view.cols() <= block) {
    estimator.add(denoise, data, noise);
    return estimator.table();
  }
  Plain<X0> part;
  auto extent = shape(data);
  for (Eigen::Index first = 0; first < view.cols(); first += block) {
    extent.back() = std::min(block, view.cols() - first);
    reshape(part, extent);
    columns(part) = view.middleCols(first, extent.back());
    estimator.add(denoise, part, noise);
  }
  return estimator.table();
}

}  // namespace tweedie

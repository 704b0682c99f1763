#pragma once
// A data set as the distribution: x₀ is one of N points with equal probability. With r_i ∝ exp(−‖x − αpᵢ‖²/2σ²),
//   E[x₀ | x] = Σ r_i pᵢ      ∇ log p_t(x) = (αE[x₀ | x] − x)/σ²      Cov[x₀ | x] = Σ r_i (pᵢ − m)(pᵢ − m)ᵀ
// It is what a network that memorises its training set computes.

#include <numbers>

#include "../schedule/level.hpp"
#include "choice.hpp"
#include "columns.hpp"
#include "orthogonal_columns.hpp"
#include "relative_logs.hpp"

namespace tweedie {

template <class Scalar_ = double>
class Empirical {
 public:
  using Scalar = Scalar_;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
  using Columns = Eigen::Ref<const Matrix>;

  /// points: d × N, one a column.
  explicit Empirical(Matrix points) : points_(std::move(points)) {
    require(points_.size() > 0, "Empirical: there are no points");
    require(points_.allFinite(), "Empirical: a point has a value that is not finite");
  }

  Eigen::Index dimension() const { return points_.rows(); }
  const Matrix& points() const { return points_; }

  /// E[x₀ | x], in the shape of x; at σ = 0 the nearest point, its limit.
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::mapped_columns<Scalar>(
        x, dimension(), "Empirical", [&](const Columns& y) -> Matrix { return points_ * responsibilities_of(y, t); });
  }
  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    out = (*this)(x, t);
  }
  /// ∇ log p_t at each sample, in the shape of x. Throws at σ = 0.
  template <class X>
  Plain<X> score(const X& x, const Level& t) const {
    check_noisy(t);
    return detail::mapped_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) -> Matrix {
      return (Scalar(t.alpha) * (points_ * responsibilities_of(y, t)) - y) / Scalar(t.sigma) / Scalar(t.sigma);
    });
  }
  /// log p_t at each sample, in nats. Throws at σ = 0, where there is no density.
  template <class X>
  Vector log_density(const X& x, const Level& t) const {
    check_noisy(t);
    const double constant = -std::log(double(points_.cols())) -
                            double(dimension()) * (std::log(t.sigma) + std::log(2 * std::numbers::pi) / 2);
    return detail::on_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) -> Vector {
      return (joint(y, t).log_total() + Wide(constant)).transpose().template cast<Scalar>();
    });
  }
  /// P(x₀ is point i | x_t = x), N × n.
  template <class X>
  Matrix responsibilities(const X& x, const Level& t) const {
    return detail::on_columns<Scalar>(x, dimension(), "Empirical",
                                      [&](const Columns& y) { return responsibilities_of(y, t); });
  }
  /// The diagonal of Cov[x₀ | x] for each sample, d × n.
  template <class X>
  Matrix variance(const X& x, const Level& t) const {
    return detail::on_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) {
      const Matrix r = responsibilities_of(y, t), mean = points_ * r;
      Matrix result(y.rows(), y.cols());
      for (Eigen::Index i = 0; i < y.cols(); ++i)
        result.col(i) = shared_offsets(mean.col(i), r.col(i)).rowwise().squaredNorm();
      return result;
    });
  }
  /// Cov[x₀ | x] of one sample, d × d.
  template <class X>
  Matrix covariance(const X& x, const Level& t) const {
    return detail::on_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) -> Matrix {
      require(y.cols() == 1, "Empirical: covariance is of one sample, but the state has ", y.cols());
      const Matrix r = responsibilities_of(y, t), offsets = shared_offsets((points_ * r).col(0), r.col(0));
      return offsets * offsets.transpose();
    });
  }
  /// Cov[x₀ | x] z for each sample, d × n, z in the shape of x: no matrix of d × d is made.
  template <class X>
  Matrix covariance_times(const X& x, const Level& t, const Columns& z) const {
    return detail::on_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) -> Matrix {
      detail::check_same_shape("Empirical", y, z);
      const Matrix r = responsibilities_of(y, t), mean = points_ * r;
      Matrix along = points_.transpose() * z;  // N × n: pᵢ·z, then rᵢ (pᵢ − m)·z
      const Matrix of_mean = mean.cwiseProduct(z).colwise().sum();
      along = r.cwiseProduct(along.rowwise() - of_mean.row(0));
      return points_ * along - mean * along.colwise().sum().asDiagonal();
    });
  }
  /// Samples first, first + 1, … drawn with replacement, d × n. Of Normals, sample i is the same whatever the batch.
  template <class Noise>
  Matrix draw(Eigen::Index n, Noise&& noise, Eigen::Index first = 0) const {
    const Eigen::ArrayXd u = detail::uniforms(noise, n, first);
    Matrix x(dimension(), n);
    for (Eigen::Index i = 0; i < n; ++i)
      x.col(i) = points_.col(std::min(points_.cols() - 1, Eigen::Index(u[i] * double(points_.cols()))));
    return x;
  }

 private:
  using Wide = detail::Decomposed<Scalar>;

  static void check_noisy(const Level& t) {
    require(t.sigma > 0, "Empirical: at sigma = 0 the points have no density");
  }

  /// √rᵢ (pᵢ − m), a column each: the covariance is their product.
  Matrix shared_offsets(const Vector& mean, const Vector& r) const {
    return (points_.colwise() - mean) * r.cwiseSqrt().asDiagonal();
  }
  /// ‖x − αpᵢ‖ for each i: by differences, because in ‖x‖² − 2αx·pᵢ + α²‖pᵢ‖² the small distances that matter cancel.
  detail::RelativeLogs<Wide> joint(const Columns& y, const Level& t) const {
    Eigen::ArrayXX<Wide> distances(points_.cols(), y.cols());
    for (Eigen::Index i = 0; i < y.cols(); ++i)
      for (Eigen::Index k = 0; k < points_.cols(); ++k)
        distances(k, i) = Wide(detail::stable_norm<Scalar>(y.col(i) - Scalar(t.alpha) * points_.col(k)));
    return {std::move(distances), Eigen::ArrayX<Wide>::Zero(points_.cols()), Wide(t.sigma)};
  }
  Matrix responsibilities_of(const Columns& y, const Level& t) const {
    return joint(y, t).shares().matrix().template cast<Scalar>();
  }

  Matrix points_;
};

template <class M>
Empirical(const Eigen::MatrixBase<M>&) -> Empirical<typename M::Scalar>;

}  // namespace tweedie

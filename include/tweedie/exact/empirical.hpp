#pragma once
// A data set as the distribution: x₀ is one of N points with equal probability. With r_i ∝ exp(−‖x − αpᵢ‖²/2σ²),
//   E[x₀ | x] = Σ r_i pᵢ      ∇ log p_t(x) = (αE[x₀ | x] − x)/σ²      Cov[x₀ | x] = Σ r_i (pᵢ − m)(pᵢ − m)ᵀ
// It is what a network that memorises its training set computes.

#include "gaussian.hpp"

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
      return (Scalar(t.alpha) * (points_ * responsibilities_of(y, t)) - y) / Scalar(t.sigma * t.sigma);
    });
  }
  /// log p_t at each sample, in nats. Throws at σ = 0, where there is no density.
  template <class X>
  Vector log_density(const X& x, const Level& t) const {
    check_noisy(t);
    const double constant = -std::log(double(points_.cols())) -
                            double(dimension()) / 2 * std::log(2 * std::numbers::pi * t.sigma * t.sigma);
    return detail::on_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) {
      Vector result(y.cols());
      for (Eigen::Index i = 0; i < y.cols(); ++i) {
        const Vector squares = squared_distances(y.col(i), t);
        const Scalar nearest = squares.minCoeff(), variance = Scalar(t.sigma * t.sigma);
        result[i] = std::log(((nearest - squares.array()) / (2 * variance)).exp().sum()) - nearest / (2 * variance) +
                    Scalar(constant);
      }
      return result;
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
        result.col(i) = (points_.colwise() - mean.col(i)).cwiseAbs2() * r.col(i);
      return result;
    });
  }
  /// Cov[x₀ | x] of one sample, d × d.
  template <class X>
  Matrix covariance(const X& x, const Level& t) const {
    return detail::on_columns<Scalar>(x, dimension(), "Empirical", [&](const Columns& y) -> Matrix {
      require(y.cols() == 1, "Empirical: covariance is of one sample, but the state has ", y.cols());
      const Matrix r = responsibilities_of(y, t);
      const Matrix centred = points_.colwise() - (points_ * r).col(0);
      return centred * r.col(0).asDiagonal() * centred.transpose();
    });
  }
  /// n points drawn with replacement, d × n.
  template <class Engine>
  Matrix draw(Eigen::Index n, Engine&& engine) const {
    static_assert(detail::Engine<Engine>, "tweedie: Empirical::draw takes a standard random engine");
    Matrix x(dimension(), n);
    for (Eigen::Index i = 0; i < n; ++i)
      x.col(i) = points_.col(Eigen::Index((0.5 + centred_uniform(detail::word(engine))) * double(points_.cols())));
    return x;
  }

 private:
  static void check_noisy(const Level& t) {
    require(t.sigma > 0, "Empirical: at sigma = 0 the points have no density");
  }

  /// ‖x − αpᵢ‖² for each i: by differences, because in ‖x‖² − 2αx·pᵢ + α²‖pᵢ‖² the small distances that matter cancel.
  Vector squared_distances(const Vector& x, const Level& t) const {
    Vector squares(points_.cols());
    for (Eigen::Index i = 0; i < points_.cols(); ++i) squares[i] = (x - Scalar(t.alpha) * points_.col(i)).squaredNorm();
    return squares;
  }
  Matrix responsibilities_of(const Columns& y, const Level& t) const {
    Matrix r(points_.cols(), y.cols());
    for (Eigen::Index i = 0; i < y.cols(); ++i) {
      const Vector squares = squared_distances(y.col(i), t);
      const Scalar nearest = squares.minCoeff();
      if (t.sigma == 0)
        r.col(i) = (squares.array() == nearest).template cast<Scalar>();
      else
        r.col(i) = ((nearest - squares.array()) / Scalar(2 * t.sigma * t.sigma)).exp();
      r.col(i) /= r.col(i).sum();
    }
    return r;
  }

  Matrix points_;
};

template <class M>
Empirical(const Eigen::MatrixBase<M>&) -> Empirical<typename M::Scalar>;

}  // namespace tweedie

#pragma once
// Gaussian data, x₀ ~ N(μ, S), for which everything has a closed form. With C = α²S + σ²I, x_t ~ N(αμ, C) and
//   E[x₀ | x] = μ + αS C⁻¹ (x − αμ)      ∇ log p_t(x) = −C⁻¹ (x − αμ)      Cov[x₀ | x] = σ²S C⁻¹            [OR-1]
// All are functions of S, so each is one function of its eigenvalues v; that of C is c = s², s = √(α²v + σ²). Written
// with s they hold in any units of the data: no square of a level, and none of a state, need be a number.

#include <numbers>

#include "../schedule/level.hpp"
#include "../state/noise.hpp"
#include "columns.hpp"
#include "covariance.hpp"

namespace tweedie {

template <class Scalar_ = double>
class Gaussian {
 public:
  using Scalar = Scalar_;
  using Matrix = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
  using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
  using Columns = Eigen::Ref<const Matrix>;

  /// Throws std::invalid_argument for a covariance that is not positive definite, or of another dimension.
  Gaussian(Vector mean, Covariance<Scalar> covariance) : mean_(std::move(mean)), covariance_(std::move(covariance)) {
    require(mean_.size() == covariance_.dimension(), "Gaussian: the mean has dimension ", mean_.size(),
            ", the covariance ", covariance_.dimension());
    require(mean_.allFinite(), "Gaussian: the mean has a value that is not finite");
  }

  template <class Other>
  Gaussian<Other> cast() const {
    return {mean_.template cast<Other>(), covariance_.template cast<Other>()};
  }

  Eigen::Index dimension() const { return mean_.size(); }
  const Vector& mean() const { return mean_; }
  const Covariance<Scalar>& covariance() const { return covariance_; }

  /// The law of x_t, N(αμ, α²S + σ²I).
  Gaussian marginal(const Level& t) const;

  /// E[x₀ | x], in the shape of x.
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const;
  template <State X>
  void operator()(const X& x, const Level& t, X& out) const;
  /// ∇ log p_t at each sample, in the shape of x. Throws where p_t has no density.
  template <class X>
  Plain<X> score(const X& x, const Level& t) const;
  /// log p_t at each sample, in nats.
  template <class X>
  Vector log_density(const X& x, const Level& t = clean) const;
  /// The diagonal of Cov[x₀ | x] for each sample, d × n.
  template <class X>
  Matrix variance(const X& x, const Level& t) const;
  /// Tells FullCovariance that covariance(x, t) is the same for every x.
  static constexpr bool covariance_of_level = true;
  /// Cov[x₀ | x], d × d; it is the same for every x.
  template <class X>
  Matrix covariance(const X& x, const Level& t) const;
  /// Cov[x₀ | x] z for each sample, d × n, z in the shape of x: O(dr) work for a covariance of rank r and rest.
  template <class X>
  Matrix covariance_times(const X& x, const Level& t, const Columns& z) const;
  /// Samples first, first + 1, … of x₀, d × n. The noise has the address of Purpose::draw, so that Normals of one seed
  /// serve the prior as well; they make sample i the same whatever the batch.
  template <class Noise>
  Matrix draw(Eigen::Index n, Noise&& noise, Eigen::Index first = 0) const;

  // The same formulas on a matrix of columns, for what is made of Gaussians.

  Matrix posterior_mean(const Columns& y, const Level& t) const;
  Matrix score_of(const Columns& y, const Level& t) const;
  Vector log_density_of(const Columns& y, const Level& t) const;
  Vector posterior_variances(const Level& t) const { return covariance_.diagonal_of(posterior_eigenvalue(t)); }
  Matrix posterior_covariance(const Level& t) const { return covariance_.map(posterior_eigenvalue(t)).matrix(); }
  Matrix posterior_times(const Level& t, const Columns& z) const {
    return covariance_.apply(posterior_eigenvalue(t), z);
  }

  // log p_t(x) = log_normaliser − distance²/2. The distance ‖C^(−½) (x − αμ)‖ is finite where its square is not.

  Vector distances(const Columns& y, const Level& t) const;
  detail::Decomposed<Scalar> log_normaliser(const Level& t) const;

 private:
  static Scalar deviation(Scalar v, const Level& t) {  // s
    return detail::hypotenuse(Scalar(t.alpha) * Scalar(std::sqrt(v)), Scalar(t.sigma));
  }
  Scalar smallest_deviation(const Level& t) const {
    const Scalar s = deviation(covariance_.smallest(), t);
    require(s > 0, "Gaussian: at alpha = ", t.alpha, " and sigma = ", t.sigma,
            " it is concentrated on a subspace and has no density");
    return s;
  }
  static auto posterior_eigenvalue(const Level& t) {  // σ²v/c
    return [&t](Scalar v) {
      const Scalar ratio = v == 0 ? Scalar(0) : Scalar(t.sigma) / deviation(v, t);
      return ratio * ratio * v;
    };
  }
  Matrix centred(const Columns& y, const Level& t) const { return y.colwise() - Scalar(t.alpha) * mean_; }

  Vector mean_;
  Covariance<Scalar> covariance_;
};

// What is costly to instantiate is not inline, so that `extern template` spares a file the work.

template <class Scalar_>
auto Gaussian<Scalar_>::marginal(const Level& t) const -> Gaussian {
  return Gaussian(Scalar(t.alpha) * mean_, covariance_.map([&](Scalar v) {
    const Scalar s = deviation(v, t);
    return s * s;
  }));
}

template <class Scalar_>
template <class X>
auto Gaussian<Scalar_>::operator()(const X& x, const Level& t) const -> Plain<X> {
  return detail::mapped_columns<Scalar>(x, dimension(), "Gaussian",
                                        [&](const Columns& y) { return posterior_mean(y, t); });
}

template <class Scalar_>
template <State X>
void Gaussian<Scalar_>::operator()(const X& x, const Level& t, X& out) const {
  out = (*this)(x, t);
}

template <class Scalar_>
template <class X>
auto Gaussian<Scalar_>::score(const X& x, const Level& t) const -> Plain<X> {
  return detail::mapped_columns<Scalar>(x, dimension(), "Gaussian", [&](const Columns& y) { return score_of(y, t); });
}

template <class Scalar_>
template <class X>
auto Gaussian<Scalar_>::log_density(const X& x, const Level& t) const -> Vector {
  return detail::on_columns<Scalar>(x, dimension(), "Gaussian", [&](const Columns& y) { return log_density_of(y, t); });
}

template <class Scalar_>
template <class X>
auto Gaussian<Scalar_>::variance(const X& x, const Level& t) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "Gaussian", [&](const Columns& y) -> Matrix {
    return posterior_variances(t).replicate(1, y.cols());
  });
}

template <class Scalar_>
template <class X>
auto Gaussian<Scalar_>::covariance(const X& x, const Level& t) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "Gaussian",
                                    [&](const Columns&) { return posterior_covariance(t); });
}

template <class Scalar_>
template <class X>
auto Gaussian<Scalar_>::covariance_times(const X& x, const Level& t, const Columns& z) const -> Matrix {
  return detail::on_columns<Scalar>(x, dimension(), "Gaussian", [&](const Columns& y) {
    detail::check_same_shape("Gaussian", y, z);
    return posterior_times(t, z);
  });
}

template <class Scalar_>
template <class Noise>
auto Gaussian<Scalar_>::draw(Eigen::Index n, Noise&& noise, Eigen::Index first) const -> Matrix {
  Matrix z(dimension(), n);
  tweedie::draw(noise, z, address(Purpose::draw), first);
  return covariance_.apply([](Scalar v) { return std::sqrt(v); }, z).colwise() + mean_;
}

template <class Scalar_>
auto Gaussian<Scalar_>::posterior_mean(const Columns& y, const Level& t) const -> Matrix {
  const auto gain = [&](Scalar v) {  // αv/c
    if (v == 0) return Scalar(0);
    const Scalar share = std::sqrt(v) / deviation(v, t);
    return Scalar(t.alpha) * share * share;
  };
  return covariance_.apply(gain, centred(y, t)).colwise() + mean_;
}

template <class Scalar_>
auto Gaussian<Scalar_>::score_of(const Columns& y, const Level& t) const -> Matrix {
  const Scalar least = smallest_deviation(t);
  const auto relative = [&](Scalar v) {
    const Scalar ratio = least / deviation(v, t);
    return ratio * ratio;
  };
  return covariance_.apply(relative, -centred(y, t) / least) / least;
}

template <class Scalar_>
auto Gaussian<Scalar_>::distances(const Columns& y, const Level& t) const -> Vector {
  const Scalar least = smallest_deviation(t);
  return covariance_.norm([&](Scalar v) { return least / deviation(v, t); }, centred(y, t) / least);
}

template <class Scalar_>
auto Gaussian<Scalar_>::log_normaliser(const Level& t) const -> detail::Decomposed<Scalar> {
  using Wide = detail::Decomposed<Scalar>;
  smallest_deviation(t);
  return -covariance_.trace([&](Scalar v) { return Wide(std::log(Wide(deviation(v, t)))); }) -
         Wide(dimension()) * Wide(std::log(2 * std::numbers::pi) / 2);
}

template <class Scalar_>
auto Gaussian<Scalar_>::log_density_of(const Columns& y, const Level& t) const -> Vector {
  using Wide = detail::Decomposed<Scalar>;
  return (log_normaliser(t) - distances(y, t).template cast<Wide>().array().square() / 2).template cast<Scalar>();
}

template <class M, class C>
Gaussian(const Eigen::MatrixBase<M>&, const Eigen::MatrixBase<C>&) -> Gaussian<typename M::Scalar>;
template <class M, class Scalar>
Gaussian(const Eigen::MatrixBase<M>&, const Covariance<Scalar>&) -> Gaussian<Scalar>;

}  // namespace tweedie

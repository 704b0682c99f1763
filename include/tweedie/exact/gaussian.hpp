#pragma once
// Gaussian data, x₀ ~ N(μ, S), for which everything has a closed form. With C = α²S + σ²I, x_t ~ N(αμ, C) and
//   E[x₀ | x] = μ + αS C⁻¹ (x − αμ)      ∇ log p_t(x) = −C⁻¹ (x − αμ)      Cov[x₀ | x] = σ²S C⁻¹            [OR-1]
// All are functions of S, so each is one function of its eigenvalues v; that of C is c = α²v + σ².

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
  /// n samples of x₀, d × n. The noise has the address of Purpose::draw, so that Normals of one seed serve the prior as well.
  template <class Noise>
  Matrix draw(Eigen::Index n, Noise&& noise) const;

  // The same formulas on a matrix of columns, for what is made of Gaussians.

  Matrix posterior_mean(const Columns& y, const Level& t) const;
  Matrix score_of(const Columns& y, const Level& t) const;
  Vector log_density_of(const Columns& y, const Level& t) const;
  Vector posterior_variances(const Level& t) const { return covariance_.diagonal_of(posterior_eigenvalue(t)); }
  Matrix posterior_covariance(const Level& t) const { return covariance_.map(posterior_eigenvalue(t)).matrix(); }

 private:
  static Scalar noisy(Scalar v, const Level& t) {
    return Scalar(t.alpha * t.alpha) * v + Scalar(t.sigma * t.sigma);
  }  // c
  static Scalar positive(Scalar c, const Level& t) {
    require(c > 0, "Gaussian: at alpha = ", t.alpha, " and sigma = ", t.sigma,
            " it is concentrated on a subspace and has no density");
    return c;
  }
  static auto posterior_eigenvalue(const Level& t) {  // σ²v/c
    return [&t](Scalar v) { return v == 0 ? Scalar(0) : Scalar(t.sigma * t.sigma) * v / noisy(v, t); };
  }
  Matrix centred(const Columns& y, const Level& t) const { return y.colwise() - Scalar(t.alpha) * mean_; }

  Vector mean_;
  Covariance<Scalar> covariance_;
};

// What is costly to instantiate is not inline, so that `extern template` spares a file the work.

template <class Scalar_>
auto Gaussian<Scalar_>::marginal(const Level& t) const -> Gaussian {
  return Gaussian(Scalar(t.alpha) * mean_, covariance_.map([&](Scalar v) { return noisy(v, t); }));
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
template <class Noise>
auto Gaussian<Scalar_>::draw(Eigen::Index n, Noise&& noise) const -> Matrix {
  Matrix z(dimension(), n);
  tweedie::draw(noise, z, address(Purpose::draw));
  return covariance_.apply([](Scalar v) { return std::sqrt(v); }, z).colwise() + mean_;
}

template <class Scalar_>
auto Gaussian<Scalar_>::posterior_mean(const Columns& y, const Level& t) const -> Matrix {
  return covariance_
             .apply([&](Scalar v) { return v == 0 ? Scalar(0) : Scalar(t.alpha) * v / noisy(v, t); }, centred(y, t))
             .colwise() +
         mean_;
}

template <class Scalar_>
auto Gaussian<Scalar_>::score_of(const Columns& y, const Level& t) const -> Matrix {
  return covariance_.apply([&](Scalar v) { return -1 / positive(noisy(v, t), t); }, centred(y, t));
}

template <class Scalar_>
auto Gaussian<Scalar_>::log_density_of(const Columns& y, const Level& t) const -> Vector {
  const Scalar log_determinant = covariance_.trace([&](Scalar v) { return std::log(positive(noisy(v, t), t)); });
  const Vector squares = covariance_.quadratic([&](Scalar v) { return 1 / noisy(v, t); }, centred(y, t));
  return (squares.array() + log_determinant + Scalar(dimension()) * Scalar(std::log(2 * std::numbers::pi))) *
         Scalar(-0.5);
}

template <class M, class C>
Gaussian(const Eigen::MatrixBase<M>&, const Eigen::MatrixBase<C>&) -> Gaussian<typename M::Scalar>;
template <class M, class Scalar>
Gaussian(const Eigen::MatrixBase<M>&, const Covariance<Scalar>&) -> Gaussian<Scalar>;

}  // namespace tweedie

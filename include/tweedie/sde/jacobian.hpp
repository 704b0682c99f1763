#pragma once
// Products of a Jacobian with vectors, product(x, level, z) → (∂f/∂x) z for each sample, which is what automatic
// differentiation gives forwards (jvp) and all that divergences are made of. A user's own is such a callable; for those
// who have none:
//   difference_product(f)         [f(x + hz) − f(x − hz)]/(2h), two evaluations
//   covariance_product(model)     exact models: ∂x̂₀/∂x = (α/σ²) Cov[x₀ | x]                                       [SDE-12]
// From left to right the same identity is Tweedie's formula of second order: tweedie_covariance. What guides through an
// estimate wants (∂f/∂x)ᵀ u, backwards (vjp), and calls it a pullback: for these two, whose Jacobian is symmetric where
// the denoiser is perfect, it is the same.

#include "../denoiser/denoiser.hpp"

namespace tweedie {

/// Central differences of f(x, level) along z. The step moves that coordinate of a sample the most in which z is
/// largest, by h = relative_step·σ, so that the product is linear in the units of z, and 0 for z = 0. 0 stands for
/// (rounding·max(1, |x|/σ))^(1/3), which balances the two errors, (h/σ)² of f/σ and rounding·|x|/h: of both some 10⁻¹⁰
/// remain in double at |x| ~ σ, in float 0.3 % at |x| = 1000σ.
template <class F>
auto difference_product(F f, double relative_step = 0) {
  require(relative_step >= 0 && std::isfinite(relative_step), "difference_product: relative_step = ", relative_step,
          " must be positive, or 0 for the default");
  return [f = std::move(f), relative_step](const auto& x, const Level& t, const auto& z) {
    using X = std::remove_cvref_t<decltype(x)>;
    using Scalar = typename X::Scalar;
    require(t.sigma > 0, "difference_product at time ", t.time, ": its step is in units of sigma, which is 0");
    const Plain<decltype(z)> direction = z;
    require(shape(direction) == shape(x), "difference_product: z has the shape ", shape(direction), " for a state of ",
            shape(x));
    X up = x, down = x, f_up = x, f_down = x;
    const auto along = columns(direction);
    using Steps = Eigen::Array<Scalar, Eigen::Dynamic, 1>;
    Steps largest = Steps::Zero(samples(x)), h = Steps::Ones(samples(x));
    for (Eigen::Index i = 0; i < samples(x); ++i) {
      largest[i] = along.col(i).cwiseAbs().maxCoeff();
      if (!(largest[i] > Scalar(0))) continue;
      const double size = double(columns(x).col(i).cwiseAbs().maxCoeff()) / t.sigma;
      const double rounding = double(std::numeric_limits<Scalar>::epsilon());
      h[i] = Scalar((relative_step > 0 ? relative_step : std::cbrt(rounding * std::max(1.0, size))) * t.sigma);
      columns(up).col(i) += along.col(i) / largest[i] * h[i];
      columns(down).col(i) -= along.col(i) / largest[i] * h[i];
    }
    denoised(f, up, t, f_up);
    denoised(f, down, t, f_down);
    for (Eigen::Index i = 0; i < samples(x); ++i)
      columns(f_up).col(i) = (columns(f_up).col(i) - columns(f_down).col(i)) / (Scalar(2) * h[i]) * largest[i];
    return f_up;
  };
}

/// Of an exact model, or of one with a member covariance(x, level), x one sample, in the place of covariance_times. The
/// model is copied; std::cref(model) is not.
template <class Model>
auto covariance_product(Model model) {
  return [model = std::move(model)](const auto& x, const Level& t, const auto& z) {
    using X = std::remove_cvref_t<decltype(x)>;
    using Scalar = typename X::Scalar;
    using Vector = Eigen::Matrix<Scalar, Eigen::Dynamic, 1>;
    require(t.sigma > 0, "covariance_product at time ", t.time,
            ": (alpha/sigma^2) Cov[x0 | x] has no value at sigma = 0");
    const auto& given = detail::unwrapped(model);
    using Given = std::remove_cvref_t<decltype(given)>;
    X out = x;
    if constexpr (requires {
                    typename Given::Scalar;
                    given.covariance_times(x, t, Eigen::MatrixX<typename Given::Scalar>());
                  }) {
      const Eigen::MatrixX<typename Given::Scalar> along = columns(z).template cast<typename Given::Scalar>();
      columns(out) = given.covariance_times(x, t, along).template cast<Scalar>();
    } else {
      for (Eigen::Index i = 0; i < samples(x); ++i) {
        const Vector one = columns(x).col(i);
        columns(out).col(i) = given.covariance(one, t).template cast<Scalar>() * Vector(columns(z).col(i));
      }
    }
    flat(out) *= Scalar(t.alpha / t.sigma / t.sigma);
    return out;
  };
}

/// The whole Jacobian at one sample, d × d, by d products.
template <class Product, class X0>
auto jacobian(const Product& product, const X0& x0, const Level& t) {
  using X = Plain<X0>;
  const X x = x0;
  require(samples(x) == 1, "jacobian: it is of one sample, but the state has ", samples(x));
  const Eigen::Index d = columns(x).rows();
  Eigen::Matrix<typename X::Scalar, Eigen::Dynamic, Eigen::Dynamic> J(d, d);
  X unit = x;
  for (Eigen::Index j = 0; j < d; ++j) {
    flat(unit).setZero();
    columns(unit)(j, 0) = 1;
    detail::check_returned<decltype(product(x, t, unit)), X>();
    const X column = product(x, t, unit);
    J.col(j) = columns(column).col(0);
  }
  return J;
}

/// Cov[x₀ | x] = (σ²/α) ∂x̂₀/∂x = (σ²/α²)(I + σ² ∇² log p_t(x)) at one sample, d × d, from the products of a denoiser.
/// [SDE-12] Throws where α = 0.
template <class Product, class X0>
auto tweedie_covariance(const Product& product, const X0& x, const Level& t) {
  require(t.alpha > 0, "Tweedie at time ", t.time, ": alpha = 0, where the state tells nothing of the data");
  auto J = jacobian(product, x, t);
  J *= typename Plain<X0>::Scalar(t.sigma * t.sigma / t.alpha);
  return J;
}

}  // namespace tweedie

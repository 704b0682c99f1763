#pragma once
// Denoisers for a linear measurement y = A x₀ + noise·n. If x₀ | x_t were N(x̂₀, V), Gaussian data being the case where
// it is, then
//   E[x₀ | x_t, y] = x̂₀ + V Aᵀ u,   (A V Aᵀ + noise² I) u = y − A x̂₀                                              [CG-2]
// and (σ²/α) J, J = ∂x̂₀/∂x, is the V of a perfect denoiser [SDE-12]. The published methods are this with one V on the
// left and another inside:
//   mmps      left (σ²/α) Jᵀ    inside the same, solved by a few products    moment matching posterior sampling
//   tmpd      left (σ²/α) Jᵀ    inside diag(A V Aᵀ 1), two products          Tweedie moment projected diffusion
//   pigdm     left (σ²/α) Jᵀ    inside v I, v = σ²/(α² + σ²), one product    pseudoinverse guidance, ΠGDM
//   diffpir   v I on both sides, v = σ²/(λα²), no product                    DiffPIR
// Rozet et al., arXiv:2405.13712v5, section 4.2; Boys et al., arXiv:2310.06721v3; Song et al., Pseudoinverse-guided
// diffusion models, ICLR 2023, eq. 7; Zhu et al., arXiv:2305.08995v1, eq. 10 to 12. What each assumes and where it
// breaks: docs/inverse_problems.md.

#include "krylov.hpp"
#include "linear_measurement.hpp"
#include "through_estimate.hpp"

namespace tweedie {

namespace detail {

/// The samples of a state as columns of double, and back.
template <State X>
Eigen::MatrixXd in_double(const X& x) {
  return columns(x).template cast<double>();
}
template <State X>
X like(const X& x, const Eigen::MatrixXd& numbers) {
  X out = x;
  columns(out) = numbers.cast<typename X::Scalar>();
  return out;
}

/// (σ²/α) Jᵀ z for columns z.
template <State X, class Pullback>
Eigen::MatrixXd jacobian_covariance(const char* what, const Pullback& pullback, const X& x, const Level& t,
                                    const Eigen::MatrixXd& z) {
  return in_double(covariance_times(what, pullback, x, t, like(x, z)));
}

/// Aᵀ u of (v A Aᵀ + noise² I) u = b, one v for all: the least squares of A z = b with noise²/v for the square of z, over
/// v. It asks no denoiser, so it is solved to rounding.
template <class Real>
Eigen::MatrixX<Real> isotropic_pull(const BasicLinearMeasurement<Real>& y, double v, const Eigen::MatrixX<Real>& b) {
  return least_squares<Real>([&](const Eigen::MatrixX<Real>& x) { return y.forward(x); },
                             [&](const Eigen::MatrixX<Real>& u) { return y.adjoint(u); }, b,
                             Real(y.noise() / std::sqrt(v))) /
         Real(v);
}

/// A shift that is made of a measurement: whether the two fit is told before the denoiser is asked.
template <class Shift>
struct MeasuredShift {
  LinearMeasurement y;
  Shift shift;

  template <State X>
  void check(const X& x) const {
    y.check(columns(x).rows(), samples(x));
  }
  template <State X>
  X operator()(const X& x, const Level& t, const X& x0) const {
    return like(x, shift(y, x, t, y.residual(in_double(x0))));
  }
};
template <class D, class Shift>
auto measured(D denoise, const char* what, LinearMeasurement y, Shift shift) {
  return shifted(std::move(denoise), MeasuredShift<Shift>{std::move(y), std::move(shift)}, 1, what);
}

}  // namespace detail

/// σ²/(α² + σ²): Var[x₀ | x_t] of data N(0, I).
inline double standard_posterior_variance(const Level& t) {
  return t.sigma * t.sigma / (t.alpha * t.alpha + t.sigma * t.sigma);
}

/// How MMPS solves its system.
enum class Solver {
  conjugate_gradients,  ///< for a J that is symmetric and positive, as exact denoisers have
  gmres                 ///< for any J
};

/// Moment matching posterior sampling: V from the Jacobian on both sides. Exact for Gaussian data when `iterations`
/// reaches the number of different eigenvalues of A V Aᵀ, m at most; 1 to 5 is usual. What no x₀ explains of y, rows of A
/// being dependent, pulls nowhere.
///   pullback   (x, level, u) → Jᵀ u, as of clean_classifier
template <class D, class Pullback>
auto mmps(D denoise, LinearMeasurement measurement, Pullback pullback, int iterations = 1,
          Solver solver = Solver::conjugate_gradients) {
  require(iterations >= 1, "mmps: iterations = ", iterations, ", but must be at least 1");
  return detail::measured(
      std::move(denoise), "mmps", std::move(measurement),
      [pullback = std::move(pullback), iterations, solver](const auto& y, const auto& x, const Level& t,
                                                           const Eigen::MatrixXd& r) -> Eigen::MatrixXd {
        const double unit = y.unit(), noise2 = (y.noise() / unit) * (y.noise() / unit);
        const auto pull = [&](const Eigen::MatrixXd& z) -> Eigen::MatrixXd {  // V Aᵀ z
          return detail::jacobian_covariance("mmps", pullback, x, t, y.adjoint(z) / unit);
        };
        const auto K = [&](const Eigen::MatrixXd& z) -> Eigen::MatrixXd { return y.forward(pull(z)) / unit; };
        const Eigen::MatrixXd b = r / unit;
        constexpr double tolerance = 500 * std::numeric_limits<double>::epsilon();
        return pull(solver == Solver::gmres ? gmres(K, b, iterations, tolerance, noise2)
                                            : conjugate_gradients(K, b, iterations, tolerance, noise2));
      });
}

/// Tweedie moment projected diffusion: A V Aᵀ by the sums of its rows. Throws std::domain_error where one of them plus
/// noise² is not positive.
template <class D, class Pullback>
auto tmpd(D denoise, LinearMeasurement measurement, Pullback pullback) {
  return detail::measured(
      std::move(denoise), "tmpd", std::move(measurement),
      [pullback = std::move(pullback)](const auto& y, const auto& x, const Level& t,
                                       const Eigen::MatrixXd& r) -> Eigen::MatrixXd {
        const double unit = y.unit(), noise2 = (y.noise() / unit) * (y.noise() / unit);
        const auto pull = [&](const Eigen::MatrixXd& z) -> Eigen::MatrixXd {  // V Aᵀ z
          return detail::jacobian_covariance("tmpd", pullback, x, t, y.adjoint(z) / unit);
        };
        const Eigen::MatrixXd sums =
            (y.forward(pull(Eigen::MatrixXd::Ones(r.rows(), r.cols()))) / unit).array() + noise2;
        if (!(sums.minCoeff() > 0))
          throw std::domain_error(sentence("tmpd: at time ", t.time, " a row of A V A^T + noise^2 I sums to ",
                                           sums.minCoeff() * unit * unit, ", but must be positive"));
        return pull((r / unit).cwiseQuotient(sums));
      });
}

/// Pseudoinverse guidance as an estimate: one variance(level) > 0 for all of x₀ inside. With noise = 0 it is guided to
/// the least squares of A x₀ = y that are nearest. The published sampler, which adds another multiple of the same
/// gradient to a step of DDIM, is PseudoinverseGuidance.
template <class D, class Pullback>
auto pigdm(D denoise, LinearMeasurement measurement, Pullback pullback,
           NumberOf<const Level&> variance = standard_posterior_variance) {
  told(variance, "pigdm: its variance", "a number, or a function of the level");
  return detail::measured(
      std::move(denoise), "pigdm", std::move(measurement),
      [pullback = std::move(pullback), variance = std::move(variance)](const auto& y, const auto& x, const Level& t,
                                                                       const Eigen::MatrixXd& r) -> Eigen::MatrixXd {
        const double v = variance(t);
        require(v > 0 && std::isfinite(v), "pigdm: at time ", t.time, " its variance is ", v,
                ", but must be finite and positive");
        return detail::jacobian_covariance("pigdm", pullback, x, t, detail::isotropic_pull(y, v, r));
      });
}

/// DiffPIR: the point nearest to x̂₀ and to the measurement, argmin ‖y − A x‖²/noise² + (λα²/σ²)‖x − x̂₀‖². No
/// Jacobian. lambda > 0. The published choices are 7 to 9 (8 for super-resolution), for which x̂₀ is trusted more than
/// the noise says.
template <class D>
auto diffpir(D denoise, LinearMeasurement measurement, double lambda = 8) {
  require(lambda > 0 && std::isfinite(lambda), "diffpir: lambda = ", lambda, " must be finite and positive");
  return detail::measured(
      std::move(denoise), "diffpir", std::move(measurement),
      [lambda](const auto& y, const auto&, const Level& t, const Eigen::MatrixXd& r) -> Eigen::MatrixXd {
        const double v = t.sigma / t.alpha * (t.sigma / t.alpha) / lambda;
        return v * detail::isotropic_pull(y, v, r);
      });
}

}  // namespace tweedie

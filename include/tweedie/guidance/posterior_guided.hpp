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
template <State X, class Product>
Eigen::MatrixXd jacobian_covariance(const char* what, const Product& product, const X& x, const Level& t,
                                    const Eigen::MatrixXd& z) {
  return in_double(covariance_times(what, product, x, t, like(x, z)));
}

/// u of (v A Aᵀ + noise² I) u = b, one v for all. It asks no denoiser, so it is solved to rounding.
template <class Real>
Eigen::MatrixX<Real> isotropic_solve(const BasicLinearMeasurement<Real>& y, double v, const Eigen::MatrixX<Real>& b) {
  const auto K = [&](const Eigen::MatrixX<Real>& z) -> Eigen::MatrixX<Real> {
    return v * y.forward(y.adjoint(z)) + y.variance() * z;
  };
  return conjugate_gradients<Real>(K, b, 10 * int(b.rows()) + 10);
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
/// reaches the number of different eigenvalues of A V Aᵀ, m at most; 1 to 5 is usual.
///   product   (x, level, u) → Jᵀ u, as of clean_classifier
template <class D, class Product>
auto mmps(D denoise, LinearMeasurement measurement, Product product, int iterations = 1,
          Solver solver = Solver::conjugate_gradients) {
  require(iterations >= 1, "mmps: iterations = ", iterations, ", but must be at least 1");
  return detail::shifted(
      std::move(denoise), "mmps", 1,
      [y = std::move(measurement), product = std::move(product), iterations, solver](const auto& x, const Level& t,
                                                                                     const auto& x0) {
        const auto V = [&](const Eigen::MatrixXd& z) { return detail::jacobian_covariance("mmps", product, x, t, z); };
        const auto K = [&](const Eigen::MatrixXd& z) -> Eigen::MatrixXd {
          return y.forward(V(y.adjoint(z))) + y.variance() * z;
        };
        const Eigen::MatrixXd b = y.residual(detail::in_double(x0));
        const Eigen::MatrixXd u =
            solver == Solver::gmres ? gmres(K, b, iterations) : conjugate_gradients(K, b, iterations);
        return detail::like(x, V(y.adjoint(u)));
      });
}

/// Tweedie moment projected diffusion: A V Aᵀ by the sums of its rows. Throws std::domain_error where one of them plus
/// noise² is not positive.
template <class D, class Product>
auto tmpd(D denoise, LinearMeasurement measurement, Product product) {
  return detail::shifted(
      std::move(denoise), "tmpd", 1,
      [y = std::move(measurement), product = std::move(product)](const auto& x, const Level& t, const auto& x0) {
        const auto V = [&](const Eigen::MatrixXd& z) { return detail::jacobian_covariance("tmpd", product, x, t, z); };
        const Eigen::MatrixXd b = y.residual(detail::in_double(x0));
        const Eigen::MatrixXd sums =
            y.forward(V(y.adjoint(Eigen::MatrixXd::Ones(b.rows(), b.cols())))).array() + y.variance();
        if (!(sums.minCoeff() > 0))
          throw std::domain_error(sentence("tmpd: at time ", t.time, " a row of A V A^T + noise^2 I sums to ",
                                           sums.minCoeff(), ", but must be positive"));
        return detail::like(x, V(y.adjoint(b.cwiseQuotient(sums))));
      });
}

/// Pseudoinverse guidance as an estimate: one variance(level) > 0 for all of x₀ inside. With noise = 0 the rows of A
/// must be independent. The published sampler, which adds another multiple of the same gradient to a step of DDIM, is
/// PseudoinverseGuidance.
template <class D, class Product>
auto pigdm(D denoise, LinearMeasurement measurement, Product product,
           NumberOf<const Level&> variance = standard_posterior_variance) {
  told(variance, "pigdm: its variance", "a number, or a function of the level");
  return detail::shifted(std::move(denoise), "pigdm", 1,
                         [y = std::move(measurement), product = std::move(product), variance = std::move(variance)](
                             const auto& x, const Level& t, const auto& x0) {
                           const Eigen::MatrixXd u =
                               detail::isotropic_solve(y, variance(t), y.residual(detail::in_double(x0)));
                           return detail::like(x, detail::jacobian_covariance("pigdm", product, x, t, y.adjoint(u)));
                         });
}

/// DiffPIR: the point nearest to x̂₀ and to the measurement, argmin ‖y − A x‖²/noise² + (λα²/σ²)‖x − x̂₀‖². No
/// Jacobian. lambda > 0. The published choices are 7 to 9 (8 for super-resolution), for which x̂₀ is trusted more than
/// the noise says.
template <class D>
auto diffpir(D denoise, LinearMeasurement measurement, double lambda = 8) {
  require(lambda > 0 && std::isfinite(lambda), "diffpir: lambda = ", lambda, " must be finite and positive");
  return detail::shifted(std::move(denoise), "diffpir", 1,
                         [y = std::move(measurement), lambda](const auto& x, const Level& t, const auto& x0) {
                           const double v = t.sigma * t.sigma / (lambda * t.alpha * t.alpha);
                           const Eigen::MatrixXd u = detail::isotropic_solve(y, v, y.residual(detail::in_double(x0)));
                           return detail::like(x, v * y.adjoint(u));
                         });
}

}  // namespace tweedie

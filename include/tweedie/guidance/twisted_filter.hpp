#pragma once
// Guidance made exact at a price: a particle filter whose proposal is the guided step and whose weights mend what
// guidance gets wrong. A twist is a guess ψ_t(x) of p_t(y | x), right at the end: ψ at the last level is p(y | x₀)
// itself. A particle goes
//   from N(μ, z²) to x_s ~ N(μ', z²),   μ' = μ + z² ∇ log ψ_t(x_t),   and its weight takes the factor   ψ_s(x_s) N(x_s; μ, z²)/(ψ_t(x_t) N(x_s; μ', z²))
// so that for any ψ the weighted particles tend, as their number grows, to the law ∝ p(x₀) p(y | x₀), p that of the
// sampler unguided, at the Monte Carlo rate. With ψ^γ in the place of ψ that is p(x₀) p(y | x₀)^γ. Where the effective
// sample size falls below a share of their number they are drawn again in proportion to their weights.
// Wu et al., Practical and asymptotically exact conditional sampling in diffusion models (TDS), arXiv:2306.17775v2,
// algorithm 1.

#include <Eigen/Eigenvalues>

#include "../statistics/normal_tail.hpp"
#include "../variance/step_law.hpp"
#include "gradient.hpp"
#include "posterior_guided.hpp"

namespace tweedie {

/// log_potential: (x, level) → log ψ of each sample, n numbers. gradient: (x, level) → its gradient in x, in the shape
/// of x. Of the class of a mixture:
///   Twist{[&](const auto& x, const Level& t) { return data.log_probability({7}, x, t); },
///         [&](const auto& x, const Level& t) { return data.log_probability_gradient({7}, x, t); }}
template <class L, class G>
struct Twist {
  L log_potential;
  G gradient;
};
template <class L, class G>
Twist(L, G) -> Twist<L, G>;

/// ψ_t(x) = N(y; A x̂₀(x), v A Aᵀ + noise² I), v = variance(t), 0 at σ = 0, for a measurement with noise > 0; its
/// gradient by the products Jᵀ u of the denoiser, as of clean_classifier. A Aᵀ is decomposed once, m × m: what no x₀
/// explains of y, rows of A being dependent, is the same for all particles however small the noise. The denoiser is
/// asked again for the potential of the next level.
template <class D, class Pullback>
auto measurement_twist(D denoise, LinearMeasurement measurement, Pullback pullback,
                       NumberOf<const Level&> variance = standard_posterior_variance) {
  told(variance, "measurement_twist: its variance", "a number, or a function of the level");
  require(measurement.noise() > 0, "measurement_twist: without noise the likelihood of the data has no density");
  const double unit = measurement.unit(), noise2 = (measurement.noise() / unit) * (measurement.noise() / unit);
  const Eigen::MatrixXd A = measurement.matrix() / unit;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(A * A.transpose());
  const Eigen::MatrixXd axes = solver.eigenvectors(), y = axes.transpose() * measurement.y() / unit;
  Eigen::ArrayXd gains = solver.eigenvalues();
  const double least = double(gains.size()) * 4 * std::numeric_limits<double>::epsilon() * gains.maxCoeff();
  gains = (gains > least).select(gains, 0);
  struct Whitened {
    Eigen::ArrayXd variances;  // of the residual along the axes
    Eigen::MatrixXd r;
  };
  const auto whitened = [=](const auto& x, const Level& t) {
    measurement.check(columns(x).rows(), samples(x));
    auto x0 = x;
    denoised(denoise, x, t, x0);
    const double v = t.sigma == 0 ? 0 : variance(t);
    require(v >= 0 && std::isfinite(v), "measurement_twist: at time ", t.time, " its variance is ", v,
            ", but must be finite and not negative");
    Eigen::MatrixXd r = axes.transpose() * measurement.residual(detail::in_double(x0)) / unit;
    for (Eigen::Index j = 0; j < gains.size(); ++j)
      if (gains[j] == 0)
        for (Eigen::Index i = 0; i < r.cols(); ++i) r(j, i) = y(j, y.cols() == 1 ? 0 : i);
    return Whitened{v * gains + noise2, std::move(r)};
  };
  return Twist{[whitened, unit](const auto& x, const Level& t) -> Eigen::VectorXd {
                 const auto [variances, r] = whitened(x, t);
                 const double m = double(r.rows());
                 return -0.5 * (variances.inverse().matrix().transpose() * r.cwiseAbs2()).transpose().array() -
                        0.5 * variances.log().sum() - m * std::log(unit) - 0.5 * m * std::log(2 * std::numbers::pi);
               },
               [=](const auto& x, const Level& t) {
                 const auto [variances, r] = whitened(x, t);
                 const Eigen::ArrayXd weights = (gains > 0).select(variances.inverse(), 0);
                 return detail::pulled_back(
                     "measurement_twist", pullback, x, t,
                     detail::like(x, measurement.adjoint(axes * weights.matrix().asDiagonal() * r) / unit));
               }};
}

/// What a filter found.
template <State X>
struct Particles {
  X x;                            ///< at the last level
  Eigen::VectorXd weights;        ///< sum 1
  std::vector<double> effective;  ///< effective sample size after each step, before drawing again
  double log_evidence = 0;        ///< of log ∫ p(x₀) p(y | x₀)
  int resampled = 0;              ///< how often the particles were drawn again
};

struct FilterOptions {
  double resample_below = 0.5;  ///< share of the number of particles, 0 (never) to 1
  double scale = 1;             ///< γ
};

namespace detail {
/// Systematic resampling: particle i is kept about n·Wᵢ times, by one uniform number. Kitagawa, J. Comput. Graph. Stat.
/// 5 (1996), appendix.
template <class Weights>
std::vector<Eigen::Index> systematic(const Weights& weights, double uniform) {
  std::vector<Eigen::Index> chosen;
  const Eigen::Index n = weights.size();
  double sum = weights[0];
  for (Eigen::Index k = 0, i = 0; k < n; ++k) {
    const double at = (double(k) + uniform) / double(n);
    while (sum <= at && i + 1 < n) sum += weights[++i];
    chosen.push_back(i);
  }
  return chosen;
}
/// What a filter asks of a twist.
template <class T, class X>
concept TwistOf = requires(const T& twist, const X& x, const Level& t) {
  requires DenseExpression<std::remove_cvref_t<decltype(twist.log_potential(x, t))>>;
  X(twist.gradient(x, t));
};
template <class T, State X>
Eigen::VectorXd potential_at(const T& twist, const X& x, const Level& t, double scale) {
  const Eigen::VectorXd log_psi = scale * twist.log_potential(x, t);
  require(log_psi.size() == samples(x), "twisted filter: the potential has ", log_psi.size(), " numbers for ",
          samples(x), " particles");
  for (Eigen::Index i = 0; i < log_psi.size(); ++i)
    if (!(log_psi[i] < std::numeric_limits<double>::infinity()))
      throw std::domain_error(sentence("twisted filter: at time ", t.time, " the log-potential of particle ", i, " is ",
                                       log_psi[i], " at the scale ", scale));
  return log_psi;
}
}  // namespace detail

/// All samples of x, which start at grid.front(), are the particles of one filter.
///   sampler   with row(t, s), or ElementwiseVariance or LearnedVariance around one; deterministic rows move and weigh, and do not guide
///   twist     Twist{log_potential, gradient}, measurement_twist(…)
/// Noise is drawn as row i for step i, and as row address(Purpose::resampling, i) where particles are drawn again after
/// it.
/// Throws std::domain_error where every weight vanishes, or a potential is NaN or +∞.
template <class D, class S, class T, class X0, class Noise>
Particles<Plain<X0>> twisted_filter(const D& denoise, const S& sampler, const T& twist, const X0& start,
                                    const Grid& grid, Noise&& noise, const FilterOptions& options = {}) {
  using X = Plain<X0>;
  using Scalar = typename X::Scalar;
  static_assert(detail::TwistOf<T, X>,
                "tweedie: a twist is Twist{log_potential, gradient} or measurement_twist(...): log_potential(x, level) "
                "returns a number for each sample, an Eigen vector, and gradient(x, level) a state of the shape of x; "
                "both are callable on a const object");
  detail::check_returned<decltype(twist.log_potential(std::declval<const X&>(), grid.front())), Eigen::VectorXd>();
  check_grid(grid);
  detail::check_step_law(sampler, grid);
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) check_denoiser(denoise, grid[i]);
  const auto& [resample_below, scale] = options;
  require(resample_below >= 0 && resample_below <= 1, "twisted filter: resample_below = ", resample_below,
          " is outside [0, 1]");
  require(std::isfinite(scale), "twisted filter: scale = ", scale, " must be finite");
  Particles<X> result{start, {}, {}, 0, 0};
  X& x = result.x;
  detail::check_start(x);
  const Eigen::Index n = samples(x);
  Eigen::VectorXd log_psi = detail::potential_at(twist, x, grid.front(), scale), log_weights = log_psi;
  X newest = empty_state<X>();
  for (std::size_t i = 0; i + 1 < grid.size(); ++i) {
    const Level &t = grid[i], &s = grid[i + 1];
    const CheckedDenoiser<D, X> checked(denoise, x, i, newest);
    const StepLaw<X> law = step_law(sampler, checked, x, t, s);
    X next = law.mean;
    Eigen::VectorXd log_ratio = Eigen::VectorXd::Zero(n);  // log N(x_s; μ, z²) − log N(x_s; μ', z²)
    if ((flat(law.variance) > Scalar(0)).any()) {
      X shift = detail::gradient_at("twisted filter", twist.gradient, x, t), z = x;
      flat(shift) *= Scalar(scale) * flat(law.variance).sqrt();  // (μ' − μ)/z
      draw(noise, z, std::int64_t(i));
      flat(next) += flat(law.variance).sqrt() * (flat(shift) + flat(z));
      const Eigen::MatrixXd delta = detail::in_double(shift), zeta = detail::in_double(z);
      log_ratio = -(delta.array() * (zeta + delta / 2).array()).colwise().sum().transpose();  // (‖ζ‖² − ‖ζ + δ‖²)/2
    }
    x = next;
    const Eigen::VectorXd next_log_psi = detail::potential_at(twist, x, s, scale);
    for (Eigen::Index k = 0; k < n; ++k)  // a particle without weight stays without
      log_weights[k] = log_psi[k] > -std::numeric_limits<double>::infinity()
                           ? log_weights[k] + next_log_psi[k] - log_psi[k] + log_ratio[k]
                           : log_psi[k];
    log_psi = next_log_psi;

    const double largest = log_weights.maxCoeff();
    if (!(largest > -std::numeric_limits<double>::infinity()))
      throw std::domain_error(
          sentence("twisted filter: at time ", s.time, " the weights of all ", n, " particles vanish"));
    result.weights = (log_weights.array() - largest).exp();
    const double mean = result.weights.mean();
    result.weights /= result.weights.sum();
    result.effective.push_back(1 / result.weights.squaredNorm());
    if (i + 2 == grid.size()) {
      result.log_evidence += largest + std::log(mean);
    } else if (result.effective.back() < resample_below * double(n)) {
      Eigen::Matrix<double, 1, 1> normal(0.0);
      draw(noise, normal, address(Purpose::resampling, std::int64_t(i)));
      const auto chosen = detail::systematic(result.weights, normal_tail(normal(0)));
      X again = x;
      for (Eigen::Index k = 0; k < n; ++k) columns(again).col(k) = columns(x).col(chosen[std::size_t(k)]);
      x = again;
      log_psi = log_psi(chosen).eval();
      result.log_evidence += largest + std::log(mean);
      log_weights.setZero();
      ++result.resampled;
    }
  }
  return result;
}

}  // namespace tweedie

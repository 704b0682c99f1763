#pragma once
// A variance for each coordinate of each sample, Var[x₀ | x_t] as a function of x_t:
//   x_s = κ x_t + c x̂₀ + √(τ² + c² v(x_t)) ∘ ζ                                                              [EXT-3]
// Bao et al., Estimating the optimal covariance with imperfect mean in diffusion probabilistic models
// (Extended-Analytic-DPM), arXiv:2206.07309v2, theorems 1 and 2. κ, c and τ are those of ReverseKernel. A table has one
// z a row, so this is a sampler with a step. The derivation is docs/extended_variance.md.

#include "step_law.hpp"
#include "with_variance.hpp"

namespace tweedie {

namespace detail {

/// κ, c and τ² of a sampler's step between two levels.
template <class S>
ReverseKernel kernel_between(const S& sampler, const Level& t, const Level& s) {
  static_assert(RowOfLevels<S>,
                "tweedie: what draws noise of its own variance wraps a sampler with row(t, s), which looks neither "
                "back nor ahead");
  return reverse_kernel({t, s, sampler.row(t, s)});
}

/// Refuses, naming the row, what would be refused on the way: a row of the sampler, and a level that a table does not
/// cover.
template <class S, class V>
void check_rows(const S& sampler, const V& variance, LastRow last_row, const Grid& grid) {
  for (const Step& step : tabulate(sampler, grid)) {
    reverse_kernel(step);
    if (step.to.sigma == 0 && last_row == LastRow::mean) continue;
    if constexpr (requires { unwrapped(variance).check(step.from); }) unwrapped(variance).check(step.from);
  }
}

/// `numbers`, a state of the shape of x, d × n, or d for all samples, as a state of the kind of x.
template <State X, class M>
X shaped_as(const X& x, const M& numbers, const char* what) {
  static_assert(
      KnownState<M>,
      "tweedie: a variance of x returns a number for each of the state's; one number for all is for with_variance");
  check_evaluated<M>();
  const Plain<M>& given = numbers;
  const auto view = columns(given);
  const auto wanted = columns(x);
  require(view.rows() == wanted.rows() && (view.cols() == wanted.cols() || view.cols() == 1), what,
          ": it has the shape ", shape(given), " for a state of ", shape(x),
          ", but must have a number for each, or for each row");
  X out = x;
  if (view.cols() == wanted.cols())
    columns(out) = view.template cast<typename X::Scalar>();
  else
    columns(out) = view.template cast<typename X::Scalar>().replicate(1, wanted.cols());
  return out;
}

/// Throws std::domain_error unless every variance is finite and not negative.
template <State X>
void check_variances(const X& variances, const Level& t, const char* what) {
  check_measured<X>();
  const auto smallest = flat(variances).minCoeff();
  if (all_finite(variances) && smallest >= 0) return;
  throw std::domain_error(all_finite(variances) ? sentence(what, ": at time ", t.time, " a variance is ",
                                                           double(smallest), ", but must not be negative")
                                                : sentence(what, ": at time ", t.time, " a variance is not finite"));
}

/// v at x, from what was given as the variance: a model's member `variance(x, level)`, or a callable.
template <class V, State X>
X variances_of(const V& variance, const X& x, const Level& t, const X& x0) {
  constexpr const char* what = "elementwise variance";
  if constexpr (requires { unwrapped(variance).variance(x, t); })
    return shaped_as(x, unwrapped(variance).variance(x, t), what);
  else if constexpr (requires { variance(x, t, x0); })
    return shaped_as(x, variance(x, t, x0), what);
  else {
    static_assert(
        requires { variance(x, t); },
        "tweedie: an elementwise variance is callable as variance(x, level) or variance(x, level, x0), or a model with "
        "a member variance(x, level), and returns a number for each of the state's; one number a level is for "
        "with_variance");
    return shaped_as(x, variance(x, t), what);
  }
}

/// z² = τ² + c² v.
struct SpreadOfData {
  template <class V, State X>
  static X row_variance(const V& variance, const ReverseKernel& kernel, const X& x, const Level& t, const Level&,
                        const X& x0) {
    using Scalar = typename X::Scalar;
    X z2 = variances_of(variance, x, t, x0);
    check_variances(z2, t, "elementwise variance");
    flat(z2) = flat(z2) * Scalar(kernel.c * kernel.c) + Scalar(kernel.tau2);
    return z2;
  }
};
/// z² as it is given.
struct WholeVariance {
  template <class V, State X>
  static X row_variance(const V& variance, const ReverseKernel&, const X& x, const Level& t, const Level& s, const X&) {
    static_assert(
        requires { variance(x, t, s); },
        "tweedie: a learned variance is callable as variance(x, t, s), t and s the levels of the step");
    X z2 = shaped_as(x, variance(x, t, s), "learned variance");
    check_variances(z2, t, "learned variance");
    return z2;
  }
};

/// x_s = κ x_t + c x̂₀ + z ∘ ζ, the row of a sampler with z² by a rule; without noise on a last row that draws none.
template <class S, class V, class Rule>
struct VariedRow {
  S sampler;
  V variance;
  LastRow last_row = LastRow::mean;

  template <class D, State X, class Noise>
  X step(const D& denoise, const X& x, const Level& t, const Level& s, const Noise& noise) const {
    return drawn(law(denoise, x, t, s), noise);
  }
  template <class D, State X>
  StepLaw<X> law(const D& denoise, const X& x, const Level& t, const Level& s) const {
    using Scalar = typename X::Scalar;
    const auto [kappa, c, tau2] = kernel(t, s);
    X x0 = x;
    denoised(denoise, x, t, x0);
    StepLaw<X> law{x, x};
    flat(law.mean) = flat(x) * Scalar(kappa) + flat(x0) * Scalar(c);
    if (s.sigma == 0 && last_row == LastRow::mean)
      flat(law.variance).setZero();
    else
      law.variance = row_variance(x, t, s, x0);
    return law;
  }

  /// Called before the first row: refuses what the rows or a table would.
  void check(const Grid& grid) const { check_rows(sampler, variance, last_row, grid); }
  ReverseKernel kernel(const Level& t, const Level& s) const { return kernel_between(sampler, t, s); }
  /// z² for each number of the state.
  template <State X>
  X row_variance(const X& x, const Level& t, const Level& s, const X& x0) const {
    return Rule::row_variance(variance, kernel(t, s), x, t, s, x0);
  }
};

}  // namespace detail

/// A sampler with row(t, s) and the variance Var[x₀ | x_t] of each coordinate:
///   sample(denoise, ElementwiseVariance{DDPM{}, variance}, x, grid, noise)
/// variance is callable as variance(x, level) or variance(x, level, x̂₀), or a model with a member variance(x, level):
/// an exact one, or a VarianceTable. It gives as many numbers as x has, ≥ 0, as a state of the same shape or d × n, or
/// d for all samples. A third member, LastRow::noise, lets the row onto σ = 0 draw noise as well.
/// A model may be given as std::cref(model), and is then not copied.
/// Throws std::domain_error for one that is negative or not finite.
template <class S, class V>
struct ElementwiseVariance : detail::VariedRow<S, V, detail::SpreadOfData> {};
template <class S, class V>
ElementwiseVariance(S, V) -> ElementwiseVariance<S, V>;
template <class S, class V>
ElementwiseVariance(S, V, LastRow) -> ElementwiseVariance<S, V>;

/// A sampler with row(t, s) whose whole noise variance z² is given for each number of the state, by variance(x, t, s),
/// as a network learns it that was trained on the variational bound: learned_range and learned_log_variance make such a
/// callable. Nichol and Dhariwal, Improved DDPM, arXiv:2102.09672v1, section 3.1. Throws as ElementwiseVariance.
template <class S, class V>
struct LearnedVariance : detail::VariedRow<S, V, detail::WholeVariance> {};
template <class S, class V>
LearnedVariance(S, V) -> LearnedVariance<S, V>;
template <class S, class V>
LearnedVariance(S, V, LastRow) -> LearnedVariance<S, V>;

}  // namespace tweedie

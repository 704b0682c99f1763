#pragma once
// Guidance whose rule is not linear in the estimates depends on what it is applied to: x̂₀, ε̂, v̂ … This applies a
// rule to two predictions of one kind and makes an estimate x̂₀ of the result. A rule of one's own is a callable;
// docs/guidance.md, "A rule of your own".

#include "../denoiser/prediction.hpp"
#include "guidance_scale.hpp"

namespace tweedie {

namespace detail {
/// In what a rule computes for states of Scalar: double, or Scalar where that has more.
template <class Scalar>
using RuleScalar = std::conditional_t<(sizeof(Scalar) < sizeof(double)), double, Scalar>;
template <class Scalar>
using Predictions = Eigen::Matrix<Scalar, Eigen::Dynamic, Eigen::Dynamic>;
}  // namespace detail

/// rule(conditional, unconditional, level), two matrices of d × n, a sample a column; it leaves its result in the first.
/// It is called on a const object, with numbers of double for states of float and less.
template <class Rule, class Scalar = double>
concept PredictionRule = requires(const Rule& rule, Eigen::Ref<detail::Predictions<Scalar>> y,
                                  const detail::Predictions<Scalar>& u, const Level& t) {
  rule(y, u, t);
};

template <class C, class U, class Rule>
struct TwoPredictions {
  C conditional;
  U unconditional;
  Prediction kind;
  Rule rule;

  void check(const Level& t) const {
    check_denoiser(conditional, t);
    check_denoiser(unconditional, t);
    x0_coefficients(kind, t);
  }

  template <State X>
  void operator()(const X& x, const Level& t, X& out) const {
    using Scalar = typename X::Scalar;
    using Real = detail::RuleScalar<Scalar>;
    using Matrix = detail::Predictions<Real>;
    static_assert(PredictionRule<Rule, Real>,
                  "tweedie: a rule on two predictions is callable on a const object as rule(conditional, "
                  "unconditional, level), and leaves its result in the first, a Ref of a matrix of d x n: "
                  "[](auto y, const auto& u, const Level& t) { ... }");
    denoised(conditional, x, t, out);
    if (t.sigma == 0 && kind != Prediction::x0) return;  // the state is its own estimate, and tells of no noise
    X other = x;
    denoised(unconditional, x, t, other);
    const auto c = x0_coefficients(kind, t);  // x̂₀ = c.x x + c.y y
    const Matrix state = columns(x).template cast<Real>();
    const auto predicted = [&](const X& x0) -> Matrix {
      return (columns(x0).template cast<Real>() - state * Real(c.x)) / Real(c.y);
    };
    const Matrix u = predicted(other), before = predicted(out);
    Matrix y = before;
    rule(Eigen::Ref<Matrix>(y), u, t);
    // What the rule has changed: where c.x x is large, as at α → 0, the rest would be lost in it.
    columns(out) = (columns(out).template cast<Real>() + (y - before) * Real(c.y)).template cast<Scalar>();
  }
  template <class X>
  Plain<X> operator()(const X& x, const Level& t) const {
    return detail::returned(*this, x, t);
  }
};

/// sample(two_predictions(conditional, unconditional, Prediction::eps, rule), sampler, x, grid, noise)
template <class C, class U, class Rule>
auto two_predictions(C conditional, U unconditional, Prediction kind, Rule rule) {
  return TwoPredictions<C, U, Rule>{std::move(conditional), std::move(unconditional), kind, std::move(rule)};
}

}  // namespace tweedie

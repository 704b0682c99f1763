#pragma once
// What every rule of guidance must keep, for whoever writes one: docs/guidance.md, "A rule of your own". The form is that
// of schedule/laws.hpp, one sentence for each thing broken.

#include "../schedule/laws.hpp"
#include "shifted.hpp"
#include "two_predictions.hpp"

namespace tweedie::laws {

namespace detail {
template <class Matrix>
void compare(Broken& broken, const char* what, const Matrix& found, const Matrix& wanted) {
  const auto size = wanted.cwiseAbs().maxCoeff(), off = (found - wanted).cwiseAbs().maxCoeff();
  if (!(off <= 1e-9 * (1 + size)))
    broken.push_back(sentence(what, "; it is off by ", double(off), " where numbers are of the size ", double(size)));
}
}  // namespace detail

/// Of a PredictionRule at a level: two predictions that agree are left as they are, the result is finite, and that of a
/// sample does not depend on the others. d numbers a sample, three samples.
template <class Rule>
Broken prediction_rule(const Rule& rule, const Level& t, Eigen::Index d = 8) {
  using Matrix = tweedie::detail::Predictions<double>;
  static_assert(PredictionRule<Rule>,
                "tweedie: a rule on two predictions is callable on a const object as rule(conditional, unconditional, "
                "level), and leaves its result in the first");
  Matrix conditional(d, 3), unconditional(d, 3);
  for (Eigen::Index i = 0; i < conditional.size(); ++i) {
    conditional(i) = std::sin(1.7 * double(i) + 0.3);
    unconditional(i) = 0.8 * std::cos(2.3 * double(i) - 0.9);
  }
  const auto applied = [&](Matrix y, const Matrix& u) {
    rule(Eigen::Ref<Matrix>(y), u, t);
    return y;
  };
  Broken broken;
  const Matrix together = applied(conditional, unconditional);
  if (!together.allFinite()) return {"a rule on two predictions: the result is not finite"};
  detail::compare<Matrix>(broken, "a rule on two predictions leaves two that agree as they are",
                          applied(conditional, conditional), conditional);
  for (Eigen::Index i = 0; i < 3; ++i)
    detail::compare<Matrix>(broken, "a rule on two predictions takes each sample by itself",
                            applied(conditional.col(i), unconditional.col(i)), together.col(i));
  return broken;
}

/// Of an EstimateShift for a denoiser at the samples x, d × n: the shift has the shape of x, is finite, and that of a
/// sample does not depend on the others.
template <class Shift, class D, class Real>
Broken estimate_shift(const Shift& shift, const D& denoise, const tweedie::detail::Predictions<Real>& x,
                      const Level& t) {
  using Matrix = tweedie::detail::Predictions<Real>;
  const auto applied = [&](const Matrix& y) {
    Matrix x0 = y;
    denoised(denoise, y, t, x0);
    return Matrix(shift(y, t, std::as_const(x0)));
  };
  const Matrix together = applied(x);
  if (together.rows() != x.rows() || together.cols() != x.cols())
    return {sentence("the shift of an estimate has the shape of the state, but is ", together.rows(), "x",
                     together.cols(), " for ", x.rows(), "x", x.cols())};
  if (!together.allFinite()) return {"the shift of an estimate is not finite"};
  Broken broken;
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    detail::compare<Matrix>(broken, "the shift of an estimate takes each sample by itself", applied(x.col(i)),
                            together.col(i));
  return broken;
}

}  // namespace tweedie::laws

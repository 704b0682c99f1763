#pragma once
// What every rule of guidance must obey, for who writes one of his own: docs/guidance.md, "A rule of your own". Both
// throw std::logic_error with a sentence that names the law and by how much it fails.

#include "shifted.hpp"
#include "two_predictions.hpp"

namespace tweedie {

namespace detail {
template <class Real>
void obey(const char* what, const Predictions<Real>& found, const Predictions<Real>& wanted) {
  const Real size = wanted.cwiseAbs().maxCoeff(), off = (found - wanted).cwiseAbs().maxCoeff();
  if (!(off <= Real(1e-9) * (Real(1) + size)))
    throw std::logic_error(
        sentence(what, "; it is off by ", double(off), " where numbers are of the size ", double(size)));
}
}  // namespace detail

/// Of a PredictionRule at a level: two predictions that agree are left as they are, the result is finite, and that of a
/// sample does not depend on the others. d numbers a sample, three samples.
template <class Rule>
void check_prediction_rule(const Rule& rule, const Level& t, Eigen::Index d = 8) {
  using Matrix = detail::Predictions<double>;
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
  const Matrix together = applied(conditional, unconditional);
  if (!together.allFinite()) throw std::logic_error("a rule on two predictions: the result is not finite");
  detail::obey<double>("a rule on two predictions leaves two that agree as they are", applied(conditional, conditional),
                       conditional);
  for (Eigen::Index i = 0; i < 3; ++i)
    detail::obey<double>("a rule on two predictions takes each sample by itself",
                         applied(conditional.col(i), unconditional.col(i)), together.col(i));
}

/// Of an EstimateShift for a denoiser at the samples x, d × n: the shift has the shape of x, is finite, and that of a
/// sample does not depend on the others.
template <class Shift, class D, class Real>
void check_estimate_shift(const Shift& shift, const D& denoise, const detail::Predictions<Real>& x, const Level& t) {
  using Matrix = detail::Predictions<Real>;
  const auto applied = [&](const Matrix& y) {
    Matrix x0 = y;
    denoised(denoise, y, t, x0);
    Matrix by = shift(y, t, std::as_const(x0));
    if (by.rows() != y.rows() || by.cols() != y.cols())
      throw std::logic_error(sentence("the shift of an estimate has the shape of the state, but is ", by.rows(), "x",
                                      by.cols(), " for ", y.rows(), "x", y.cols()));
    if (!by.allFinite()) throw std::logic_error("the shift of an estimate is not finite");
    return by;
  };
  const Matrix together = applied(x);
  for (Eigen::Index i = 0; i < x.cols(); ++i)
    detail::obey<Real>("the shift of an estimate takes each sample by itself", applied(x.col(i)), together.col(i));
}

}  // namespace tweedie

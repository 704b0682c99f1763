#pragma once
// CFG-Zero*: the unconditional velocity is scaled to the conditional one before the two are combined,
//   v = s v_u + γ (v_c − s v_u),   s = v_c·v_u / ‖v_u‖²,
// and at the first steps, where a model of velocities knows least, v = 0.
// Fan et al., CFG-Zero*: improved classifier-free guidance for flow matching models, arXiv:2503.18886v1, algorithm 1.

#include "two_predictions.hpp"

namespace tweedie {

/// scale: γ; 1 is the conditional denoiser. zero_below: v = 0 where λ is below it, −∞ for nowhere. kind: what is
/// combined.
template <class C, class U>
auto zero_star(C conditional, U unconditional, GuidanceScale scale,
               double zero_below = -std::numeric_limits<double>::infinity(), Prediction kind = Prediction::velocity) {
  require(!std::isnan(zero_below), "zero_star: zero_below is NaN, but is a value of lambda");
  return two_predictions(
      std::move(conditional), std::move(unconditional), kind, [=](auto v, const auto& u, const Level& t) {
        using Scalar = typename std::decay_t<decltype(v)>::Scalar;
        if (lambda(t) < zero_below) return v.setZero(), void();
        const Scalar gamma = Scalar(scale(t, 1));
        for (Eigen::Index i = 0; i < v.cols(); ++i) {
          const Scalar size = u.col(i).squaredNorm(), s = size > 0 ? v.col(i).dot(u.col(i)) / size : Scalar(0);
          v.col(i) = s * u.col(i) + gamma * (v.col(i) - s * u.col(i));
        }
      });
}

}  // namespace tweedie

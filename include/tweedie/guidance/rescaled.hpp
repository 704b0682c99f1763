#pragma once
// Classifier-free guidance whose prediction is given back, in part, the spread of the conditional one. With y_γ = y_u +
// γ (y_c − y_u):
//   y = φ (std y_c / std y_γ) y_γ + (1 − φ) y_γ,   std over the numbers of each sample
// Lin et al., Common diffusion noise schedules and sample steps are flawed, arXiv:2305.08891v4, eq. 15 and 16.

#include "two_predictions.hpp"

namespace tweedie {

/// scale: γ. rescale: φ in [0, 1]. kind: what is rescaled; the paper has v, most programs what the network predicts.
/// At γ = 1 the conditional denoiser. A sample of one number has no spread, and is refused.
template <class C, class U>
auto rescaled(C conditional, U unconditional, GuidanceScale scale, double rescale, Prediction kind = Prediction::v) {
  require(rescale >= 0 && rescale <= 1, "rescaled: rescale = ", rescale, " is outside [0, 1]");
  return two_predictions(
      std::move(conditional), std::move(unconditional), kind, [=](auto y, const auto& u, const Level& t) {
        using Scalar = typename std::decay_t<decltype(y)>::Scalar;
        require(y.rows() > 1, "rescaled: a sample of one number has no standard deviation");
        const Scalar gamma = Scalar(scale(t, 1)), phi = Scalar(rescale);
        const auto spread = [&](Eigen::Index i) { return (y.col(i).array() - y.col(i).mean()).matrix().norm(); };
        for (Eigen::Index i = 0; i < y.cols(); ++i) {
          const Scalar conditional_spread = spread(i);
          y.col(i) = u.col(i) + gamma * (y.col(i) - u.col(i));
          if (gamma != 1 && spread(i) > 0) y.col(i) *= phi * conditional_spread / spread(i) + (1 - phi);
        }
      });
}

}  // namespace tweedie

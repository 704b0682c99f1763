#pragma once
// A scale that falls where the two predictions are far apart: with r = ‖y_c − y_u‖/‖y_c‖,
//   y = y_u + γ' (y_c − y_u),   γ' = 1 + (γ − 1) e^(−decay·r)
// Magnitude-aware guidance as diffusers has it, arXiv:2508.12811v1.

#include "two_predictions.hpp"

namespace tweedie {

/// scale: γ; 1 is the conditional denoiser. decay ≥ 0; 0 is classifier-free guidance. kind: what is compared.
template <class C, class U>
auto magnitude_aware(C conditional, U unconditional, GuidanceScale scale, double decay = 8,
                     Prediction kind = Prediction::eps) {
  require(decay >= 0 && std::isfinite(decay), "magnitude_aware: decay = ", decay, " must be finite and not negative");
  return detail::two_predictions(
      std::move(conditional), std::move(unconditional), kind, [=](auto y, const auto& u, const Level& t) {
        using Scalar = typename std::decay_t<decltype(y)>::Scalar;
        for (Eigen::Index i = 0; i < y.cols(); ++i) {
          const Scalar apart = (y.col(i) - u.col(i)).norm(), size = y.col(i).norm();
          if (apart == 0) continue;
          const Scalar gamma = 1 + Scalar(scale(t) - 1) * std::exp(-Scalar(decay) * apart / size);
          y.col(i) = u.col(i) + gamma * (y.col(i) - u.col(i));
        }
      });
}

}  // namespace tweedie

#pragma once
// A scale that falls where the two predictions are far apart: with r = ‖y_c − y_u‖/‖y_u‖,
//   y = y_u + γ' (y_c − y_u),   γ' = 1 + (γ − 1) e^(−decay·r)
// Zhu et al., MAMBO-G: magnitude-aware mitigation for boosted guidance, arXiv:2508.03442v4 (v1: "RAAG").

#include "two_predictions.hpp"

namespace tweedie {

/// scale: γ; 1 is the conditional denoiser. decay ≥ 0; 0 is classifier-free guidance. kind: what is compared.
template <class C, class U>
auto magnitude_aware(C conditional, U unconditional, GuidanceScale scale, double decay = 8,
                     Prediction kind = Prediction::eps) {
  require(decay >= 0 && std::isfinite(decay), "magnitude_aware: decay = ", decay, " must be finite and not negative");
  return two_predictions(
      std::move(conditional), std::move(unconditional), kind, [=](auto y, const auto& u, const Level& t) {
        using Scalar = typename std::decay_t<decltype(y)>::Scalar;
        for (Eigen::Index i = 0; i < y.cols(); ++i) {
          const Scalar fall = Scalar(decay) * (y.col(i) - u.col(i)).norm(), size = u.col(i).norm();
          const Scalar gamma = 1 + Scalar(scale(t, 1) - 1) * (fall > 0 ? std::exp(-fall / size) : Scalar(1));
          y.col(i) = u.col(i) + gamma * (y.col(i) - u.col(i));
        }
      });
}

}  // namespace tweedie

#pragma once
// The cosine schedule, variance preserving, with α = 0 exactly at t = 1:
//   α = cos θ / cos θ₀,   σ² = 1 − α² = sin(θ − θ₀) sin(θ + θ₀) / cos²θ₀,   θ(t) = (π/2)(t + offset)/(1 + offset),   θ₀ = θ(0)
// Nichol and Dhariwal, Improved denoising diffusion probabilistic models, arXiv:2102.09672v1, eq. 17. offset = 0: α =
// cos(πt/2).

#include <numbers>

#include "schedule.hpp"

namespace tweedie {

struct Cosine {
  double offset = 0.008;  ///< ≥ 0

  /// t in [0, 1].
  Level operator()(double t) const {
    check_unit_time(t, "Cosine");
    require(offset >= 0, "Cosine: offset = ", offset, ", but it must not be negative");
    const double rate = quarter_turn() / (1 + offset);    // dθ/dt
    const double remaining = rate * std::fmax(1 - t, 0);  // π/2 − θ, so that cos θ is exactly 0 at t = 1
    const double cos0 = std::cos(rate * offset);
    const double alpha = std::sin(remaining) / cos0;
    const double sigma = std::sqrt(std::sin(rate * t) * std::sin(rate * (t + 2 * offset))) / cos0;
    const double d_alpha = -rate * std::cos(remaining) / cos0;
    return {t, alpha, sigma, d_alpha, offset == 0 ? rate * alpha : -alpha * d_alpha / sigma};
  }
  /// cos θ = α cos θ₀ and sin²θ = sin²θ₀ + σ² cos²θ₀.
  double time(double lambda) const {
    const double rate = quarter_turn() / (1 + offset), sin0 = std::sin(rate * offset), cos0 = std::cos(rate * offset);
    const double alpha = 1 / std::sqrt(1 + std::exp(-2 * lambda)), sigma = 1 / std::sqrt(1 + std::exp(2 * lambda));
    return (std::atan2(std::hypot(sin0, sigma * cos0), alpha * cos0)) / rate - offset;
  }

 private:
  static double quarter_turn() { return std::numbers::pi / 2; }
};

}  // namespace tweedie

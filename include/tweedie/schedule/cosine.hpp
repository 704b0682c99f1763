#pragma once
// The cosine schedule, variance preserving, with α = 0 exactly at t = 1:
//   α = cos θ / cos θ₀,   σ² = 1 − α² = sin(θ − θ₀) sin(θ + θ₀) / cos²θ₀,   θ(t) = (π/2)(t + offset)/(1 + offset),   θ₀ = θ(0)
// Nichol and Dhariwal, Improved denoising diffusion probabilistic models, arXiv:2102.09672v1, eq. 17. offset = 0: α =
// cos(πt/2).

#include <numbers>

#include "schedule.hpp"

namespace tweedie {

struct Cosine {
  double offset = 0.008;  ///< ≥ 0 and finite

  /// t in [0, 1].
  Level operator()(double t) const {
    check_unit_time(t, "Cosine");
    const double rate = check(), cos0 = std::sin(rate);   // dθ/dt; cos θ₀ = sin(π/2 − θ₀)
    const double remaining = rate * std::fmax(1 - t, 0);  // π/2 − θ, so that cos θ is exactly 0 at t = 1
    const double alpha = std::sin(remaining) / cos0;
    // sin(θ + θ₀) from θ + θ₀ or from what is left of it to π, whichever is the smaller.
    const double sum = rate * std::fmin(t + 2 * offset, 2 - t);
    const double sigma = std::sqrt(std::sin(rate * t)) * std::sqrt(std::sin(sum)) / cos0;
    const double d_alpha = -rate * std::cos(remaining) / cos0;
    return {t, alpha, sigma, d_alpha, offset == 0 ? rate * alpha : -alpha * d_alpha / sigma};
  }
  /// Measured from the end that is nearer: θ − θ₀ from the clean one, where it is a small number and not a difference,
  /// and π/2 − θ from the noisy one. cos θ = α cos θ₀ and sin²θ = sin²θ₀ + σ² cos²θ₀.
  double time(double lambda) const {
    const double rate = check(), sin0 = std::sin(rate * offset), cos0 = std::sin(rate);
    const double r = std::sqrt(1 + std::exp(-2 * std::fabs(lambda)));  // 1/α or 1/σ, the one that is the smaller
    const double cosine = cos0 * std::exp(std::fmin(lambda, 0)) / r,   // α cos θ₀
        part = cos0 * std::exp(-std::fmax(lambda, 0)) / r;             // σ cos θ₀
    const double sine = std::hypot(sin0, part);
    const double passed = std::atan2(part == 0 ? 0 : part * (part / (sine * cos0 + cosine * sin0)),
                                     cosine * cos0 + sine * sin0),
                 remaining = std::atan2(cosine, sine);
    return passed < remaining ? passed / rate : 1 - remaining / rate;
  }

 private:
  /// dθ/dt, of a schedule that is one.
  double check() const {
    require(offset >= 0 && std::isfinite(offset), "Cosine: offset = ", offset,
            ", but it must be finite and not negative");
    return std::numbers::pi / 2 / (1 + offset);
  }
};

}  // namespace tweedie

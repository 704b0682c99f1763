#pragma once
// Adaptive projected guidance. The difference Δ of the two predictions gathers momentum, is held to a radius, and its
// part along the conditional prediction, which brightens and saturates, is damped:
//   Δ̄ ← m Δ̄ + (y_c − y_u),   Δ = min(1, radius/‖Δ̄‖) Δ̄,   Δ∥ = (Δ·e) e with e = y_c/‖y_c‖
//   y = y_c + (γ − 1)(Δ − Δ∥ + η Δ∥)
// Sadat et al., Eliminating oversaturation and artifacts of high guidance scales, arXiv:2410.02416v2, section 4 and
// algorithm 1.

#include "../sample/sample.hpp"
#include "two_predictions.hpp"

namespace tweedie {

/// The settings of the paper, and where the change is added.
struct Projection {
  GuidanceScale scale = 1;                                  ///< γ
  double eta = 0;                                           ///< η: 1 keeps Δ∥, 0 drops it
  double radius = std::numeric_limits<double>::infinity();  ///< > 0
  double momentum = 0;                                      ///< m in (−1, 1); the paper's are negative
  bool from_unconditional =
      false;  ///< y = y_u + γ (Δ − Δ∥ + η Δ∥), as diffusers has it: then γ = 1 is not the conditional denoiser
  Prediction kind = Prediction::x0;  ///< what is combined; the paper has x₀

  void check() const {
    require(std::isfinite(eta), "projected: eta = ", eta, " must be finite");
    require(radius > 0, "projected: radius = ", radius, " must be positive");
    require(momentum > -1 && momentum < 1, "projected: momentum = ", momentum, " is outside (-1, 1)");
  }

  /// y in the place of y_c, Δ̄ being gathered already.
  template <class Y, class U, class Difference>
  void combine(Y&& y, const U& u, Difference gathered, const Level& t) const {
    using Scalar = typename std::decay_t<Y>::Scalar;
    const Scalar gamma = Scalar(scale(t, 1));
    for (Eigen::Index i = 0; i < y.cols(); ++i) {
      auto delta = gathered.col(i);
      const Scalar size = delta.norm(), length2 = y.col(i).squaredNorm();
      if (size > Scalar(radius)) delta *= Scalar(radius) / size;
      if (length2 > 0) delta -= Scalar(1 - eta) * (delta.dot(y.col(i)) / length2) * y.col(i);
      if (from_unconditional)
        y.col(i) = u.col(i) + gamma * delta;
      else
        y.col(i) += (gamma - 1) * delta;
    }
  }
};

namespace detail {
/// What the two denoisers are asked for, with Δ̄ kept in `running` from one call to the next; empty before the first.
template <class C, class U, class Running>
auto projected_denoiser(C conditional, U unconditional, const Projection& projection, Running running) {
  projection.check();
  return tweedie::two_predictions(
      std::move(conditional), std::move(unconditional), projection.kind,
      [projection, running](auto y, const auto& u, const Level& t) {
        using Matrix = Eigen::Matrix<typename std::decay_t<decltype(y)>::Scalar, Eigen::Dynamic, Eigen::Dynamic>;
        Matrix difference = y - u;
        running(difference);
        projection.combine(y, u, std::move(difference), t);
      });
}
}  // namespace detail

/// Without momentum, as a denoiser: projected(conditional, unconditional, {.scale = 10, .eta = 0, .radius = 2.5}).
/// Throws std::invalid_argument for a momentum, which needs a memory: that is for AdaptiveProjected.
template <class C, class U>
auto projected(C conditional, U unconditional, const Projection& projection) {
  require(projection.momentum == 0, "projected: a momentum of ", projection.momentum,
          " has a memory, which a denoiser has not; use the sampler AdaptiveProjected");
  return detail::projected_denoiser(std::move(conditional), std::move(unconditional), projection, [](auto&) {});
}

/// With momentum, around any sampler; Δ̄ is gathered from one evaluation to the next:
///   sample(conditional, AdaptiveProjected{DDIM{}, unconditional, {.scale = 10, .momentum = -0.5}}, x, grid, noise)
template <class S, class U>
struct AdaptiveProjected {
  S sampler;
  U unconditional;
  Projection projection;

  template <class D, State X, class Noise, class Observer>
  X run(const D& denoise, const X& x, const Grid& grid, const Noise& noise, const Observer& observer) const {
    using Real = detail::RuleScalar<typename X::Scalar>;
    using Matrix = detail::Predictions<Real>;
    Matrix memory;
    const auto gather = [&memory, n = samples(x), m = Real(projection.momentum)](Matrix& difference) {
      if (m == 0) return;
      require(difference.cols() == n, "AdaptiveProjected: its sampler asks for ", difference.cols(), " of ", n,
              " samples at a time, but a momentum is gathered for all; give the sampler Coupling::batch");
      if (memory.size() > 0) difference += m * memory;
      memory = difference;
    };
    const auto guided = detail::projected_denoiser(std::cref(denoise), std::cref(unconditional), projection, gather);
    const auto addressed = [&](X& z, std::int64_t row, std::int64_t) { noise(z, row); };
    return sample(guided, sampler, x, grid, addressed, observer);
  }
};
template <class S, class U>
AdaptiveProjected(S, U, Projection) -> AdaptiveProjected<S, U>;

}  // namespace tweedie

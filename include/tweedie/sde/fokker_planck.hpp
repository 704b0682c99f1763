#pragma once
// The equation that the density of dx = f(x, t) dt + g(t) dw obeys,
//   ∂p/∂t = −∇·(f p) + ½ g² Δp,   or   ∂ log p/∂t + ∇·f + f·∇ log p − ½ g² (Δ log p + ‖∇ log p‖²) = 0           [SDE-6]
// as a residual, so that a density and a drift can be checked against each other. Derivatives are central differences
// of fourth order:
//   f' ≈ [8(f₁ − f₋₁) − (f₂ − f₋₂)]/(12h)      f'' ≈ [16(f₁ + f₋₁) − (f₂ + f₋₂) − 30 f₀]/(12h²)
// Risken, The Fokker-Planck equation, 1989, eq. 4.94. The derivation is docs/sde.md.

#include "numbers.hpp"
#include "sde.hpp"

namespace tweedie {

/// Step lengths of the differences. Their error is of the order of (step/scale)⁴, that of rounding 1e−15 (scale/step)².
struct DifferenceSteps {
  double space = 5e-3;
  double time = 1e-4;
};

/// The left side of the second form at each column of x, d × n, in units of 1/time; multiplied by p it is the residual
/// of the first. log_density(x, time) → n numbers; sde.diffusion(time) → a number, or a vector of one for each
/// coordinate (g² Δ is then Σ g_j² ∂_jj). It evaluates 4d + 5 times. Throws where the times around `time` are refused
/// by what is called.
template <class LogDensity, class S, class X0>
NumberOfEach<X0> fokker_planck_residual(const LogDensity& log_density, const S& sde, const X0& x0, double time,
                                        const DifferenceSteps& steps = {}) {
  using X = Eigen::Matrix<std::conditional_t<true, double, X0>, Eigen::Dynamic, Eigen::Dynamic>;
  using Column = Eigen::Array<std::conditional_t<true, double, X0>, Eigen::Dynamic, 1>;
  const X x = x0;
  const auto g = sde.diffusion(time);
  using G = std::remove_cvref_t<decltype(g)>;
  static_assert(
      std::convertible_to<G, double> || detail::one_for_each_coordinate<G>,
      "tweedie: this Fokker-Planck residual is for a diffusion(time) that is a number, or a vector of one for "
      "each coordinate");
  const auto g2 = [&](Eigen::Index j) -> double {
    if constexpr (std::convertible_to<G, double>)
      return double(g) * double(g);
    else
      return double(g[j]) * double(g[j]);
  };
  require(steps.space > 0 && steps.time > 0, "Fokker-Planck: the steps ", steps.space, " and ", steps.time,
          " must be positive");
  const auto first = [](double h, const auto& minus2, const auto& minus1, const auto& plus1, const auto& plus2) {
    return ((8 * (plus1 - minus1) - (plus2 - minus2)) / (12 * h)).eval();
  };
  const auto log_p = [&](const X& y, double t) -> Column {
    const Column values = log_density(y, t);
    require(values.size() == y.cols(), "Fokker-Planck: log_density gave ", values.size(), " numbers for ", y.cols(),
            " points");
    return values;
  };
  const double h = steps.space, k = steps.time;
  const Column here = log_p(x, time);
  detail::check_returned<decltype(sde.drift(x, time)), X>();
  const X drift = sde.drift(x, time);

  Column residual = first(k, log_p(x, time - 2 * k), log_p(x, time - k), log_p(x, time + k), log_p(x, time + 2 * k));
  for (Eigen::Index j = 0; j < x.rows(); ++j) {
    const auto moved = [&](double by) {
      X y = x;
      y.row(j).array() += by;
      return y;
    };
    const auto drift_at = [&](double by) -> Column { return sde.drift(moved(by), time).row(j).transpose(); };
    const Column minus2 = log_p(moved(-2 * h), time), minus1 = log_p(moved(-h), time), plus1 = log_p(moved(h), time),
                 plus2 = log_p(moved(2 * h), time);
    const Column gradient = first(h, minus2, minus1, plus1, plus2),
                 curvature = (16 * (plus1 + minus1) - (plus2 + minus2) - 30 * here) / (12 * h * h);
    residual += first(h, drift_at(-2 * h), drift_at(-h), drift_at(h), drift_at(2 * h)) +
                drift.row(j).transpose().array() * gradient - g2(j) / 2 * (curvature + gradient.square());
  }
  return residual;
}

}  // namespace tweedie

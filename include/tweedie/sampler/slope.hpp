#pragma once
// The probability flow as an equation whose right side is a combination of estimates, in two forms that classical methods are applied to:
//   eps        d(x/α) = ε̂ d(σ/α)           x_s = (α_s/α_t) x_t + α_s (σ_s/α_s − σ_t/α_t) Σ_k w_k ε̂⁽ᵏ⁾
//   velocity   dx = (α' x̂₀ + σ' ε̂) dt       x_s = x_t + (t_s − t_t) Σ_k w_k (α'_k x̂₀⁽ᵏ⁾ + σ'_k ε̂⁽ᵏ⁾)
// The first needs no rates of the schedule and keeps the mean of any data; σ = 0 is a level like others, α = 0 is not. On α = 1, time = σ (EDM) the two are
// one. The second is that of flow matching: on rectified flow, time = σ, its slope is the velocity ε̂ − x̂₀.
// Karras et al., arXiv:2206.00364v2, eq. 4; Lipman et al., Flow matching, arXiv:2210.02747v2, eq. 10 with docs/probability_flow.md.

#include <span>

#include "exponential.hpp"

namespace tweedie {

enum class Slope {
  eps,
  velocity
};

/// The variable of the equation: σ/α or time.
inline double abscissa(Slope slope, const Level& t) {
  return slope == Slope::eps ? t.sigma / t.alpha : t.time;
}

/// The row that goes from t to s with the mean slope Σ_k w_k slope_k. Σ w = 1.
inline Row slope_row(Slope slope, const Level& t, const Level& s, std::span<const Node> nodes, const Weights& w) {
  Row row;
  if (slope == Slope::eps) {
    row.x = s.alpha / t.alpha;
    const double step = s.sigma - row.x * t.sigma;
    for (std::size_t k = 0; k < nodes.size(); ++k) row.eps[nodes[k].slot] = step * w[k];
    return row;
  }
  require(std::isfinite(t.time) && std::isfinite(s.time),
          "a step of the velocity is one in time, but the levels have the times ", t.time, " and ", s.time);
  row.x = 1;
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const auto& [level, slot] = nodes[k];
    require(std::isfinite(level.d_alpha) && std::isfinite(level.d_sigma), "level at time ", level.time,
            ": its rates are ", level.d_alpha, " and ", level.d_sigma, ", and a velocity needs finite ones");
    row.x0[slot] = (s.time - t.time) * w[k] * level.d_alpha;
    row.eps[slot] = (s.time - t.time) * w[k] * level.d_sigma;
  }
  return row;
}

/// Euler's row: DDIM, or x_t + (t_s − t_t)(α' x̂₀ + σ' ε̂), which is EulerMaruyama{0}.
inline Row euler_row(Slope slope, const Level& t, const Level& s) {
  if (slope == Slope::eps) return {.x0 = {s.alpha}, .eps = {s.sigma}};  // finite from α_t = 0
  return slope_row(slope, t, s, std::array{Node{t, 0}}, {1});
}

/// Adams and Bashforth's row: the mean over the step of the polynomial through the slopes at the nodes, in the variable of the equation. With
/// `equal_steps` the weights are those of nodes one step apart, wherever they are.
inline Row adams_row(Slope slope, const Level& t, const Level& s, std::span<const Node> nodes, bool equal_steps) {
  const double now = abscissa(slope, t), step = abscissa(slope, s) - now;
  Weights u{}, moments{};  // u = 0 at t and 1 at s; ∫₀¹ u^j du
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    u[k] = equal_steps ? -double(k) : (abscissa(slope, nodes[k].level) - now) / step;
    moments[k] = 1 / double(k + 1);
  }
  return slope_row(slope, t, s, nodes, weights({u.data(), nodes.size()}, {moments.data(), nodes.size()}));
}

/// Whether estimates at both t and s make sense, so that a step of several stages does.
inline bool has_stages(Slope slope, const Level& t, const Level& s) {
  if (slope == Slope::velocity) return t.sigma > 0 && s.sigma > 0 && t.time != s.time;
  return t.sigma > 0 && s.sigma > 0 && t.alpha > 0 && s.alpha > 0 && lambda(t) != lambda(s);
}

}  // namespace tweedie

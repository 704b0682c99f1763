#pragma once
// The probability flow as an equation whose right side is a combination of estimates, in three forms that classical
// methods are applied to:
//   eps        d(x/α) = ε̂ d(σ/α)                x_s = (α_s/α_t) x_t + α_s (σ_s/α_s − σ_t/α_t) Σ_k w_k ε̂⁽ᵏ⁾
//   v          d(x/r) = v̂ dφ,   r² = α² + σ²,   α = r cos φ,   σ = r sin φ,   v̂ = cos φ ε̂ − sin φ x̂₀
//                                               x_s = (r_s/r_t) x_t + r_s (φ_s − φ_t) Σ_k w_k v̂⁽ᵏ⁾
//   velocity   dx = (α' x̂₀ + σ' ε̂) dt            x_s = x_t + (t_s − t_t) Σ_k w_k (α'_k x̂₀⁽ᵏ⁾ + σ'_k ε̂⁽ᵏ⁾)
// The first two need no rates of the schedule. In the first σ = 0 is a level like others and α = 0 is not, in the
// second both are: φ goes from π/2 to 0. On α = 1, time = σ (EDM) the first and the third are one. The third is that of
// flow matching: on rectified flow, time = σ, its slope is the velocity ε̂ − x̂₀. It alone reads rates, and a method keeps
// its order only where they are smooth in time: of `Discrete`, whose rates jump at every level, take
// Discrete::smooth(). Karras et al., arXiv:2206.00364v2,
// eq. 4; v: Salimans and Ho, arXiv:2202.00512v2, appendix D; Lipman et al., Flow matching, arXiv:2210.02747v2, eq. 8
// and 15.

#include <span>

#include "../schedule/level_at.hpp"
#include "exponential.hpp"

namespace tweedie {

enum class Slope {
  eps,
  v,
  velocity
};

/// The variable of the equation: σ/α, φ or time.
inline double abscissa(Slope slope, const Level& t) {
  return slope == Slope::eps ? t.sigma / t.alpha : slope == Slope::v ? std::atan2(t.sigma, t.alpha) : t.time;
}

/// Where a stage with that abscissa lies for the `at` of a method: its λ, and with Slope::velocity its time.
inline double place(Slope slope, double abscissa) {
  return slope == Slope::eps ? -std::log(abscissa) : slope == Slope::v ? -std::log(std::tan(abscissa)) : abscissa;
}

/// The level at that place. The sentence of a refusal begins with the name of `who`.
inline Level stage(Slope slope, const char* who, const LevelOfStage& at, double place) {
  if (slope == Slope::velocity) {
    require(bool(at.of_time), who,
            ": it has a stage between the levels of the grid, with a velocity at a time; give it .at = schedule");
    return at.of_time(place);
  }
  require(bool(at.of_lambda), who,
          ": it has a stage between the levels of the grid, at a lambda; give it .at = at_lambda(schedule)");
  return at.of_lambda(place);
}

/// The row that goes from t to s with the mean slope Σ_k w_k slope_k. Σ w = 1.
inline Row slope_row(Slope slope, const Level& t, const Level& s, std::span<const Node> nodes, const Weights& w) {
  const double step = abscissa(slope, s) - abscissa(slope, t), r_s = std::hypot(s.alpha, s.sigma);
  Row row;
  if (slope == Slope::eps) row.x = s.alpha / t.alpha;
  if (slope == Slope::v) row.x = r_s / std::hypot(t.alpha, t.sigma);
  if (slope == Slope::velocity) {
    row.x = 1;
    check_times("a velocity", t, s);
  }
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    const auto& [level, slot] = nodes[k];
    switch (slope) {
      case Slope::eps: row.eps[slot] = (s.sigma - row.x * t.sigma) * w[k]; break;
      case Slope::v: {
        const double per_r = r_s * step * w[k] / std::hypot(level.alpha, level.sigma);
        row.x0[slot] = -per_r * level.sigma;
        row.eps[slot] = per_r * level.alpha;
        break;
      }
      case Slope::velocity:
        require(std::isfinite(level.d_alpha) && std::isfinite(level.d_sigma), "level at time ", level.time,
                ": its rates are ", level.d_alpha, " and ", level.d_sigma, ", and a velocity needs finite ones");
        row.x0[slot] = step * w[k] * level.d_alpha;
        row.eps[slot] = step * w[k] * level.d_sigma;
    }
  }
  return row;
}

/// Euler's row: for eps DDIM, for velocity x_t + (t_s − t_t)(α' x̂₀ + σ' ε̂), which is EulerMaruyama{0}.
inline Row euler_row(Slope slope, const Level& t, const Level& s) {
  if (slope == Slope::eps) return {.x0 = {s.alpha}, .eps = {s.sigma}};  // finite from α_t = 0
  return slope_row(slope, t, s, std::array{Node{t, 0}}, {1});
}

/// Adams and Bashforth's row: the mean over the step of the polynomial through the slopes at the nodes, in the variable
/// of the equation. With `equal_steps` the weights are those of nodes one step apart, wherever they are.
inline Row adams_row(Slope slope, const Level& t, const Level& s, std::span<const Node> nodes, bool equal_steps) {
  const double now = abscissa(slope, t), step = abscissa(slope, s) - now;
  Weights u{}, moments{};  // u = 0 at t and 1 at s; ∫₀¹ u^j du
  for (std::size_t k = 0; k < nodes.size(); ++k) {
    u[k] = equal_steps ? -double(k) : (abscissa(slope, nodes[k].level) - now) / step;
    moments[k] = 1 / double(k + 1);
  }
  return slope_row(slope, t, s, nodes, weights({u.data(), nodes.size()}, {moments.data(), nodes.size()}));
}

/// Adams and Bashforth's row grid[i] → grid[i + 1] through up to `order` estimates at the starts of the last steps;
/// Euler's where there is one. With `equal_steps` it has the weights of equal steps (but see as_equal_steps), and `reads`
/// stands for the slope's variable in the choice of estimates: where it is finite, one may be read.
template <class Reads>
Row multistep_row(Slope slope, const Grid& grid, std::size_t i, int order, bool lower_order_final, bool equal_steps,
                  const Reads& reads) {
  const Level &t = grid[i], &s = grid[i + 1];
  const double step = abscissa(slope, s) - abscissa(slope, t);
  if (!std::isfinite(step) || step == 0) return euler_row(slope, t, s);
  const auto variable = [slope](const Level& level) { return abscissa(slope, level); };
  if (equal_steps) {
    const std::vector<Node> nodes = newest(grid, i, order, lower_order_final, reads);
    if (nodes.size() == 1) return euler_row(slope, t, s);
    if (as_equal_steps(grid, i, nodes.back().slot, variable)) return adams_row(slope, t, s, nodes, true);
  }
  const std::vector<Node> nodes = newest(grid, i, order, lower_order_final, variable);
  return nodes.size() == 1 ? euler_row(slope, t, s) : adams_row(slope, t, s, nodes, false);
}

/// Whether estimates at both t and s make sense, so that a step of several stages does.
inline bool has_stages(Slope slope, const Level& t, const Level& s) {
  if (slope == Slope::eps && (t.alpha == 0 || s.alpha == 0)) return false;
  return t.sigma > 0 && s.sigma > 0 && abscissa(slope, t) != abscissa(slope, s);
}

}  // namespace tweedie

#pragma once
// Multistep consistency sampling: the model tells the end of the flow, f(x, t), and noise brings it back up to s,
//   f = c_skip(t) x_t + c_out(t) x̂₀,   x_s = α_s f + √(σ_s² − floor² α_s²) ζ,   onto a σ_s at or below floor α_s without noise
// with a network trained as x̂₀ between boundary coefficients, or as f itself (c_skip = 0, c_out = 1). There is no
// order: with an exact denoiser a step ends at the law of x̂₀. Song et al., Consistency models, arXiv:2303.01469v2,
// algorithm 1; Luo et al., Latent consistency models, arXiv:2310.04378v1, eq. 8.

#include <functional>

#include "../schedule/told.hpp"
#include "row.hpp"

namespace tweedie {

/// The coefficients of f.
struct Boundary {
  double skip = 0, out = 1;
};

/// Of consistency models, which end at σ = floor: c_skip = d²/((σ − floor)² + d²), c_out = d(σ − floor)/√(d² + σ²) of
/// the network's raw output. Their α is 1.
inline std::function<Boundary(const Level&)> consistency_boundary(double floor = 0.002, double data_deviation = 0.5) {
  return [=](const Level& t) -> Boundary {
    const double d = data_deviation, above = t.sigma / t.alpha - floor;
    return {d * d / (above * above + d * d), d * above / std::hypot(d, t.sigma / t.alpha)};
  };
}
/// Of latent consistency models: c_skip = d²/((k t)² + d²), c_out = k t/√((k t)² + d²), t the time as the schedule
/// counts it.
inline std::function<Boundary(const Level&)> latent_boundary(double scaling = 10, double data_deviation = 0.5) {
  return [=](const Level& t) -> Boundary {
    const double d = data_deviation, scaled = scaling * t.time, length = std::hypot(scaled, d);
    return {d * d / (length * length), scaled / length};
  };
}

struct Consistency {
  double floor = 0;  ///< ≥ 0: σ/α where the model's flow ends
  std::function<Boundary(const Level&)> boundary = [](const Level&) { return Boundary{}; };

  Row row(const Level& t, const Level& s) const {
    require(floor >= 0, "Consistency: floor = ", floor, ", but it must not be negative");
    const auto [skip, out] =
        told(boundary, "Consistency: .boundary", "consistency_boundary(), latent_boundary(), or your own")(t);
    const double fresh = s.sigma * s.sigma - floor * floor * s.alpha * s.alpha;
    return {.x = s.alpha * skip,
            .x0 = {s.alpha * out},
            .z = fresh > 1e-12 * s.sigma * s.sigma ? std::sqrt(fresh) : 0};  // at the floor no noise of rounding
  }
};

}  // namespace tweedie

#pragma once
// Ancestral sampling with any method: a step to a level below s, and from there the forward process up to s,
//   x_s = (α_s/α_d) x_d + τ ζ,   τ = η·(posterior standard deviation),   σ_d/α_d = √(σ_s² − τ²)/α_s
// With DDIM{} for the method it is DDIM{.eta}; with Midpoint, SinglestepDPMSolver of order 2 and Heun it is what
// k-diffusion calls "ancestral". The method estimates at the level below as well, which therefore is one of the
// schedule.
// k-diffusion, get_ancestral_step (there α = 1); Song et al., arXiv:2010.02502v4, eq. 16, for τ.

#include "../schedule/level_at.hpp"
#include "ddim.hpp"
#include "tabulate.hpp"
#include "transition.hpp"

namespace tweedie {

/// The row, and after it the forward process from where it led to, `down`, to the noisier s.
inline Row then_forward(Row row, const Level& down, const Level& s) {
  const auto [a, variance] = transition(down, s);
  row.x *= a;
  for (std::size_t k = 0; k < row.x0.size(); ++k) row.x0[k] *= a, row.eps[k] *= a;
  row.z = std::hypot(a * row.z, std::sqrt(variance));
  return row;
}

template <OneStepSampler Method = DDIM>
struct Ancestral {
  Method method{};
  double eta = 1;      ///< ≥ 0. 0: the method alone. At most σ_t/b_{t|s}, as for DDIM.
  LevelOfLambda at{};  ///< of the level below: at_lambda(schedule)

  Table rows(const Level& t, const Level& s) const {
    require(eta >= 0, "Ancestral: eta = ", eta, ", but it must not be negative");
    const double tau2 = eta == 0 ? 0 : eta * eta * posterior_variance(t, s), left = s.sigma * s.sigma - tau2;
    if (tau2 == 0) return tweedie::rows(method, t, s);
    require(left > -1e-12 * s.sigma * s.sigma, "Ancestral: eta = ", eta, " asks for noise of variance ", tau2,
            " from time ", t.time, " to ", s.time, ", but the level has only ", s.sigma * s.sigma);
    require(bool(at), "Ancestral: it goes to levels below those of the grid; give it .at = at_lambda(schedule)");
    // From α_t = 0 with η = 1 all the noise is new, and the level below is the data.
    const Level down = left < 1e-12 * s.sigma * s.sigma ? clean : at(std::log(s.alpha) - std::log(left) / 2);
    Table table = tweedie::rows(method, t, down);
    table.back().to = s;
    table.back().row = then_forward(table.back().row, down, s);
    return table;
  }
};

}  // namespace tweedie

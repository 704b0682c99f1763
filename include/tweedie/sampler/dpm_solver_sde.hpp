#pragma once
// Two rows of DDIM{.eta} that share their estimates and their noise: one from t to a level at λ_t + r h, one from t to s
// with
//   x̂₀ = (1 − 1/(2r)) x̂₀(x_t) + (1/(2r)) x̂₀(x̃)
// in the place of the estimate. The noise of the second is that of the first, carried on as x_t is, and fresh noise for
// the rest of the way: both are parts of one path, without which the order were 1. The rest is a row of the family too,
// with κ = κ_s/κ̃,
//   DDIM{.eta = η'},   η' = η/√((1 − η²) e^(2rh) + η²)
// Order 2. eta = 0 and eta = 1 are SinglestepDPMSolver of order 2 with midpoint moments and noise 0 and 1. DPM++ SDE of
// k-diffusion (sample_dpmpp_sde) and DPMSolverSDEScheduler of diffusers, after Lu et al., arXiv:2211.01095v2; there the
// share of the noise that is carried on is that of the distances in σ.

#include "../schedule/level_at.hpp"
#include "ddim.hpp"

namespace tweedie {

struct DPMSolverSDE {
  double eta = 1;      ///< ≥ 0, as for DDIM
  double r = 0.5;      ///< in (0, 1): where the stage lies in λ
  LevelOfLambda at{};  ///< at_lambda(schedule)

  /// Where λ is infinite at an end, or the step as good as none, it is DDIM{.eta}.
  Table rows(const Level& t, const Level& s) const {
    require(r > 0 && r < 1, "DPMSolverSDE: r = ", r, " is outside (0, 1)");
    require(t.sigma > 0, "DPMSolverSDE: at time ", t.time, " sigma = 0, where there is no noise to estimate");
    const Row whole = DDIM{eta}.row(t, s);
    if (s.sigma == 0 || t.alpha == 0 || s.alpha == 0 || is_short(t, s)) return {{t, s, whole}};
    require(bool(at), "DPMSolverSDE: it has a stage between the levels of the grid; give it .at = at_lambda(schedule)");
    const Level middle = at(lambda(t) + r * (lambda(s) - lambda(t)));
    const double gone = lambda(middle) - lambda(t);
    const Row stage = eliminated(DDIM{eta}.row(t, middle), t),  // κ̃ x_t + c̃ x̂₀ + τ̃ ζ̃
        rest = eliminated(DDIM{eta / std::sqrt((1 - eta) * (1 + eta) * std::exp(2 * gone) + eta * eta)}.row(middle, s),
                          middle);
    Row last = eliminated(whole, t);
    last.x0 = {last.x0[0] / (2 * r), last.x0[0] * (1 - 1 / (2 * r))};
    return {{t, middle, stage}, {middle, s, onward(last, stage, rest)}};
  }
};

}  // namespace tweedie

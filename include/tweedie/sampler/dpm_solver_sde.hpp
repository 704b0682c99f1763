#pragma once
// Two ancestral stages that share their estimates: the first goes to a level at λ_t + r h with its own noise, the
// second from t to s with
//   x̂₀ = (1 − 1/(2r)) x̂₀(x_t) + (1/(2r)) x̂₀(x̃)
// in the place of the estimate in the row of DDIM{.eta}. At eta = 0 it is SinglestepDPMSolver of order 2 with midpoint
// moments, and of order 2. DPM++ SDE of k-diffusion (sample_dpmpp_sde) and DPMSolverSDEScheduler of diffusers, after Lu
// et al., arXiv:2211.01095v2. There the noise of the stage is part of one Brownian path with that of the step; here, as
// everywhere, rows draw independently.

#include <functional>

#include "ddim.hpp"

namespace tweedie {

struct DPMSolverSDE {
  double eta = 1;                            ///< ≥ 0, as for DDIM
  double r = 0.5;                            ///< in (0, 1): where the stage lies in λ
  std::function<Level(double lambda)> at{};  ///< at_lambda(schedule)

  /// Where λ is infinite at an end the step is DDIM{.eta}.
  Table rows(const Level& t, const Level& s) const {
    require(r > 0 && r < 1, "DPMSolverSDE: r = ", r, " is outside (0, 1)");
    require(t.sigma > 0, "DPMSolverSDE: at time ", t.time, " sigma = 0, where there is no noise to estimate");
    const Row whole = DDIM{eta}.row(t, s);
    if (s.sigma == 0 || t.alpha == 0 || s.alpha == 0 || lambda(t) == lambda(s)) return {{t, s, whole}};
    require(bool(at), "DPMSolverSDE: it has a stage between the levels of the grid; give it .at = at_lambda(schedule)");
    const Level middle = at(lambda(t) + r * (lambda(s) - lambda(t)));
    Row last = eliminated(whole, t);  // κ x_t + c x̂₀
    last.x0 = {last.x0[0] / (2 * r), last.x0[0] * (1 - 1 / (2 * r))};
    return {{t, middle, DDIM{eta}.row(t, middle)}, {middle, s, started(last, t, 1)}};
  }
};

}  // namespace tweedie

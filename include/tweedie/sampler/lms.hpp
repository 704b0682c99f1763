#pragma once
// Linear multistep: Adams-Bashforth on the probability flow, a polynomial through the slopes at the starts of the last
// steps. In u, 0 at t and 1 at s,
//   mean slope = Σ_k w_k slope_k,   w_k = ∫₀¹ ℓ_k(u) du,   moments 1/(j + 1)
// in σ/α or in time (slope.hpp). Order 1 is DDIM or Euler's step in time. LMS of k-diffusion and ρAB of DEIS in σ/α; on
// rectified flow, in time, Adams-Bashforth of the velocity. Hairer, Nørsett and Wanner, Solving ordinary differential
// equations I, section III.1.

#include "slope.hpp"

namespace tweedie {

struct LMS {
  int order = 4;                   ///< 1 to 5: how many estimates a row reads, as soon as there are so many
  bool lower_order_final = false;  ///< The last step has order 1, the last but one at most 2, …
  Slope slope = Slope::eps;
  /// The weights are those of equal steps, whatever the grid (but see as_equal_steps): iPNDM
  bool equal_steps = false;

  /// σ_s = 0 is a level like others. From α_t = 0, where σ/α is infinite, a step has order 1, and later ones read its
  /// estimate only where it does not matter how far away it is, with equal_steps.
  Row row(const Grid& grid, std::size_t i) const {
    require(order >= 1 && order <= 5, "LMS: order = ", order, " is outside 1 to 5");
    const Level &t = grid[i], &s = grid[i + 1];
    if (same_lambda(t, s)) return standing_row(t, s);
    require(t.sigma > 0, "LMS: at time ", t.time, " there is no noise to estimate");
    // From α = 0, where σ/α is infinite, an estimate is read where it does not matter how far away it is.
    const auto finite = [this](const Level& level) {
      return std::fmin(abscissa(slope, level), std::numeric_limits<double>::max());
    };
    return multistep_row(slope, grid, i, order, lower_order_final, equal_steps, finite);
  }
};

/// Improved PNDM: LMS with the weights of equal steps on any grid, but see as_equal_steps. Zhang and Chen, DEIS,
/// arXiv:2204.13902v4, section 3.3 (iPNDM), after Liu et al., arXiv:2202.09778v2, eq. 12. Of its order only on equal
/// steps in σ/α, of order 2 where each step is nearly as long as the one before.
struct IPNDM {
  int order = 4;  ///< 1 to 5
  bool lower_order_final = false;

  Row row(const Grid& grid, std::size_t i) const {
    return LMS{.order = order, .lower_order_final = lower_order_final, .equal_steps = true}.row(grid, i);
  }
};

}  // namespace tweedie

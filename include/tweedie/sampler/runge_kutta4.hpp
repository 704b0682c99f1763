#pragma once
// Kutta's rule of order 4, with slopes k of four stages, two of them in the middle:
//   k₁ at x_t;  k₂ at the middle from k₁;  k₃ at the middle from k₂;  k₄ at s from k₃;   x_s from (k₁ + 2k₂ + 2k₃ + k₄)/6
// Four evaluations a step. In σ/α, with the middle in time, it is the pseudo Runge-Kutta method of PNDM (Liu et al.,
// arXiv:2202.09778v2, eq. 13). Hairer, Nørsett and Wanner, Solving ordinary differential equations I, section II.1.

#include "slope.hpp"

namespace tweedie {

struct RungeKutta4 {
  Slope slope = Slope::eps;
  /// The schedule, or at_lambda(schedule); with Slope::velocity the schedule, or at_time(schedule). The middle is half
  /// way in the variable of the slope.
  LevelOfStage at{};

  /// A step onto σ_s = 0 or from α_t = 0 is Euler's.
  Table rows(const Level& t, const Level& s) const {
    if (!has_stages(slope, t, s)) return {{t, s, euler_row(slope, t, s)}};
    const double middle = place(slope, (abscissa(slope, t) + abscissa(slope, s)) / 2);
    return stages(t, stage(slope, "RungeKutta4", at, middle), s);
  }
  /// With this middle.
  Table stages(const Level& t, const Level& m, const Level& s) const {
    const auto from_t = [&](const Level& to, std::span<const Node> nodes, const Weights& w, std::size_t back) {
      return started(slope_row(slope, t, to, nodes, w), t, back);
    };
    return {
        {t, m, euler_row(slope, t, m)},
        {m, m, from_t(m, std::array{Node{m, 0}}, {1}, 1)},
        {m, s, from_t(s, std::array{Node{m, 0}}, {1}, 2)},
        {s, s,
         from_t(s, std::array{Node{t, 3}, Node{m, 2}, Node{m, 1}, Node{s, 0}}, {1. / 6, 1. / 3, 1. / 3, 1. / 6}, 3)}};
  }
};

}  // namespace tweedie

#pragma once
// The straight line between data (t = 0) and noise (t = 1):   α = 1 − t,   σ = t
// Liu et al., Flow straight and fast, arXiv:2209.03003v1; Lipman et al., Flow matching, arXiv:2210.02747v2, with time
// reversed.

#include "schedule.hpp"

namespace tweedie {

struct RectifiedFlow {
  /// t in [0, 1].
  Level operator()(double t) const {
    check_unit_time(t, "RectifiedFlow");
    return {t, std::fmax(1 - t, 0), t, -1, 1};
  }
  /// σ/(α + σ), with one rounding at either end.
  double time(double lambda) const { return lambda < 0 ? 1 - 1 / (1 + std::exp(-lambda)) : 1 / (1 + std::exp(lambda)); }
};

}  // namespace tweedie

#pragma once
// Digits of which the model has seen some and is asked for the others.

#include <tweedie/variance/decoder.hpp>

#include "support/digit_set.hpp"
#include "support/mixture_fit.hpp"

namespace likelihood {

using Mixture = tweedie::GaussianMixture<double>;

/// Of each class the model is fitted to all digits but the last 100, which are held out: neighbours in the set are
/// alike.
inline constexpr int held_out_of_each = 100;

/// What a grey level k, of 256, is made: (k + u)/256 with u uniform in [0, 1), so that all of [0, 1] has data and a
/// density cannot grow without bound on the grid of the grey levels.
inline constexpr tweedie::Dequantised grey{.lo = 0, .hi = 1, .bins = 256};

struct HeldOut {
  examples::FittedMixture fit;
  Eigen::MatrixXd digits;  ///< d × 1000, in the order of their classes
  Eigen::MatrixXd spread;  ///< d × count of them, as many of each class as the count allows
};

/// seed: of the dequantisation.
HeldOut hold_out(const examples::DigitSet& real, int count, int seed);

}  // namespace likelihood

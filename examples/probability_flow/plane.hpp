#pragma once
// What is sampled and integrated here: a pinwheel of five Gaussians in the plane, and the noise that is laid on it.

#include <tweedie/schedule/variance_preserving.hpp>

#include "support/exact.hpp"

namespace probability_flow {

using Mixture = tweedie::GaussianMixture<double>;

/// Half the usual β: the ways through noise alone, where there is nothing to see, are then short.
inline constexpr tweedie::VariancePreserving schedule{.beta_max = 10};
/// Where it all ends: a flow needs a little noise, and so the laws and densities are those of this level, not of the
/// data.
inline constexpr double end_time = 1e-3;

/// Its mean is 0.
Mixture pinwheel();

}  // namespace probability_flow

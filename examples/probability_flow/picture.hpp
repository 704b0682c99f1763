#pragma once
// Ways from noise to data under three equations with the same marginals.

#include "plane.hpp"
#include "support/canvas.hpp"

namespace probability_flow {

/// Three panels, ς² = 0, g² and 2g² from left to right: behind, the density of the data; on it the ways of the same
/// starting points, each in the colour of the arm in which it ends.
examples::Canvas three_panels(const Mixture& model, int seed);

}  // namespace probability_flow

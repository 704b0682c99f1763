#pragma once
// The flow by AdaptiveFlow, and by an integrator that knows only its right side.

#include "plane.hpp"

namespace probability_flow {

/// A table by tolerance: how far each is from the exact end, how far from the start after it has gone back, and what
/// that takes.
void print_integrators(const Mixture& model, int count, int seed);

}  // namespace probability_flow

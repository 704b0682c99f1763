#pragma once
// The log-density that the flow finds, against the exact one.

#include "plane.hpp"

namespace probability_flow {

/// Tables of its error by the solver's tolerance, and of the error of Hutchinson's estimate by the number of its
/// probes.
void print_densities(const Mixture& model, int count, int seed);

}  // namespace probability_flow

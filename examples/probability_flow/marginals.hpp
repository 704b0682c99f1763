#pragma once
// "The same marginals" as a number: how far the samples of each equation are from the exact law.

#include "plane.hpp"

namespace probability_flow {

/// The largest difference between the samples' distribution function and the exact one, over eight directions of
/// projection.
double largest_difference(const Eigen::MatrixXd& samples, const Mixture& law);

/// A table of it, for three noises and three numbers of steps. threads: 0 for as many as the machine has.
void print_marginals(const Mixture& model, int count, int seed, int threads);

}  // namespace probability_flow

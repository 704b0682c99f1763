#pragma once
// ProbabilityFlow under Boost.odeint. Only odeint.cpp includes Boost, whose adapter for Eigen adds operators to
// namespace Eigen.

#include <optional>

#include "plane.hpp"

namespace probability_flow {

struct Integrated {
  Eigen::MatrixXd x;
  double evaluations;  ///< for each sample
};

/// The columns of x, each by steps of its own, from time `from` to `to`, earlier or later, by the controlled dopri5.
/// None where the program was built without Boost (without_odeint.cpp).
std::optional<Integrated> by_odeint(const Mixture& model, const Eigen::MatrixXd& x, double from, double to,
                                    double tolerance);

}  // namespace probability_flow

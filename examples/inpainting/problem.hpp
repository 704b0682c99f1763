#pragma once
// A digit of which the lower half is hidden, and what is known of it.

#include <tweedie/guidance/linear_measurement.hpp>

#include "jacobian.hpp"
#include "support/digit_set.hpp"
#include "support/mixture_fit.hpp"

namespace inpainting {

struct Problem {
  Eigen::VectorXd original;                ///< the real digit
  Eigen::VectorXd mask;                    ///< 1 where it is seen
  Eigen::VectorXd seen;                    ///< the seen pixels with noise; 0 elsewhere
  tweedie::LinearMeasurement measurement;  ///< the same, as y = A x₀ + noise·n
  Mixture posterior;                       ///< p(x₀ | y)
  Eigen::VectorXd mean, variance;          ///< of the posterior
};

/// So many digits, of as many classes. fit, model: the same mixture. noise: standard deviation.
std::vector<Problem> problems(const examples::DigitSet& real, const examples::FittedMixture& fit, const Mixture& model,
                              int count, double noise, int seed);

/// The hidden pixels, or the seen ones, of columns.
Eigen::MatrixXd hidden(const Eigen::MatrixXd& x);
Eigen::MatrixXd known(const Eigen::MatrixXd& x);

}  // namespace inpainting

#pragma once
// Var[x₀ | x_t] of the digits, measured on real ones.

#include <tweedie/variance/variance_table.hpp>

#include "digits/samples.hpp"

namespace few_steps {

struct Measured {
  tweedie::VarianceTable diagonal;  ///< a number for each pixel, and so their mean as well: 100 levels
  tweedie::VarianceTable full;      ///< all of the covariance: 20 levels
};

/// On 1000 real digits, each denoised by the mixture of its class.
Measured measure(const examples::DigitSet& real, const std::vector<digits::Part>& parts);

/// t = 1 … 0.01 of the variance-preserving process in equal strides, and the data: all grids of `steps` have these two
/// last levels.
tweedie::Grid uniform_levels(int steps);

}  // namespace few_steps

#pragma once
// What `digits` shows: real digits beside samples, and one digit on its way from noise.

#include "measures.hpp"
#include "support/picture.hpp"

namespace digits {

/// Real digits on the left, samples of the same class on the right, each row of one class. At most ten rows of samples are shown.
examples::Picture contact_sheet(const examples::DigitSet& digits, const Samples& samples);

/// The states x_t of one trajectory, noisiest first, and the estimates made from them.
struct Trajectory {
  std::vector<tweedie::Level> levels;
  std::vector<Eigen::VectorXf> x, x0;
};

/// Upper row x_T … x_0, lower row the estimate E[x₀ | x_t] made from each; at most 20 columns, evenly spread over the steps.
examples::Picture film_strip(const Trajectory& trajectory);

}  // namespace digits

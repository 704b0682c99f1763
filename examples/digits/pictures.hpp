#pragma once
// What `digits` shows: real digits beside samples, and one digit on its way from noise.

#include "sampling.hpp"
#include "support/picture.hpp"

namespace digits {

/// Real digits on the left, samples of the same class on the right, each row of one class. At most ten rows of samples
/// are shown.
examples::Picture contact_sheet(const examples::DigitSet& digits, const Samples& samples);

/// Upper row x_T … x_0, lower row the estimate E[x₀ | x_t] made from each. Of more than 21 states it shows 21, about
/// evenly spread over the angle atan(σ/α), in which a digit comes out of the noise steadily.
examples::Picture film_strip(const Trajectory& trajectory);

}  // namespace digits
